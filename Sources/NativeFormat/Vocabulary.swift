// The words that a LowCardinality column may hold, numbered.
//
// A column hands over numbers, not texts: nothing is hashed or compared per row.

/// A list of words, each known by its position. A block carries only those that its rows use.
public struct Vocabulary: Sendable, Equatable {
  /// The words; a word's number is its position.
  public let words: [String]

  public init(_ words: [String]) {
    precondition(words.count < 1 << 16, "a vocabulary holds at most 65,535 words")
    self.words = words
  }
}
