// Statistical power: the smallest difference that a number of pairs detects, and the pairs that a
// difference needs.

/// What `Difference` detects in 95 of 100 runs, given the noise.
///
/// A test on ranks of n log ratios with standard deviation s detects a shift of (z(1 − α/2) +
/// z(0.95)) · s / √(n · 3/π) in 95 % of cases (Noether, "Sample size determination for some common
/// nonparametric tests", 1987): 4.56 · s / √n at α = 0.005. This uses 5.25 · s / √(n − 4): the
/// interval must agree, few pairs need more than the asymptote, and noise is not normal. In
/// simulations 95 % need 4.7 to 5.2 · s / √n from 30 pairs on, for normal noise and for differences
/// of uniform values (as for memory); with one value in ten five times as wide, from 50 pairs on.
package enum Power {
  /// The probability with which a difference of that size is detected.
  package static let power = 0.95

  private static let factor = 5.25
  private static let lost = 4

  /// The smallest detectable difference as a fraction: 0.05 is 5 %. Nil for fewer than
  /// `Difference.fewestPairs`; 0 without noise.
  ///
  /// - Parameter deviation: spread of log ratios of paired attempts; see `deviation(ofLogRatios:)`.
  package static func smallestDifference(deviation: Double, pairs: Int) -> Double? {
    guard pairs >= Difference.fewestPairs else { return nil }
    return Math.exp(factor * deviation / Double(pairs - lost).squareRoot()) - 1
  }

  /// The number of pairs that detects a difference, at least `Difference.fewestPairs`.
  ///
  /// - Parameter difference: a fraction above 0: 0.05 is 5 %.
  package static func pairs(toShow difference: Double, deviation: Double) -> Int {
    let root = factor * deviation / Math.log(1 + difference)
    let needed = min(1e9, root * root).rounded(.up)
    return max(Difference.fewestPairs, lost + Int(needed))
  }

  /// Robust spread of log ratios, comparable with a standard deviation: the distance between the
  /// first and last decile over 2.5631, its value for a standard normal. Up to one value in ten at
  /// either end is ignored; unlike the median absolute deviation it covers all modes of multimodal
  /// noise. Nil for fewer than 5.
  package static func deviation(ofLogRatios logs: [Double]) -> Double? {
    let sorted = logs.filter(\.isFinite).sorted()
    guard sorted.count >= 5, let low = Statistics.quantile(sorted: sorted, 0.1),
      let high = Statistics.quantile(sorted: sorted, 0.9)
    else { return nil }
    return (high - low) / 2.5631
  }
}
