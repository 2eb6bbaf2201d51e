// Bounds checks for numbers from command-line options; errors name the option and its bounds.

extension Count {
  package init(
    parsing text: String, of option: String, in range: ClosedRange<Int>
  ) throws(UnitError) {
    self.init(
      try within(try Count(parsing: text).value, of: option, in: range) { "\(Count($0))" })
  }
}

extension ByteCount {
  package init(
    parsing text: String, of option: String, in range: ClosedRange<Int>
  ) throws(UnitError) {
    self.init(
      try within(try ByteCount(parsing: text).bytes, of: option, in: range) { "\(ByteCount($0))" })
  }
}

extension TimeSpan {
  /// The longest span: the 400 years that `DateTime64(3)` can hold.
  package static let longest = TimeSpan(milliseconds: 146_097 * 86_400_000)

  package init(
    parsing text: String, of option: String, in range: ClosedRange<TimeSpan>
  ) throws(UnitError) {
    self = try within(try TimeSpan(parsing: text), of: option, in: range) { "\($0)" }
  }
}

/// - Throws: ``UnitError`` with the option, the number and the bounds; also for NaN.
package func within<Value: Comparable>(
  _ value: Value, of option: String, in range: ClosedRange<Value>,
  as show: (Value) -> String = { "\($0)" }
) throws(UnitError) -> Value {
  guard range.contains(value) else {
    throw UnitError(
      "\(option) is \(show(value)); it must be from \(show(range.lowerBound)) to "
        + show(range.upperBound))
  }
  return value
}
