// Median, interval, range and outliers of a figure's repeats, or of a ratio of two paths.

import Units

package struct Estimate: Hashable, Sendable {
  package let count: Int
  package let median: Double
  /// 95 % interval of the median; nil for a single value.
  package let interval: Interval?
  package let minimum: Double
  package let maximum: Double
  /// Number of outliers. They are flagged, and kept.
  package let outliers: Int

  /// Ignores values that are not finite; nil without values.
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

  /// Such as `0.738 [0.721, 0.756]`.
  package var text: String {
    guard let interval else { return significant(median) }
    return "\(significant(median)) \(interval.text)"
  }
}
