// Measured figures of a record: name, title, unit and value, for summaries, claims and reports.

import Units

@usableFromInline package enum FigureUnit: String, CSVField, Codable {
  case bytes
  case milliseconds = "ms"
  case rows
  /// Any other count: parts, marks.
  case count

  @usableFromInline package init(columnName name: String) {
    let last = name.split(separator: "_").last.map(String.init) ?? name
    self = FigureUnit(rawValue: last) ?? .count
  }

  /// For people: `1.36 GiB`, `1.23 s`, `1,234,567`.
  package func text(_ value: Double) -> String {
    switch self {
    case .bytes: return ByteCount(whole(value)).description
    case .milliseconds:
      if abs(value) < 999.5 { return "\(significant(value)) ms" }
      return abs(value) < 599_500
        ? "\(significant(value / 1000)) s" : "\(significant(value / 60_000)) min"
    case .rows, .count: return Count(whole(value)).description
    }
  }
}

@usableFromInline package struct Figure<Record>: Sendable {
  /// The column's name, or the name of a derived figure: `memory_peak_bytes`.
  @usableFromInline package let name: String
  /// For people: `peak memory`.
  @usableFromInline package let title: String
  @usableFromInline package let unit: FigureUnit
  /// Nil if not measured.
  @usableFromInline package let value: @Sendable (Record) -> Double?
  /// Reads the value without copying the record: a copy of dozens of fields costs more than the
  /// value.
  @usableFromInline package let valueInPlace: @Sendable (UnsafePointer<Record>) -> Double?

  @inlinable package init(
    name: String, title: String, value: @escaping @Sendable (Record) -> Double?
  ) {
    self.name = name
    self.title = title
    unit = FigureUnit(columnName: name)
    self.value = value
    valueInPlace = { value($0.pointee) }
  }

  @inlinable package init<Value: CSVField>(
    name: String, title: String, _ path: WritableKeyPath<Record, Value> & Sendable
  ) {
    self.name = name
    self.title = title
    unit = FigureUnit(columnName: name)
    value = { $0[keyPath: path].csvNumber }
    // Nil for a computed property.
    let offset = MemoryLayout<Record>.offset(of: path)
    valueInPlace = { [value] record in
      guard let offset else { return value(record.pointee) }
      return (UnsafeRawPointer(record) + offset).assumingMemoryBound(to: Value.self).pointee
        .csvNumber
    }
  }
}

package protocol Measured: Recorded {
  /// Figures computed from several columns.
  static var derivedFigures: [Figure<Self>] { get }
}

extension Measured {
  /// The columns in file order, then the derived figures.
  package static var figures: [Figure<Self>] { columns.compactMap(\.figure) + derivedFigures }

  package static func figure(_ name: String) throws(RecordError) -> Figure<Self> {
    let figures = figures
    guard let figure = figures.first(where: { $0.name == name }) else {
      let known = figures.map(\.name).joined(separator: ", ")
      throw RecordError("there is no figure '\(name)'; write one of \(known)")
    }
    return figure
  }
}
