// Charts of inserts: the ratios of the view by leg, the bytes that a round writes, and the time of
// each insert.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore

struct InsertCharts {
  private let summary: Summary
  private let records: Records

  init(_ summary: Summary, _ records: Records) {
    (self.summary, self.records) = (summary, records)
  }

  var all: [Chart] { ratios + amplification + inserts }

  /// The ratios of writes with the view over those without.
  private var ratios: [Chart] {
    let subject = "\(InsertTarget.withView.rawValue)/\(InsertTarget.plain.rawValue)"
    let legs = summary.legs.filter { $0 != ReservedLeg.sustained }
    let now = ["server_query_ms", "server_cpu_ms", "written_bytes"]
    let settled = ["settled_cpu_ms", "settled_written_bytes"]
    let titles = [
      "server_query_ms": "server time of inserts", "server_cpu_ms": "CPU of inserts",
      "written_bytes": "bytes written by inserts", "settled_cpu_ms": "CPU until merges settled",
      "settled_written_bytes": "bytes until merges settled",
    ]
    let rows =
      now.flatMap { figure in
        legs.compactMap { summary.insert(figure, leg: $0, subject: subject) }
      }
      + settled.flatMap { figure in
        legs.compactMap { summary.settled(figure, leg: $0, subject: subject) }
      }
    let points = rows.filter { $0.median != nil }.map { row in
      let title = titles[row.figure] ?? row.figure
      return legs.count > 1
        ? ChartPoint(row, group: title, name: row.leg ?? "") : ChartPoint(row, name: title)
    }
    guard !points.isEmpty, let scale = ChartScale(logarithmic: points.values + [1], unit: nil)
    else { return [] }
    return [
      Chart(
        "write-ratios", .inserts, "Writes, with the view / without",
        "The median of the ratios of pairs, with its 95 % interval; the dashed line is 1: no cost.",
        table: points.table("", group: "figure", name: legs.count > 1 ? "leg" : "figure")
      ) { canvas in
        DotChart(
          points: points, scale: scale, references: [ChartReference(value: 1, label: "")]
        ).specification(canvas)
      }
    ]
  }

  /// What a round writes, by inserts and by merges, without the view and with it.
  private var amplification: [Chart] {
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
        "write-amplification", .inserts, "Bytes written in a round, until merges have settled",
        "Medians of rounds, by leg; each leg has its own scale.",
        table: (points + wholes).table("", group: "leg", name: "side", series: "written")
      ) { canvas in
        BarChart(
          points: points, scale: ChartScale(upTo: points.longestBar, unit: .bytes), wholes: wholes,
          isIndependent: true
        ).specification(canvas)
      }
    ]
  }

  /// The server's time of each insert, in the order of the pairs.
  private var inserts: [Chart] {
    let inserts = records.inserts.enumerated().filter {
      $0.element.status == .ok && $0.element.legName != ReservedLeg.sustained
    }
    let hasServer = inserts.contains { $0.element.serverQueryMs != nil }
    let points = inserts.compactMap { _, insert -> ChartPoint? in
      guard let ms = hasServer ? insert.serverQueryMs : insert.clientWallMs else { return nil }
      return ChartPoint(
        group: "leg '\(insert.legName)'", name: side(insert.target), series: "",
        x: Double(insert.pair), value: ms, label: "")
    }
    // Without the view first, whichever insert of the first pair came first.
    .sorted { ($1.name, $0.x ?? 0) < ($0.name, $1.x ?? 0) }
    let legs = inserts.map { "leg '\($0.element.legName)'" }.uniqued()
    let ordered = legs.flatMap { leg in points.filter { $0.group == leg } }
    guard ordered.count >= 4 else { return [] }
    return [
      Chart(
        "inserts", .inserts, "Time of each insert",
        "\(hasServer ? "The server's" : "The client's") time of inserts of the same rows, by "
          + "pair: shows growth with the size of the table.",
        table: .pointer("inserts.csv", ordered.count)
      ) { canvas in
        TimeChart(
          points: ordered, xTitle: "pair",
          units: Dictionary(uniqueKeysWithValues: legs.map { ($0, FigureUnit.milliseconds) })
        ).specification(canvas)
      }
    ]
  }

  private func side(_ target: InsertTarget) -> String {
    target == .plain ? "without view" : "with view"
  }
}
