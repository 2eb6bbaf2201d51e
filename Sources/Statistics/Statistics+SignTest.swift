// The sign test of a bound: how likely chance alone would put so many values on one side.

extension Statistics {
  /// The two-sided probability that so many or more of `count` values lie on the same side of their
  /// median; 1 without values (Dixon and Mood, "The statistical sign test", 1946).
  package static func signTest(_ beyond: Int, of count: Int) -> Double {
    min(1, 2 * binomialTail(count, 0.5, from: beyond))
  }
}
