// The sign test of a bound: how likely chance alone would put so many values on one side.

extension Statistics {
  /// The two-sided probability that so many or more of `count` values lie on the same side of their
  /// median; 1 without values (Dixon and Mood, "The statistical sign test", 1946).
  package static func signTest(_ beyond: Int, of count: Int) -> Double {
    guard count > 0, beyond <= count else { return 1 }
    // P(Binomial(count, ½) ≤ count − beyond), each term from the one before.
    var term = Math.pow(0.5, Double(count))
    var tail = term
    for number in stride(from: 1, through: count - beyond, by: 1) {
      term *= Double(count - number + 1) / Double(number)
      tail += term
    }
    return min(1, 2 * tail)
  }

  /// The probability of at least so many successes in `count` independent trials.
  package static func chance(ofAtLeast successes: Int, in count: Int, share: Double) -> Double {
    guard successes > 0 else { return 1 }
    var term = Math.pow(1 - share, Double(count))
    var below = 0.0
    for number in 0..<min(successes, count + 1) {
      below += term
      term *= Double(count - number) / Double(number + 1) * share / (1 - share)
    }
    return max(0, 1 - below)
  }
}
