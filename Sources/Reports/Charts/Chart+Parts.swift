// Stacked charts: stage breakdown of exports, bytes stages, by inserts and merges, storage.

import Analysis
import BenchmarkSpec
import RunStore

extension Chart {
  package static func stages(_ findings: Findings) -> [Chart] {
    let figures = [
      (name: "stages-memory", figure: "memory_peak_bytes", title: "Peak memory by stage"),
      (name: "stages-time", figure: "server_query_ms", title: "Server time by stage"),
    ]
    let states = findings.stages.map(\.mergeState).uniqued()
    return states.flatMap { state in
      figures.compactMap { name, figure, title in
        stages(
          findings.stages.enumerated().filter {
            $0.element.mergeState == state && $0.element.figure == figure
              && $0.element.wrongRows ?? 0 == 0
          }.map { (line: $0.offset + 2, row: $0.element) },
          name: "\(name)-\(state)", title: "\(title), \(state)")
      }
    }
  }

  private static func stages(
    _ rows: [(line: Int, row: StageRow)], name: String, title: String
  ) -> Chart? {
    // `keys` is not cumulative with the other stages: it has no share.
    let steps = rows.filter { $0.row.added != nil }
    guard let unit = steps.first?.row.unit else { return nil }
    let points = steps.map { _, row in
      var point = ChartPoint(
        group: row.window, name: row.path, series: row.step.replacing("+", with: " + "),
        value: row.added, label: "")
      (point.low, point.high) = (row.addedLow, row.addedHigh)
      return point
    }
    let wholes = rows.filter { $0.row.step.hasSuffix("send") }.compactMap { _, row in
      row.reached.map { reached in
        ChartPoint(
          group: row.window, name: row.path, series: "whole", value: reached,
          label: unit.text(reached))
      }
    }
    var table = Table(
      title: title,
      headings: [
        .init(text: "window", kind: .text), .init(text: "path", kind: .text),
        .init(text: "stage", kind: .text), .init(text: "adds", kind: .number),
        .init(text: "low", kind: .number), .init(text: "high", kind: .number),
        .init(text: "stages.csv, line", kind: .number),
      ])
    table.rows = rows.map { line, row in
      func text(_ value: Double?) -> Field { Field(text: value.map(unit.text) ?? "–") }
      let isStep = row.added != nil
      var number = text(isStep ? row.added : row.reached)
      number.step = row
      return [
        Field(text: row.window), Field(text: row.path),
        Field(text: isStep ? row.step : "\(row.step) (total, not a stage)"),
        number, text(isStep ? row.addedLow : row.reachedLow),
        text(isStep ? row.addedHigh : row.reachedHigh), Field(text: "\(line)"),
      ]
    }
    let ends = wholes.map { "\($0.name) \($0.label) at \($0.group)" }
    return Chart(
      name, .stages, title,
      "What each stage adds to the median of the stages before it. A stage that lowers it has "
        + "no bar. Total: \(ends.joined(separator: ", ")).", table: table
    ) { canvas in
      BarChart(
        points: points, scale: ChartScale(upTo: tallest(points), unit: unit), wholes: wholes
      ).specification(canvas)
    }
  }

  /// Length of the longest bar, without negative segments.
  private static func tallest(_ points: [ChartPoint]) -> Double {
    points.groups.flatMap { group in
      points.names.map { name in
        points.filter { $0.group == group && $0.name == name }.compactMap(\.median)
          .filter { $0 > 0 }.reduce(0, +)
      }
    }.max() ?? 1
  }

  static func amplification(_ findings: Findings) -> [Chart] {
    let summary = findings.summary
    let sides = [("without view", InsertTarget.plain), ("with view", .withView)]
    let parts = [("by inserts", "inserted_bytes"), ("by merges", "merged_bytes")]
    var points: [ChartPoint] = []
    var wholes: [ChartPoint] = []
    for leg in summary.legs {
      for (side, target) in sides {
        for (series, figure) in parts {
          guard let row = summary.settled(figure, leg: leg, subject: target.rawValue),
            row.median != nil
          else { continue }
          points.append(ChartPoint(row, group: leg, name: side, series: series))
        }
        if let row = summary.settled("settled_written_bytes", leg: leg, subject: target.rawValue),
          row.median != nil
        {
          wholes.append(ChartPoint(row, group: leg, name: side, series: "total"))
        }
      }
    }
    guard !points.isEmpty else { return [] }
    return [
      Chart(
        "write-amplification", .writes, "Bytes written per round, until merges have settled",
        "Medians of rounds, by leg; each leg has its own scale.",
        table: (points + wholes).table("", group: "leg", name: "side", series: "written")
      ) { canvas in
        BarChart(
          points: points, scale: ChartScale(upTo: tallest(points), unit: .bytes), wholes: wholes,
          isIndependent: true
        ).specification(canvas)
      }
    ]
  }

  package static func storage(_ findings: Findings) -> [Chart] {
    let rows = findings.summary.rows.filter {
      $0.scope == .storage && $0.figure == "on_disk_bytes" && !$0.subject.contains("/")
    }
    let names = [
      TableRole.table.rawValue: "table", TableRole.view.rawValue: "view",
      TableRole.viewWithCodecs.rawValue: "view with codecs",
    ]
    let points = rows.map { row in
      ChartPoint(
        row, group: row.mergeState ?? "", name: names[row.subject] ?? row.subject,
        series: "on disk")
    }
    guard !points.isEmpty else { return [] }
    return [
      Chart(
        "storage", .storage, "Bytes on disk", extremes(points),
        table: points.table("", group: "merge state", name: "table")
      ) { canvas in
        BarChart(
          points: points, scale: ChartScale(upTo: tallest(points), unit: .bytes), wholes: points
        ).specification(canvas)
      }
    ]
  }
}
