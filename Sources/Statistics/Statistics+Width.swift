// The relative width of an interval, steadier than the interval itself.

extension Statistics {
  /// Half the relative width of the interval of the median: the interval's own, or the one that
  /// follows from the order statistics 4 standard deviations of a rank (√n / 2) around the middle,
  /// whichever is larger. The second is less at the mercy of the two values at the interval's ends.
  /// Nil without an interval or with a median of 0.
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
