// The upper tail of a few repeats: what their greatest value promises, and whether they have two
// levels.

extension Statistics {
  /// Repeats whose greatest value is exceeded by at most 5 % of all values, with 95 % confidence.
  package static let fewestForUpperBound = 59

  /// The share of all values that, with 95 % confidence, the greatest of `count` values is not
  /// exceeded by: (1 − 0.95) to the power of 1 / count. It assumes no distribution (Wilks,
  /// "Determination of sample sizes for setting tolerance limits", 1941).
  package static func shareUpToGreatest(of count: Int) -> Double {
    count > 0 ? Math.pow(1 - confidence, 1 / Double(count)) : 0
  }

  /// Fewer values than this show no levels.
  package static let fewestForLevels = 8
  /// Share of the variance between two groups from which on they are two levels. The best split of
  /// normal values leaves 64 % between the groups. With this share, one in 350 samples of 11 normal
  /// values is taken for two levels.
  static let shareBetweenLevels = 0.93
  /// Levels that are nearer than this share of the lower one are one.
  static let distanceOfLevels = 0.1

  /// Two levels of the values, each of at least two: split where the groups' means explain most of
  /// the variance (Fisher, "On grouping for maximum homogeneity", 1958). Nil if one level explains
  /// them.
  package static func levels(_ values: [Double]) -> (low: [Double], high: [Double])? {
    let sorted = values.filter(\.isFinite).sorted()
    guard sorted.count >= fewestForLevels else { return nil }
    let count = Double(sorted.count)
    let mean = sorted.reduce(0, +) / count
    let all = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    // With n values in the lower group, whose deviations from the mean sum up to s, the variance
    // between both groups is s² · (1 / n + 1 / (count − n)). One pass: a run may have 100,000.
    var best = (split: 0, between: 0.0)
    var deviations = 0.0
    for split in 1...(sorted.count - 2) {
      deviations += sorted[split - 1] - mean
      let lower = Double(split)
      let between = deviations * deviations * (1 / lower + 1 / (count - lower))
      if split >= 2, between > best.between { best = (split, between) }
    }
    guard all > 0, best.between / all >= shareBetweenLevels else { return nil }
    let (low, high) = (Array(sorted[..<best.split]), Array(sorted[best.split...]))
    guard let below = median(low), let above = median(high),
      above - below >= distanceOfLevels * abs(below)
    else { return nil }
    return (low, high)
  }
}
