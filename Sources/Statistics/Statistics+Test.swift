// Hypothesis tests for paired differences and for drift; exact for small samples.

extension Statistics {
  /// The test of `pValue(ofPairs:)` is exact up to this many pairs.
  package static let mostForExactTest = 64

  /// Two-sided p of the sign-flip test on the ranks of the log ratios (Wilcoxon, "Individual
  /// comparisons by ranking methods", 1945). Nil without pairs; 1 if all are equal.
  ///
  /// If two paths cost the same, the labels within a pair are arbitrary, so every sign of a log
  /// ratio is as likely as its opposite. All 2ⁿ flips are counted in n · n (n + 1) steps, because
  /// the statistic is a sum of ranks. Beyond `mostForExactTest` pairs the sum is taken as normal,
  /// with the variance of the actual ranks (ties included) and a continuity correction.
  ///
  /// Ranks rather than the mean or the median: a single slow attempt shifts the mean (with one
  /// value in ten five times as wide, the mean needs 2.5 times the pairs); the median uses only the
  /// middle, and needs a third more pairs for memory, whose noise has no tails. Equal pairs are
  /// ignored; ties share their mean rank.
  package static func pValue(ofPairs ratios: [Double]) -> Double? {
    let logs = ratios.filter { $0.isFinite && $0 > 0 }.map(Math.log)
    guard !logs.isEmpty else { return nil }
    let sizes = logs.filter { $0 != 0 }.sorted { abs($0) < abs($1) }
    guard !sizes.isEmpty else { return 1 }
    // Doubled ranks are integers even for ties.
    var ranks: [Int] = []
    var start = 0
    while start < sizes.count {
      var end = start + 1
      while end < sizes.count, abs(sizes[end]) == abs(sizes[start]) { end += 1 }
      ranks += Array(repeating: start + 1 + end, count: end - start)
      start = end
    }
    let total = ranks.reduce(0, +)
    let above = zip(ranks, sizes).reduce(0) { $1.1 > 0 ? $0 + $1.0 : $0 }
    let smaller = min(above, total - above)
    if ranks.count <= mostForExactTest {
      return min(1, 2 * shareOfFlips(ranks, atMost: smaller))
    }
    let variance = ranks.reduce(0) { $0 + Double($1) * Double($1) } / 4
    // One step of a doubled rank sum is 2.
    let distance = max(0, Double(total) / 2 - Double(smaller) - 1)
    return min(1, Math.bothTails(distance / variance.squareRoot()))
  }

  /// The fraction of the 2ⁿ sign choices whose rank sum is at most `limit`.
  private static func shareOfFlips(_ ranks: [Int], atMost limit: Int) -> Double {
    var shares = [Double](repeating: 0, count: limit + 1)
    shares[0] = 1
    for rank in ranks {
      for sum in stride(from: limit, through: 0, by: -1) {
        shares[sum] = (shares[sum] + (sum >= rank ? shares[sum - rank] : 0)) / 2
      }
    }
    return shares.reduce(0, +)
  }

  /// The drift from the first to the last value, and its p. Nil for fewer than 8.
  ///
  /// The drift is the median of the slopes between all pairs of values (Sen, "Estimates of the
  /// regression coefficient based on Kendall's tau", 1968), over the whole run, as a fraction of
  /// the median. p is Mann's test against trend (1945) with Kendall's correction for ties and a
  /// continuity correction. More than 100 values are reduced to the medians of 100 consecutive
  /// groups.
  package static func drift(_ values: [Double]) -> Drift? {
    let points = grouped(values.filter(\.isFinite))
    guard points.count >= 8, let middle = median(points), middle != 0 else { return nil }
    var slopes: [Double] = []
    slopes.reserveCapacity(points.count * (points.count - 1) / 2)
    var score = 0
    for later in points.indices {
      for earlier in 0..<later {
        let rise = points[later] - points[earlier]
        slopes.append(rise / Double(later - earlier))
        score += rise > 0 ? 1 : rise < 0 ? -1 : 0
      }
    }
    guard let slope = quantile(sorted: slopes.sorted(), 0.5) else { return nil }
    func term(_ size: Int) -> Double { Double(size * (size - 1)) * Double(2 * size + 5) }
    let ties = Dictionary(points.map { ($0, 1) }, uniquingKeysWith: +).values
    let variance = (term(points.count) - ties.map(term).reduce(0, +)) / 18
    let distance = Double(max(0, abs(score) - 1))
    return Drift(
      share: slope * Double(points.count - 1) / abs(middle),
      p: variance > 0 ? min(1, Math.bothTails(distance / variance.squareRoot())) : 1)
  }

  private static func grouped(_ values: [Double]) -> [Double] {
    let most = 100
    guard values.count > most else { return values }
    return (0..<most).compactMap { group in
      median(
        Array(values[values.count * group / most..<values.count * (group + 1) / most]))
    }
  }
}

package struct Drift: Equatable, Sendable {
  /// From the first repeat to the last, as a fraction of the median: 0.2 prints as "+ 20 %".
  package let share: Double
  /// The probability of such a trend in randomly ordered values.
  package let p: Double

  package init(share: Double, p: Double) {
    self.share = share
    self.p = p
  }

  /// Significance level of a drift.
  package static let surelyBelow = 0.005
  /// With a larger significant drift the median is not meaningful.
  package static let shareAtMost = 0.1

  /// Whether the measured quantity drifts, so that its median depends on the run's length.
  package var isUnstable: Bool { p < Self.surelyBelow && abs(share) > Self.shareAtMost }
}
