// How a property of a record becomes a column of a file: name, unit, and the way there and back.
//
// One line per column is the whole declaration. The text format itself is in CSV.swift.

/// A value that fits into one field of a CSV file. An empty field means "not measured".
package protocol CSVField: Sendable {
  /// Texts that files of older schema versions have for a value; they are read and never written.
  static var formerTexts: [String: Self] { get }
  /// Whether a file without this column is broken. Optional values arrived with later versions.
  static var isRequired: Bool { get }
  var csvText: String { get }
  var csvNumber: Double? { get }
  /// Reads an unquoted field; nil when the text is no such value.
  init?(csvText: String)
}

extension CSVField {
  package static var formerTexts: [String: Self] { [:] }
  /// Only an optional value can do without its column.
  package static var isRequired: Bool { true }
  /// Text is no number.
  package var csvNumber: Double? { nil }
}

extension Int: CSVField {
  package var csvText: String { String(self) }
  package var csvNumber: Double? { Double(self) }
  /// Reads decimal digits. No figure of ours is larger than 10^15, of which thousands can be added.
  package init?(csvText: String) {
    guard let value = Int(csvText), value.magnitude <= 1_000_000_000_000_000 else { return nil }
    self = value
  }
}

extension Double: CSVField {
  /// The shortest text that reads back as the same number; empty for what is not finite.
  package var csvText: String { isFinite ? String(self) : "" }
  /// The same number, unless it is not finite.
  package var csvNumber: Double? { isFinite ? self : nil }
  /// Reads a finite number, of at most 10^15 as those of the other kind.
  package init?(csvText: String) {
    guard let value = Double(csvText), value.magnitude <= 1e15 else { return nil }
    self = value
  }
}

extension String: CSVField {
  package var csvText: String { self }
  /// Any text will do.
  package init?(csvText: String) { self = csvText }
}

extension Optional: CSVField where Wrapped: CSVField {
  /// A file from before the column existed is still whole.
  package static var isRequired: Bool { false }
  package var csvText: String { self?.csvText ?? "" }
  /// The wrapped number.
  package var csvNumber: Double? { self?.csvNumber ?? nil }
  /// Reads an empty field as nil.
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

/// A row of one of a run's files.
package protocol Recorded: Sendable {
  static var columns: [CSVColumn<Self>] { get }
  init()
}

/// What came of reading a field.
enum CSVReading {
  /// The record has the value.
  case taken
  /// The text is no value of the column's type.
  case unreadable
  /// The text is a number outside of the column's range.
  case outOfRange
}

/// One column of a file: its name, which ends in the unit, and the property behind it.
package struct CSVColumn<Record>: Sendable {
  /// The name in the header: `memory_peak_bytes`.
  package let name: String
  /// The name in files of older schema versions, which is read and never written.
  package let formerName: String?
  /// The figure that reports draw from this column, where it is a measurement.
  package let figure: Figure<Record>?

  let isRequired: Bool
  /// The numbers that the column may hold, in its unit; unused for text.
  package let range: ClosedRange<Double>
  /// The field of a record as text, unquoted.
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

  /// The largest number that is read. Thousands of such can be added.
  package static var numberMax: Double { 1e15 }
  /// The range of a column that may be negative, such as a difference.
  package static var anySign: ClosedRange<Double> { -numberMax...numberMax }

  /// The column of a part of a larger record.
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
