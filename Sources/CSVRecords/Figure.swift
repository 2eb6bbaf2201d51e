// The measured figures of a record, as data: what summaries, claims and reports iterate over.

import Units

/// What a figure counts.
package enum FigureUnit: String, CSVField, Codable {
  case bytes
  case milliseconds = "ms"
  case rows
  /// Anything else that is counted: parts, marks.
  case count

  package init(columnName name: String) {
    let last = name.split(separator: "_").last.map(String.init) ?? name
    self = FigureUnit(rawValue: last) ?? .count
  }

  /// A value for people: `1.36 GiB`, `1.23 s`, `1,234,567`.
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

/// One measured figure of a record.
package struct Figure<Record>: Sendable {
  /// The column's name, or the name of a figure that is derived from several: `memory_peak_bytes`.
  package let name: String
  /// A few words for people: `peak memory`.
  package let title: String
  /// What it counts.
  package let unit: FigureUnit
  /// The value in a record; nil where it was not measured.
  package let value: @Sendable (Record) -> Double?
  /// The same of a record where it lies: a copy of one with dozens of fields costs more than the
  /// figure.
  package let valueInPlace: @Sendable (UnsafePointer<Record>) -> Double?

  package init(name: String, title: String, value: @escaping @Sendable (Record) -> Double?) {
    self.name = name
    self.title = title
    unit = FigureUnit(columnName: name)
    self.value = value
    valueInPlace = { value($0.pointee) }
  }

  /// The figure of one property.
  package init<Value: CSVField>(
    name: String, title: String, _ path: WritableKeyPath<Record, Value> & Sendable
  ) {
    self.name = name
    self.title = title
    unit = FigureUnit(columnName: name)
    value = { $0[keyPath: path].csvNumber }
    // Nil of a property that is computed.
    let offset = MemoryLayout<Record>.offset(of: path)
    valueInPlace = { [value] record in
      guard let offset else { return value(record.pointee) }
      return (UnsafeRawPointer(record) + offset).assumingMemoryBound(to: Value.self).pointee
        .csvNumber
    }
  }
}

/// A record that carries figures.
package protocol Measured: Recorded {
  /// Figures that are computed from several columns.
  static var derivedFigures: [Figure<Self>] { get }
}

extension Measured {
  /// Every figure: the columns in the order of the file, then the derived ones.
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
