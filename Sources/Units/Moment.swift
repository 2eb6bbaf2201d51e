// Points in time in UTC: `2026-09-01`, `2026-09-01T12:00:00`.

/// A point in time in the range of ClickHouse's `DateTime64(3)`: from 1900 to the end of 2299.
package struct Moment: Hashable, Comparable, Sendable {
  /// Milliseconds since 1970.
  package let milliseconds: Int64

  /// In milliseconds since 1970.
  package static let range: ClosedRange<Int64> =
    Int64(daysSince1970(1900, 1, 1)) * 86_400_000...Int64(daysSince1970(2300, 1, 1)) * 86_400_000
    - 1

  /// Reads a date, or a date and a time with at most three decimals and an optional `Z`.
  ///
  /// - Throws: ``UnitError`` for another form, a date or time that does not exist, and a year
  ///   outside of `DateTime64(3)`.
  package init(parsing text: String) throws(UnitError) {
    let wrong = UnitError(
      "'\(text)' is not a date or time; write it like 2026-09-01 or 2026-09-01T12:00:00, in UTC")
    var bytes = Array(text.utf8)[...]
    if bytes.count > 10, bytes.last == UInt8(ascii: "Z") { bytes.removeLast() }
    guard let date = fields(bytes.prefix(10), "-", lengths: [4, 2, 2]) else { throw wrong }
    guard (1900...2299).contains(date[0]) else {
      throw UnitError(
        "'\(text)' has a year that ClickHouse cannot hold; write one from 1900 to 2299")
    }
    guard (1...12).contains(date[1]), (1...daysInMonth(date[0], date[1])).contains(date[2]) else {
      throw UnitError("'\(text)' is a date that does not exist; check its month and day")
    }
    var time = 0
    let rest = bytes.dropFirst(10)
    if !rest.isEmpty {
      guard rest.first == UInt8(ascii: "T") || rest.first == UInt8(ascii: " "),
        let found = timeOfDay(rest.dropFirst())
      else { throw wrong }
      guard found < 86_400_000 else {
        throw UnitError(
          "'\(text)' has a time that does not exist; hours end at 23, minutes and seconds at 59")
      }
      time = found
    }
    milliseconds = Int64(daysSince1970(date[0], date[1], date[2])) * 86_400_000 + Int64(time)
  }

  /// The closed range of milliseconds since 1970 that ends at a point in time, clamped to
  /// ``range``. `length` is at least 1 ms.
  package static func window(endingAt end: Int64, length: TimeSpan) -> ClosedRange<Int64> {
    let end = clamped(end)
    return max(
      range.lowerBound, end - (Int64(min(length, TimeSpan.longest).milliseconds) - 1))...end
  }

  package static func window(startingAt start: Int64, length: TimeSpan) -> ClosedRange<Int64> {
    let start = clamped(start)
    return
      start...min(range.upperBound, start + (Int64(min(length, TimeSpan.longest).milliseconds) - 1))
  }

  private static func clamped(_ milliseconds: Int64) -> Int64 {
    min(max(milliseconds, range.lowerBound), range.upperBound)
  }

  package static func < (left: Moment, right: Moment) -> Bool {
    left.milliseconds < right.milliseconds
  }
}

/// Days from 1970-01-01 to a date, negative before it (Howard Hinnant's `days_from_civil`). Month
/// and day count from 1; the year is at least 0.
@inlinable package func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
  let shifted = month <= 2 ? year - 1 : year
  let era = shifted / 400
  let yearOfEra = shifted - era * 400
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

package func daysInMonth(_ year: Int, _ month: Int) -> Int {
  let next = month == 12 ? daysSince1970(year + 1, 1, 1) : daysSince1970(year, month + 1, 1)
  return next - daysSince1970(year, month, 1)
}

/// ASCII numbers of these lengths, separated by `separator`.
private func fields(
  _ bytes: ArraySlice<UInt8>, _ separator: Character, lengths: [Int]
) -> [Int]? {
  let parts = bytes.split(
    separator: separator.asciiValue ?? 0, omittingEmptySubsequences: false)
  guard parts.map(\.count) == lengths else { return nil }
  let numbers = parts.compactMap { number($0) }
  return numbers.count == lengths.count ? numbers : nil
}

private func number(_ digits: ArraySlice<UInt8>) -> Int? {
  guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
    return nil
  }
  return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
}

/// Milliseconds since midnight of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`; a whole day if a field is
/// too large.
private func timeOfDay(_ bytes: ArraySlice<UInt8>) -> Int? {
  let parts = bytes.split(
    separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
  guard let whole = parts.first else { return nil }
  guard
    let time = fields(whole, ":", lengths: [2, 2, 2])
      ?? fields(whole, ":", lengths: [2, 2]).map({ $0 + [0] }),
    parts.count == 1 || whole.count == 8
  else { return nil }
  var fraction = 0
  if parts.count == 2 {
    guard (1...3).contains(parts[1].count), let digits = number(parts[1]) else { return nil }
    fraction = digits * [100, 10, 1][parts[1].count - 1]
  }
  guard time[0] < 24, time[1] < 60, time[2] < 60 else { return 86_400_000 }
  return ((time[0] * 60 + time[1]) * 60 + time[2]) * 1000 + fraction
}
