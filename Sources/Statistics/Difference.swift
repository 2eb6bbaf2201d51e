// Decides whether two paths differ. All report marks and regression alarms use this rule.

/// The result of comparing paired attempts of two paths.
package enum Difference: Equatable, Sendable {
  /// The first path needs less.
  case less
  /// The first path needs more.
  case more
  /// No difference found; `Power` gives the smallest one that could have been found.
  case none
  /// Too few pairs to find a difference of any size.
  case tooFew

  /// Significance level. Lower than usual: a run makes dozens of comparisons, and fewer than one in
  /// a hundred may be a false alarm.
  package static let alpha = 0.005

  /// With fewer pairs even unanimous ones do not reach `alpha`: 2 · ½⁸ = 0.0078, 2 · ½⁹ = 0.0039.
  package static let fewestPairs = 9

  /// - Parameter ratios: of the two paths, within each repeat.
  package init(_ ratios: [Double]) {
    self.init(
      count: ratios.count, interval: Statistics.interval(ofMedian: ratios),
      p: Statistics.pValue(ofPairs: ratios))
  }

  /// Requires both p ≤ `alpha` and a 95 % interval of the median ratio that excludes 1. An interval
  /// of zero width is a deterministic count: all pairs agree, and two suffice.
  package init(count: Int, interval: Interval?, p: Double?) {
    guard let interval else {
      self = .tooFew
      return
    }
    if interval.low < interval.high {
      guard count >= Self.fewestPairs, let p else {
        self = .tooFew
        return
      }
      guard p <= Self.alpha else {
        self = .none
        return
      }
    }
    self = interval.high < 1 ? .less : interval.low > 1 ? .more : .none
  }
}
