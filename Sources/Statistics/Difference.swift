// Whether two paths differ: the one rule behind every mark in a report, and behind every alarm.

/// What pairs of attempts on two paths say.
package enum Difference: Equatable, Sendable {
  /// The path above the line needs less.
  case less
  /// The path above the line needs more.
  case more
  /// The pairs show no difference; `Power` says how small one they could have shown.
  case none
  /// There are too few pairs to show a difference of any size.
  case tooFew

  /// A difference is told from chance at or below this p. Lower than usual: a run makes dozens of
  /// comparisons, and fewer than one in a hundred may be a false alarm.
  package static let alpha = 0.005

  /// With fewer pairs not even unanimous ones reach `alpha`: 2 · ½⁸ = 0.0078, 2 · ½⁹ = 0.0039.
  package static let fewestPairs = 9

  /// Compares the paths of which these are the ratios within each repeat.
  package init(_ ratios: [Double]) {
    self.init(
      count: ratios.count, interval: Statistics.interval(ofMedian: ratios),
      p: Statistics.pValue(ofPairs: ratios))
  }

  /// A difference needs both witnesses: a p of at most `alpha`, and a 95 % interval of the median
  /// ratio that does not hold 1. An interval without width is a count, not a sample: every pair
  /// says the same, and two are enough.
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
