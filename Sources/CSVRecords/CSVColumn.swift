// CSV columns: binds a record's property to a column's name, unit, range, encoder and decoder.
//
// What runs for each value is inlinable: other modules declare the columns, and generic code that
// the compiler cannot specialize there made reports take half as long again.

/// A value that fits into one field of a CSV file. An empty field means "not measured".
@usableFromInline package protocol CSVField: Sendable {
  /// Texts that files of older schema versions have for a value; they are read and never written.
  static var formerTexts: [String: Self] { get }
  /// Whether a file without this column is broken. Optional values arrived with later versions.
  static var isRequired: Bool { get }
  var csvText: String { get }
  var csvNumber: Double? { get }
  /// Reads an unquoted field; nil if the text is invalid.
  init?(csvText: String)
}

extension CSVField {
  @inlinable package static var formerTexts: [String: Self] { [:] }
  /// Only an optional value can do without its column.
  @inlinable package static var isRequired: Bool { true }
  @inlinable package var csvNumber: Double? { nil }
}

extension Int: CSVField {
  @inlinable package var csvText: String { String(self) }
  @inlinable package var csvNumber: Double? { Double(self) }
  /// Decimal digits, at most 10^15: thousands of such values can be added without overflow.
  @inlinable package init?(csvText: String) {
    guard let value = Int(csvText), value.magnitude <= 1_000_000_000_000_000 else { return nil }
    self = value
  }
}

extension Double: CSVField {
  /// The shortest text that reads back as the same number; empty if not finite.
  @inlinable package var csvText: String { isFinite ? String(self) : "" }
  @inlinable package var csvNumber: Double? { isFinite ? self : nil }
  /// A finite number of magnitude at most 10^15.
  @inlinable package init?(csvText: String) {
    guard let value = Double(csvText), value.magnitude <= 1e15 else { return nil }
    self = value
  }
}

extension String: CSVField {
  @inlinable package var csvText: String { self }
  @inlinable package init?(csvText: String) { self = csvText }
}

extension Optional: CSVField where Wrapped: CSVField {
  /// Files from before the column existed are valid.
  @inlinable package static var isRequired: Bool { false }
  @inlinable package var csvText: String { self?.csvText ?? "" }
  @inlinable package var csvNumber: Double? { self?.csvNumber ?? nil }
  @inlinable package init?(csvText: String) {
    guard !csvText.isEmpty else {
      self = .none
      return
    }
    guard let value = Wrapped(csvText: csvText) else { return nil }
    self = .some(value)
  }
}

extension CSVField where Self: RawRepresentable, RawValue == String {
  @inlinable package var csvText: String { rawValue }
  @inlinable package init?(csvText: String) {
    guard let value = Self(rawValue: csvText) ?? Self.formerTexts[csvText] else { return nil }
    self = value
  }
}

package protocol Recorded: Sendable {
  static var columns: [CSVColumn<Self>] { get }
  init()
}

@usableFromInline enum CSVReading {
  case taken
  /// The text has the wrong type.
  case unreadable
  /// The number is outside of the column's range.
  case outOfRange
}

/// The name ends in the unit.
@usableFromInline package struct CSVColumn<Record>: Sendable {
  @usableFromInline package let name: String
  /// The name in files of older schema versions, which is read and never written.
  @usableFromInline package let formerName: String?
  /// The figure that reports draw from this column, where it is a measurement.
  @usableFromInline package let figure: Figure<Record>?

  @usableFromInline let isRequired: Bool
  /// Valid numbers, in the column's unit; unused for text.
  @usableFromInline package let range: ClosedRange<Double>
  @usableFromInline package let encode: @Sendable (Record) -> String
  @usableFromInline let decode: @Sendable (inout Record, String) -> CSVReading

  /// Ties a column to a property. `former` is the column's name in older files. A `figure` is the
  /// title under which reports show the measurement; without one the column only describes the
  /// attempt. A file with a number outside of `range` is not read: by default a number is not
  /// negative.
  @inlinable package init<Value: CSVField>(
    _ name: String, formerly former: String? = nil,
    _ path: WritableKeyPath<Record, Value> & Sendable, figure title: String? = nil,
    in range: ClosedRange<Double> = 0...CSVColumn.numberMax
  ) {
    self.name = name
    formerName = former
    self.range = range
    figure = title.map { Figure(name: name, title: $0, path) }
    isRequired = Value.isRequired
    encode = { $0[keyPath: path].csvText }
    decode = { record, text in
      guard let value = Value(csvText: text) else { return .unreadable }
      if let number = value.csvNumber, !range.contains(number) { return .outOfRange }
      record[keyPath: path] = value
      return .taken
    }
  }

  /// The largest accepted number. Thousands of such can be added.
  @inlinable package static var numberMax: Double { 1e15 }
  /// For columns that may be negative, such as differences.
  @inlinable package static var anySign: ClosedRange<Double> { -numberMax...numberMax }

  /// A column of a nested record.
  @inlinable package init<Part>(
    _ column: CSVColumn<Part>, in path: WritableKeyPath<Record, Part> & Sendable
  ) {
    name = column.name
    formerName = column.formerName
    range = column.range
    figure = nil
    isRequired = column.isRequired
    encode = { column.encode($0[keyPath: path]) }
    decode = { column.decode(&$0[keyPath: path], $1) }
  }
}
