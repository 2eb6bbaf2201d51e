// Median, confidence interval, quantiles and outliers of a few repeats. Deterministic: no
// resampling.

import Units

/// A confidence interval.
package struct Interval: Codable, Hashable, Sendable {
  package let low: Double
  package let high: Double

  /// `low` may equal `high`.
  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// `[0.721, 0.756]`.
  package var text: String { "[\(significant(low)), \(significant(high))]" }
}

/// Every function ignores values that are not finite, and returns none.
package enum Statistics {
  /// Nominal confidence of intervals.
  package static let confidence = 0.95

  /// The smallest sample with a distribution-free 95 % interval of the median: 1 − 2 · ½⁶ = 0.969,
  /// but 1 − 2 · ½⁵ = 0.938.
  package static let fewestForFullConfidence = 6

  /// Linear interpolation between order statistics: type 7 of Hyndman and Fan, "Sample Quantiles in
  /// Statistical Packages" (1996), the default of R and NumPy. Nil without values. `fraction` is
  /// clamped to 0…1.
  package static func quantile(_ values: [Double], _ fraction: Double) -> Double? {
    quantile(sorted: values.filter(\.isFinite).sorted(), fraction)
  }

  /// The middle value, or the mean of the middle two.
  package static func median(_ values: [Double]) -> Double? { quantile(values, 0.5) }

  /// The interval of the median, nil for fewer than two values.
  ///
  /// From 6 values on: the 95 % sign-test interval, interpolated between the two neighbouring pairs
  /// of order statistics whose exact confidence lies above and below 95 % (Hettmansperger and
  /// Sheather, "Confidence intervals based on interpolated order statistics", 1986). It assumes no
  /// distribution. For 2 to 5 values no such interval exists; the range is returned, and
  /// `confidence(count:)` gives its confidence.
  ///
  /// Verdicts use this interval, not `bootstrapInterval(ofMedian:)`, whose coverage for few values
  /// is too low.
  package static func interval(ofMedian values: [Double]) -> Interval? {
    interval(sorted: values.filter(\.isFinite).sorted())
  }

  /// The confidence of `interval(ofMedian:)` for a sample size; nil for fewer than two.
  package static func confidence(count: Int) -> Double? {
    guard count >= 2 else { return nil }
    return count >= fewestForFullConfidence ? confidence : 1 - Math.pow(0.5, Double(count - 1))
  }

  /// Indices of outliers: a modified z-score above 3.5.
  ///
  /// The score is 0.6745 · |x − median| / MAD; if more than half of the values are equal, so that
  /// MAD is 0, it is |x − median| / (1.2533 · mean absolute deviation). Iglewicz and Hoaglin, "How
  /// to Detect and Handle Outliers" (1993), and IBM's modified z-score for the second form.
  package static func outliers(_ values: [Double]) -> [Int] {
    guard let middle = median(values) else { return [] }
    let deviations = values.map { abs($0 - middle) }
    let finite = deviations.filter(\.isFinite)
    guard let mad = median(finite) else { return [] }
    let mean = finite.reduce(0, +) / Double(finite.count)
    let scale = mad > 0 ? mad / 0.6745 : mean * 1.253314
    guard scale > 0 else { return [] }
    return deviations.indices.filter { deviations[$0] / scale > 3.5 }
  }

  package static func quantile(sorted values: [Double], _ fraction: Double) -> Double? {
    guard let last = values.indices.last else { return nil }
    let place = min(max(fraction, 0), 1) * Double(last)
    let below = Int(place)
    return between(values[below], values[min(below + 1, last)], place - Double(below))
  }

  package static func interval(sorted values: [Double]) -> Interval? {
    let count = values.count
    guard count >= 2, let least = values.first, let greatest = values.last else { return nil }
    guard count >= fewestForFullConfidence else { return Interval(low: least, high: greatest) }
    let (depth, above, below) = signTestDepth(count)
    let share = (above - confidence) / (above - below)
    let inner = Double(count - 2 * depth)
    let weight = Double(count - depth) * share / (Double(depth) + inner * share)
    return Interval(
      low: between(values[depth - 1], values[depth], weight),
      high: between(values[count - depth], values[count - depth - 1], weight))
  }

  /// The largest depth d whose interval [x(d), x(n + 1 − d)] has at least 95 % confidence, with
  /// that confidence and the next depth's: 1 − 2 · P(Binomial(n, ½) < d).
  private static func signTestDepth(_ count: Int) -> (depth: Int, above: Double, below: Double) {
    var logTerm = -Double(count) * Math.log(2)
    var tail = Math.exp(logTerm)
    var depth = 1
    while true {
      logTerm += Math.log(Double(count - depth + 1) / Double(depth))
      let next = tail + Math.exp(logTerm)
      if 1 - 2 * next < confidence { return (depth, 1 - 2 * tail, 1 - 2 * next) }
      tail = next
      depth += 1
    }
  }

  /// Linear interpolation that is exact if both ends are equal.
  private static func between(_ start: Double, _ end: Double, _ weight: Double) -> Double {
    weight == 0 ? start : start + (end - start) * weight
  }
}
