// The chart of storage.

import Analysis
import RunStore

struct StorageCharts {
  let summary: Summary

  /// What table and view have on disk in each merge state.
  var all: [Chart] {
    let rows = summary.rows.filter {
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
        "storage", .storage, "Bytes on disk", points.extremes,
        table: points.table("", group: "merge state", name: "table")
      ) { canvas in
        BarChart(
          points: points, scale: ChartScale(upTo: points.longestBar, unit: .bytes), wholes: points
        ).specification(canvas)
      }
    ]
  }
}
