// Footnotes of a report: how to read figures and marks.

import Analysis
import Statistics
import Units

/// The footnotes of a run's report.
struct Footnotes {
  private let rows: [SummaryRow]

  init(_ summary: Summary) {
    // A sampled memory source may have seen two attempts of ten: it counts for no footnote.
    rows = summary.rows.filter {
      $0.scope != .storage && $0.n > 0 && Noise.usualFigures.contains($0.figure)
    }
  }

  var sentences: [String] { intervals + marks + outliers }

  private var intervals: [String] {
    var notes: [String] = []
    if rows.contains(where: { $0.interval != nil }) {
      notes.append(
        "Figures are medians. ± and [low, high] are the 95 % interval of the median; a ratio is "
          + "the median of the ratios within each repeat.")
    }
    let fewest = rows.filter { $0.interval != nil }.map(\.n).min() ?? .max
    if fewest < Statistics.fewestForFullConfidence,
      let confidence = Statistics.confidence(count: fewest)
    {
      notes.append(
        "With fewer than \(Statistics.fewestForFullConfidence) attempts the interval is their "
          + "range; with \(fewest) it contains the true median in only \(percent(confidence)) of "
          + "cases.")
    }
    return notes
  }

  private var marks: [String] {
    let ratios = rows.filter { $0.p != nil && $0.interval != nil }
    guard !ratios.isEmpty else { return [] }
    var note =
      "↓ and ↑ mark a difference: the interval excludes 1, and chance would show as much "
      + "in \(percent(Difference.alpha)) of runs at most (sign flips on ranks); ≈ marks none that "
      + "shows."
    if ratios.contains(where: \.isUnstable) {
      note +=
        " ~ marks a ratio that drifts over the repeats by more than "
        + "\(percent(Drift.shareAtMost)), so its median is not reliable."
    }
    if ratios.contains(where: { $0.difference == .tooFew }) {
      note += " Fewer than \(Difference.fewestPairs) repeats cannot show one and have no mark."
    }
    return [note]
  }

  private var outliers: [String] {
    let found = rows.filter { $0.p == nil }.map(\.outliers).reduce(0, +)
    guard found > 0 else { return [] }
    return [
      "\(plural(found, "outlier")) in time or memory, kept (modified z above 3.5); summary.csv "
        + "lists their repeats."
    ]
  }
}
