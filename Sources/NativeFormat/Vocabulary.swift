// Vocabulary of a LowCardinality column: numbered words, so that nothing is hashed or compared per
// row.

/// A block contains only the words that its rows use.
public struct Vocabulary: Sendable, Equatable {
  /// A word's number is its position.
  public let words: [String]

  public init(_ words: [String]) {
    precondition(words.count < 1 << 16, "a vocabulary holds at most 65,535 words")
    self.words = words
  }
}
