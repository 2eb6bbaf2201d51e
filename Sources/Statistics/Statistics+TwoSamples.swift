// Comparison of two unpaired samples: p-value and ratio. Used for the same cell of two runs, whose
// repeats are not paired.

/// The ratio of one sample to another.
package struct Shift: Codable, Equatable, Sendable {
  /// The median of the ratios of every value of one sample to every value of the other.
  package let factor: Double
  /// 95 % interval; nil for too few values.
  package let interval: Interval?
}

extension Statistics {
  /// The two-sample test is exact up to this many values in total.
  package static let mostForExactRanks = 64

  /// Two-sided p of the rank-sum test (Mann and Whitney, "On a test of whether one of two random
  /// variables is stochastically larger than the other", 1947). Nil if a sample is empty.
  ///
  /// If both samples have one source, every assignment of the values to the samples is equally
  /// likely. All assignments are counted with mean ranks for ties, so p is exact for any ties.
  /// Beyond `mostForExactRanks` values the sum is taken as normal, with the tie-corrected variance
  /// and a continuity correction.
  package static func pValue(of sample: [Double], against other: [Double]) -> Double? {
    let (sample, other) = (sample.filter(\.isFinite), other.filter(\.isFinite))
    guard !sample.isEmpty, !other.isEmpty else { return nil }
    let all = (sample.map { ($0, true) } + other.map { ($0, false) }).sorted { $0.0 < $1.0 }
    // Doubled ranks are integers even for ties.
    var ranks: [Int] = []
    var ties = 0.0
    while ranks.count < all.count {
      let start = ranks.count
      let size = all[start...].prefix { $0.0 == all[start].0 }.count
      ranks += Array(repeating: 2 * start + 1 + size, count: size)
      ties += Double(size * size * size - size)
    }
    let sum = zip(ranks, all).reduce(0) { $1.1.1 ? $0 + $1.0 : $0 }
    if ranks.count <= mostForExactRanks {
      let shares = rankSums(ranks, choosing: sample.count)
      let below = shares[...sum].reduce(0, +)
      let above = shares[sum...].reduce(0, +)
      return min(1, 2 * min(below, above))
    }
    let (n, m, total) = (Double(sample.count), Double(other.count), Double(ranks.count))
    let variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    guard variance > 0 else { return 1 }
    let distance = max(0, abs(Double(sum) / 2 - n * (total + 1) / 2) - 0.5)
    return min(1, Math.bothTails(distance / variance.squareRoot()))
  }

  /// The ratio of a sample of positive values to another: the estimate of Hodges and Lehmann
  /// ("Estimates of location based on rank tests", 1963) on a logarithmic scale, with the interval
  /// that inverts the rank-sum test (Moses; see Hollander and Wolfe, "Nonparametric Statistical
  /// Methods", 1973). Assumes only that both distributions have the same shape. Nil if a sample is
  /// empty or has a value that is not positive.
  package static func shift(of sample: [Double], against other: [Double]) -> Shift? {
    let ratios = ratios(sample, other)
    guard let middle = quantile(sorted: ratios, 0.5) else { return nil }
    let depth = depth(sample.filter(\.isFinite).count, other.filter(\.isFinite).count)
    return Shift(
      factor: middle,
      interval: depth > 0
        ? Interval(low: ratios[depth - 1], high: ratios[ratios.count - depth]) : nil)
  }

  /// Only the factor of `shift(of:against:)`.
  package static func factor(of sample: [Double], against other: [Double]) -> Double? {
    quantile(sorted: ratios(sample, other), 0.5)
  }

  /// Sorted ratios of every value of one sample to every value of the other; empty if a value is
  /// not positive.
  private static func ratios(_ sample: [Double], _ other: [Double]) -> [Double] {
    let (sample, other) = (sample.filter(\.isFinite), other.filter(\.isFinite))
    guard (sample + other).allSatisfy({ $0 > 0 }) else { return [] }
    return sample.flatMap { above in other.map { above / $0 } }.sorted()
  }

  /// The smallest p that samples of these sizes can have: no difference is significant at a
  /// stricter level.
  package static func leastPValue(_ count: Int, against other: Int) -> Double {
    guard count > 0, other > 0 else { return 1 }
    let choices = (0..<count).reduce(1.0) { $0 * Double(other + count - $1) / Double($1 + 1) }
    return min(1, 2 / choices)
  }

  /// Holm's adjustment ("A simple sequentially rejective multiple test procedure", 1979), in the
  /// given order: keeps the probability of any false alarm at the level, for dependent tests too.
  package static func holm(_ values: [Double]) -> [Double] {
    var adjusted = values
    var greatest = 0.0
    for (place, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
      greatest = max(greatest, min(1, values[index] * Double(values.count - place)))
      adjusted[index] = greatest
    }
    return adjusted
  }

  /// The depth of the 95 % interval in the sorted ratios: the largest d for which 2 · P(U ≤ d − 1)
  /// ≤ 5 %; 0 if none.
  private static func depth(_ count: Int, _ other: Int) -> Int {
    let total = count + other
    guard total <= mostForExactRanks else {
      let (n, m) = (Double(count), Double(other))
      let deviation = (n * m * (n + m + 1) / 12).squareRoot()
      return max(0, Int(n * m / 2 - 1.959964 * deviation))
    }
    let shares = rankSums((1...total).map { 2 * $0 }, choosing: count)
    var tail = 0.0
    var depth = 0
    // The least sum is that of the first ranks; doubled, it grows by 2.
    for sum in stride(from: count * (count + 1), to: shares.count, by: 2) {
      tail += shares[sum]
      guard 2 * tail <= 1 - confidence else { break }
      depth += 1
    }
    return depth
  }

  /// The probability of each sum of a number of ranks.
  private static func rankSums(_ ranks: [Int], choosing count: Int) -> [Double] {
    let most = ranks.suffix(count).reduce(0, +)
    var choices = [[Double]](
      repeating: [Double](repeating: 0, count: most + 1), count: count + 1)
    choices[0][0] = 1
    for (place, rank) in ranks.enumerated() {
      for chosen in stride(from: min(place + 1, count), to: 0, by: -1) {
        for sum in stride(from: most, through: rank, by: -1) {
          choices[chosen][sum] += choices[chosen - 1][sum - rank]
        }
      }
    }
    let all = choices[count].reduce(0, +)
    return choices[count].map { $0 / all }
  }
}
