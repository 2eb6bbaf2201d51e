// A chart: description, Vega-Lite specification in two widths, and data table. ChartRenderer draws
// table. ChartRenderer draws it.

import Analysis
import Units

/// Widths for desktop and phone; one drawing cannot serve both.
enum Canvas {
  case wide, narrow

  var width: Int { self == .wide ? 680 : 340 }
}

package struct Chart: Sendable {
  /// File name without extension: `memory-fresh`.
  package let name: String
  package let title: String
  /// Text alternative: one or two sentences.
  package let description: String
  /// For 680 pixels or more.
  package let specification: JSON
  /// For 340 pixels.
  package let narrow: JSON
  let topic: Topic
  package let table: Table

  init(
    _ name: String, _ topic: Topic, _ title: String, _ description: String, table: Table,
    specification: (Canvas) -> JSON
  ) {
    (self.name, self.topic, self.title) = (Self.fileName(name), topic, title)
    (self.description, self.table) = (description, table)
    let head: JSON = [
      "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
      "description": .string("\(title). \(description)"),
    ]
    let tail: JSON = ["background": nil, "config": Palette.configuration]
    self.specification = head.with(specification(.wide)).with(tail)
    narrow = head.with(specification(.narrow)).with(tail)
  }

  /// Letters, digits and hyphens, because states such as `parts:3` are in the name.
  private static func fileName(_ text: String) -> String {
    String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }
}

/// One mark of a chart: a value with its interval and its source row.
struct ChartPoint: Equatable {
  /// The panel: a window.
  var group = ""
  /// The line, or the row within a panel: a path.
  var name = ""
  /// What the colour shows if each name has its own row.
  var series = ""
  var x: Double?
  var low: Double?
  var median: Double?
  var high: Double?
  var label = ""
  var row: SummaryRow?

  init(
    _ row: SummaryRow, group: String = "", name: String, series: String = "", label: String? = nil
  ) {
    (self.group, self.name, self.series) = (group, name, series)
    x = row.windowMs.map(Double.init)
    (low, median, high) = (row.low, row.median, row.high)
    let isRatio = row.subject.contains("/")
    self.label = label ?? row.median.map(isRatio ? significant : row.unit.text) ?? ""
    self.row = row
  }

  init(group: String, name: String, series: String, x: Double? = nil, value: Double?, label: String)
  {
    (self.group, self.name, self.series) = (group, name, series)
    (self.x, median, self.label) = (x, value, label)
  }

  /// One data row; fields empty in all points of a chart are omitted.
  func json(x xName: String?) -> JSON {
    var members: [JSON.Member] = []
    func add(_ key: String, _ value: JSON?) {
      if let value { members.append(JSON.Member(key: key, value: value)) }
    }
    add("group", group.isEmpty ? nil : .string(group))
    add("name", .string(name))
    add("series", series.isEmpty ? nil : .string(series))
    if let xName { add(xName, x.map(JSON.number)) }
    add("low", low.map(JSON.number))
    add("median", median.map(JSON.number))
    add("high", high.map(JSON.number))
    add("label", label.isEmpty ? nil : .string(label))
    return .object(members)
  }
}

/// A reference line: 1, or the bound of a claim.
struct ChartReference {
  let value: Double
  let label: String

  /// The `mark` of its line.
  static let rule: JSON = [
    "type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5, "color": .string(Palette.faint),
  ]
}

extension [ChartPoint] {
  package var names: [String] { map(\.name).uniqued() }
  package var groups: [String] { map(\.group).uniqued() }
  var seriesNames: [String] { map(\.series).uniqued() }

  /// Every median and every end of an interval.
  var values: [Double] { flatMap { [$0.low, $0.median, $0.high].compactMap(\.self) } }

  /// `At 30d: limit-by 1.31 GiB, mv-final 707 MiB.` of the last panel.
  var extremes: String {
    guard let last = groups.last, names.count <= 4 else { return "" }
    let parts = filter { $0.group == last }.map { "\($0.name) \($0.label)" }
    return "At \(last): \(parts.joined(separator: ", "))."
  }

  /// The length of the longest stacked bar; negative values have no length.
  var longestBar: Double {
    groups.flatMap { group in
      names.map { name in
        filter { $0.group == group && $0.name == name }.compactMap(\.median)
          .filter { $0 > 0 }.reduce(0, +)
      }
    }.max() ?? 1
  }

  /// The specification's `data`.
  package func data(x: String? = nil) -> JSON { ["values": .array(map { $0.json(x: x) })] }

  /// The same numbers as a table, linked to their source rows.
  package func table(_ title: String, group: String, name: String, series: String? = nil) -> Table {
    let hasGroups = groups != [""]
    let hasIntervals = contains { $0.low != nil }
    var table = Table(
      title: title,
      headings: (hasGroups ? [.text(group)] : [])
        + [.text(name)]
        + (series.map { [.text($0)] } ?? [])
        + [.number("median")]
        + (hasIntervals
          ? [.number("low"), .number("high")] : [])
        + [.number("n")])
    table.rows = map { point in
      func text(_ value: Double?) -> String {
        guard let value else { return "–" }
        guard let row = point.row, !row.subject.contains("/") else { return significant(value) }
        return row.unit.text(value)
      }
      return (hasGroups ? [Field(point.group)] : []) + [Field(point.name)]
        + (series == nil ? [] : [Field(point.series)])
        + [Field(point.label.isEmpty ? text(point.median) : point.label, row: point.row)]
        + (hasIntervals ? [Field(text(point.low)), Field(text(point.high))] : [])
        + [Field(point.row.map { "\($0.n)" } ?? "")]
    }
    return table
  }
}

extension Table {
  /// Says which file has many values, instead of repeating them.
  static func pointer(_ file: String, _ count: Int) -> Table {
    Table(
      title: "", headings: [],
      remarks: [Field("\(plural(count, "value")), see \(file); its rows are listed below")])
  }
}
