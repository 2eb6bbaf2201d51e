// The charts of the stage breakdown: where an export's peak memory and time go.

import Analysis

struct StageCharts {
  let rows: [StageRow]

  /// The charts, state by state.
  var all: [Chart] {
    let figures = [
      (name: "stages-memory", figure: "memory_peak_bytes", title: "Where the peak memory goes"),
      (name: "stages-time", figure: "server_query_ms", title: "Where the server's time goes"),
    ]
    let states = rows.map(\.mergeState).uniqued()
    return states.flatMap { state in
      figures.compactMap { name, figure, title in
        chart(
          rows.enumerated().filter {
            $0.element.mergeState == state && $0.element.figure == figure
              && $0.element.wrongRows ?? 0 == 0
          }.map { (line: $0.offset + 2, row: $0.element) },
          name: "\(name)-\(state)", title: "\(title), \(state)")
      }
    }
  }

  private func chart(
    _ rows: [(line: Int, row: StageRow)], name: String, title: String
  ) -> Chart? {
    // `keys` is no step of the chain: it has no share.
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
        .text("window"), .text("path"), .text("stage"), .number("adds"), .number("low"),
        .number("high"), .number("stages.csv, line"),
      ])
    table.rows = rows.map { line, row in
      func text(_ value: Double?) -> Field { Field(value.map(unit.text) ?? "–") }
      let isStep = row.added != nil
      var number = text(isStep ? row.added : row.reached)
      number.cited = StageExperiment.citation(of: row)
      return [
        Field(row.window), Field(row.path),
        Field(isStep ? row.step : "\(row.step) (total, not a stage)"), number,
        text(isStep ? row.addedLow : row.reachedLow),
        text(isStep ? row.addedHigh : row.reachedHigh), Field("\(line)"),
      ]
    }
    let ends = wholes.map { "\($0.name) \($0.label) at \($0.group)" }
    return Chart(
      name, .stages, title,
      "What each stage adds to the median of the stages before it. A stage that lowers it has "
        + "no bar. Total: \(ends.joined(separator: ", ")).", table: table
    ) { canvas in
      BarChart(
        points: points, scale: ChartScale(upTo: points.longestBar, unit: unit), wholes: wholes
      ).specification(canvas)
    }
  }
}
