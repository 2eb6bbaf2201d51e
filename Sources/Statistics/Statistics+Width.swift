// Relative width of a median's interval, with less variance than the interval's own width.

extension Statistics {
  /// Half the relative width of the median's interval: the maximum of its width and the width
  /// from the order statistics 4 standard deviations of a rank (√n / 2) around the middle. The
  /// second depends less on the two values at the interval's ends. Nil without an interval or with
  /// a median of 0.
  package static func steadyHalfWidth(_ values: [Double]) -> Double? {
    let sorted = values.filter(\.isFinite).sorted()
    guard let interval = interval(sorted: sorted), let middle = quantile(sorted: sorted, 0.5),
      middle != 0
    else { return nil }
    let count = Double(sorted.count)
    let outer = max(0, Int(count / 2 - 2 * count.squareRoot()))
    let spread = (sorted[sorted.count - 1 - outer] - sorted[outer]) * 1.96 / 4
    return max(interval.high - interval.low, spread) / 2 / abs(middle)
  }
}
