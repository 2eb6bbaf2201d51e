// What a set of repetitions says about one figure, or about one ratio of two paths.

import Units

/// A median with what is known of its precision.
package struct Estimate: Hashable, Sendable {
  package let count: Int
  package let median: Double
  /// The interval of the median; nil for a single value.
  package let interval: Interval?
  /// The least value.
  package let minimum: Double
  /// The greatest value.
  package let maximum: Double
  /// How many values stand far from the others. They are flagged, and kept.
  package let outliers: Int

  /// Summarizes the finite ones of the values; nil where there are none.
  package init?(_ values: [Double]) {
    let sorted = values.filter(\.isFinite).sorted()
    guard let median = Statistics.quantile(sorted: sorted, 0.5), let least = sorted.first,
      let greatest = sorted.last
    else { return nil }
    count = sorted.count
    self.median = median
    interval = Statistics.interval(sorted: sorted)
    minimum = least
    maximum = greatest
    outliers = Statistics.outliers(sorted).count
  }

  /// The median and its interval as plain numbers: `0.738 [0.721, 0.756]`.
  package var text: String {
    guard let interval else { return significant(median) }
    return "\(significant(median)) [\(significant(interval.low)), \(significant(interval.high))]"
  }
}
