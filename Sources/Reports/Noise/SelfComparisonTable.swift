// Table of an A/A run: false alarms, and how often a planted difference is found.

import Analysis
import Units

/// Empty unless the run has two names for one path.
struct SelfComparisonTable {
  let found: [SelfComparison]

  var tables: [Table] {
    guard !found.isEmpty else { return [] }
    let planted = percent(SelfComparison.plantedDifference)
    var table = Table(
      title: "A/A comparison, and with \(planted) planted",
      headings: [
        .text("path"), .text("figure"), .text("window"), .number("repeats needed"),
        .number("found, simulated"), .number("in this run"),
      ])
    for comparison in found {
      let rows = comparison.planted.enumerated().map { place, cell in
        [
          Field(place == 0 ? comparison.figure : ""), Field("\(cell.window) (\(cell.mergeState))"),
          Field("\(cell.repeats)"), Field(cell.found.map { "\(fixed($0 * 100, 1)) %" } ?? "–"),
          Field(cell.realComparisons > 0 ? "\(cell.realFound) of \(cell.realComparisons)" : "–"),
        ]
      }
      table.append(group: comparison.path, rows)
    }
    table.remarks = found.map {
      Field(
        "\($0.path), \($0.figure): of \(plural($0.comparisons, "comparison")) of "
          + "\(plural($0.repeats, "repeat")) \($0.alarms) gave a false alarm; of "
          + "\(Count(SelfComparison.simulations)) simulated from the same noise, "
          + percent($0.simulatedAlarms))
    }
    return [table]
  }
}
