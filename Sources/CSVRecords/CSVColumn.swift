// CSV columns: binds a record's property to a column's name, unit, range, encoder and decoder.

/// A value that fits into one field of a CSV file. An empty field means "not measured".
package protocol CSVField: Sendable {
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
  package static var formerTexts: [String: Self] { [:] }
  /// Only an optional value can do without its column.
  package static var isRequired: Bool { true }
  package var csvNumber: Double? { nil }
}

extension Int: CSVField {
  package var csvText: String { String(self) }
  package var csvNumber: Double? { Double(self) }
  /// Decimal digits, at most 10^15: thousands of such values can be added without overflow.
  package init?(csvText: String) {
    guard let value = Int(csvText), value.magnitude <= 1_000_000_000_000_000 else { return nil }
    self = value
  }
}

extension Double: CSVField {
  /// The shortest text that reads back as the same number; empty if not finite.
  package var csvText: String { isFinite ? String(self) : "" }
  package var csvNumber: Double? { isFinite ? self : nil }
  /// A finite number of magnitude at most 10^15.
  package init?(csvText: String) {
    guard let value = Double(csvText), value.magnitude <= 1e15 else { return nil }
    self = value
  }
}

extension String: CSVField {
  package var csvText: String { self }
  package init?(csvText: String) { self = csvText }
}

extension Optional: CSVField where Wrapped: CSVField {
  /// Files from before the column existed are valid.
  package static var isRequired: Bool { false }
  package var csvText: String { self?.csvText ?? "" }
  package var csvNumber: Double? { self?.csvNumber ?? nil }
  package init?(csvText: String) {
    guard !csvText.isEmpty else {
      self = .none
      return
    }
    guard let value = Wrapped(csvText: csvText) else { return nil }
    self = .some(value)
  }
}

extension CSVField where Self: RawRepresentable, RawValue == String {
  package var csvText: String { rawValue }
  package init?(csvText: String) {
    guard let value = Self(rawValue: csvText) ?? Self.formerTexts[csvText] else { return nil }
    self = value
  }
}

package protocol Recorded: Sendable {
  static var columns: [CSVColumn<Self>] { get }
  init()
}

enum CSVReading {
  case taken
  /// The text has the wrong type.
  case unreadable
  /// The number is outside of the column's range.
  case outOfRange
}

/// The name ends in the unit.
package struct CSVColumn<Record>: Sendable {
  package let name: String
  /// The name in files of older schema versions, which is read and never written.
  package let formerName: String?
  /// The figure that reports draw from this column, where it is a measurement.
  package let figure: Figure<Record>?

  let isRequired: Bool
  /// Valid numbers, in the column's unit; unused for text.
  package let range: ClosedRange<Double>
  package let encode: @Sendable (Record) -> String
  let decode: @Sendable (inout Record, String) -> CSVReading

  /// Ties a column to a property. `former` is the column's name in older files. A `figure` is the
  /// title under which reports show the measurement; without one the column only describes the
  /// attempt. A file with a number outside of `range` is not read: by default a number is not
  /// negative.
  package init<Value: CSVField>(
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
  package static var numberMax: Double { 1e15 }
  /// For columns that may be negative, such as differences.
  package static var anySign: ClosedRange<Double> { -numberMax...numberMax }

  /// A column of a nested record.
  package init<Part>(
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
