// How small a difference so many pairs can show, and how many pairs show so small a difference.

/// What `Difference` finds in 95 of 100 runs, from the noise alone.
///
/// For a test on ranks of n log ratios with standard deviation s, a shift of
/// (z(1 − α/2) + z(0.95)) · s / √(n · 3/π) is found in 95 % (Noether, "Sample size determination
/// for some common nonparametric tests", 1987): 4.56 · s / √n at α = 0.005. Here it is
/// 5.25 · s / √(n − 4): the interval must agree, few pairs need more than the limit says, and noise
/// is not normal. Simulated, 95 % need 4.7 to 5.2 · s / √n from 30 pairs on, for normal noise and
/// for the difference of uniform values (as memory has it); with one value in ten five times as
/// wide, from 50 pairs on.
package enum Power {
  /// How often a difference of that size is found.
  package static let power = 0.95

  private static let factor = 5.25
  private static let lost = 4

  /// The smallest difference, as a share, that so many pairs show: 0.05 is 5 % more. Nil where no
  /// difference of any size shows, with fewer than `Difference.fewestPairs`.
  ///
  /// - Parameters:
  ///   - deviation: the spread of log ratios between paired attempts; see
  ///     `deviation(ofLogRatios:)`.
  ///   - pairs: how many there are, or will be.
  /// - Returns: the share, 0 where there is no noise.
  package static func smallestDifference(deviation: Double, pairs: Int) -> Double? {
    guard pairs >= Difference.fewestPairs else { return nil }
    return Math.exp(factor * deviation / Double(pairs - lost).squareRoot()) - 1
  }

  /// How many pairs show a difference.
  ///
  /// - Parameters:
  ///   - difference: a share above 0: 0.05 is 5 % more.
  ///   - deviation: as above.
  /// - Returns: the number of pairs, at least `Difference.fewestPairs`.
  package static func pairs(toShow difference: Double, deviation: Double) -> Int {
    let root = factor * deviation / Math.log(1 + difference)
    let needed = min(1e9, root * root).rounded(.up)
    return max(Difference.fewestPairs, lost + Int(needed))
  }

  /// The spread of log ratios, robust and comparable with a standard deviation: the distance
  /// between the first and the last decile, over 2.5631, which is what it is for normal values. One
  /// value in ten at either end may lie anywhere; noise with several peaks is still seen whole,
  /// where the median absolute deviation would see one of them. Nil for fewer than 5.
  package static func deviation(ofLogRatios logs: [Double]) -> Double? {
    let sorted = logs.filter(\.isFinite).sorted()
    guard sorted.count >= 5, let low = Statistics.quantile(sorted: sorted, 0.1),
      let high = Statistics.quantile(sorted: sorted, 0.9)
    else { return nil }
    return (high - low) / 2.5631
  }
}
