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
        .init(text: "path", kind: .text), .init(text: "figure", kind: .text),
        .init(text: "window", kind: .text), .init(text: "repeats needed", kind: .number),
        .init(text: "found, simulated", kind: .number), .init(text: "in this run", kind: .number),
      ])
    for comparison in found {
      table.groupStarts.insert(table.rows.count)
      table.rows += comparison.planted.enumerated().map { place, cell in
        [
          Field(text: place == 0 ? comparison.path : "", tone: .strong),
          Field(text: place == 0 ? comparison.figure : ""),
          Field(text: "\(cell.window) (\(cell.mergeState))"), Field(text: "\(cell.repeats)"),
          Field(text: cell.found.map { "\(fixed($0 * 100, 1)) %" } ?? "–"),
          Field(
            text:
              cell.realComparisons > 0 ? "\(cell.realFound) of \(cell.realComparisons)" : "–"),
        ]
      }
    }
    table.remarks = found.map {
      Field(
        text: "\($0.path), \($0.figure): of \(plural($0.comparisons, "comparison")) of "
          + "\(plural($0.repeats, "repeat")) \($0.alarms) gave a false alarm; of "
          + "\(Count(SelfComparison.simulations)) simulated from the same noise, "
          + percent($0.simulatedAlarms))
    }
    return [table]
  }
}
