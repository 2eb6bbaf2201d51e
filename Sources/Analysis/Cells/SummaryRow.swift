// One figure of a run with its median and interval: a row of summary.csv.

import CSVRecords
import Statistics

/// What a summary row is about. Each experiment defines its own.
package struct SummaryScope: RawRepresentable, Hashable, Sendable, CSVField {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }
}

/// One row of summary.csv.
package struct SummaryRow: Equatable, Recorded {
  package var scope = SummaryScope(rawValue: "")
  /// The state of merges; nil for inserts.
  package var mergeState: String?
  /// The window as written; nil for inserts and storage.
  package var window: String?
  /// The window's length in milliseconds.
  package var windowMs: Int?
  /// The figure's name: a column of samples.csv, inserts.csv or storage.csv, or a derived one.
  package var figure = ""
  /// The unit of the values; of a ratio, the unit above and below the line.
  package var unit = FigureUnit.count
  /// A path, insert target or role, or the ratio of two: `mv-final/limit-by`.
  package var subject = ""
  /// How many attempts, or pairs, the values come from.
  package var n = 0
  /// The median; of a ratio, the median of the ratios within each repetition.
  package var median: Double?
  /// Lower end of the interval of the median (see `Statistics.interval(ofMedian:)`).
  package var low: Double?
  /// Upper end of the interval.
  package var high: Double?
  /// The least value.
  package var min: Double?
  /// The greatest value.
  package var max: Double?
  /// Values far from the others, flagged and kept.
  package var outliers = 0
  /// Measured attempts that failed; left out of the values.
  package var failed = 0
  /// Lower end of the bootstrap interval, for comparison (see
  /// `Statistics.bootstrapInterval(ofMedian:)`).
  package var bootstrapLow: Double?
  /// Upper end of the bootstrap interval.
  package var bootstrapHigh: Double?
  /// How often chance alone would set the pairs of a ratio as far apart; nil for what is no ratio.
  package var p: Double?
  /// The smallest difference that the pairs of a ratio could have shown, as a share.
  package var smallestDifference: Double?
  /// How far the values moved from the first repeat to the last, as a share of the median.
  package var drift: Double?
  /// How often chance alone would look as much like a trend.
  package var driftP: Double?
  /// The repeats (of inserts, the pairs) whose values are outliers, separated by spaces.
  package var outlierRepeats: String?
  /// The leg of inserts; nil for exports and storage.
  package var leg: String?
  /// Attempts that returned wrong rows; nil of what is no export. Only those with another number
  /// of rows are left out of the values. Above 0 a ratio has no values.
  package var wrongRows: Int?

  package init() {}

  package static let columns: [CSVColumn<SummaryRow>] = [
    CSVColumn("scope", \.scope),
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("window", \.window),
    CSVColumn("window_ms", \.windowMs),
    CSVColumn("figure", \.figure),
    CSVColumn("unit", \.unit),
    CSVColumn("subject", \.subject),
    CSVColumn("n", \.n),
    CSVColumn("median", \.median),
    CSVColumn("low", \.low),
    CSVColumn("high", \.high),
    CSVColumn("min", \.min),
    CSVColumn("max", \.max),
    CSVColumn("outliers", \.outliers),
    CSVColumn("failed", \.failed),
    CSVColumn("bootstrap_low", \.bootstrapLow),
    CSVColumn("bootstrap_high", \.bootstrapHigh),
    CSVColumn("p", \.p),
    CSVColumn("smallest_difference", \.smallestDifference),
    CSVColumn("drift", \.drift),
    CSVColumn("drift_p", \.driftP),
    CSVColumn("outlier_repeats", \.outlierRepeats),
    CSVColumn("leg", \.leg),
    CSVColumn("wrong_rows", \.wrongRows),
  ]

  /// The interval of the median, where there is one.
  package var interval: Interval? {
    guard let low, let high else { return nil }
    return Interval(low: low, high: high)
  }

  /// Half the width of the interval as a share of the median: 0.02 means ± 2 %. Nil without an
  /// interval or if the median is 0.
  package var noise: Double? {
    guard let interval, let median, median != 0 else { return nil }
    return (interval.high - interval.low) / 2 / abs(median)
  }

  /// Whether the answer that the figure is of, or either answer of a ratio, is wrong.
  package var isWrong: Bool { wrongRows ?? 0 > 0 }

  /// Whether the two paths of a ratio differ.
  package var difference: Difference { Difference(count: n, interval: interval, p: p) }

  /// Whether the values moved while they were measured, so that the median says little.
  package var isUnstable: Bool {
    guard let drift, let driftP else { return false }
    return Drift(share: drift, p: driftP).isUnstable
  }

  mutating func fill(_ series: Series) {
    guard let estimate = Estimate(series.values) else { return }
    fill(estimate)
    let bootstrap = Statistics.bootstrapInterval(ofMedian: series.values)
    bootstrapLow = bootstrap?.low
    bootstrapHigh = bootstrap?.high
    let drift = Statistics.drift(series.values)
    self.drift = drift?.share
    driftP = drift?.p
    let outliers = Statistics.outliers(series.values).map { String(series.repeats[$0]) }
    outlierRepeats = outliers.isEmpty ? nil : outliers.joined(separator: " ")
  }

  mutating func fill(ratios: Series) {
    fill(ratios)
    p = Statistics.pValue(ofPairs: ratios.values)
    let logs = ratios.values.filter { $0 > 0 }.map(Math.log)
    smallestDifference = Power.deviation(ofLogRatios: logs).flatMap {
      Power.smallestDifference(deviation: $0, pairs: logs.count)
    }
  }

  package mutating func fill(_ estimate: Estimate) {
    n = estimate.count
    median = estimate.median
    low = estimate.interval?.low
    high = estimate.interval?.high
    min = estimate.minimum
    max = estimate.maximum
    outliers = estimate.outliers
  }
}
