// Vocabulary of a LowCardinality column: numbered words, so that nothing is hashed or compared per
// row.

/// A block contains only the words that its rows use.
package struct Vocabulary: Sendable, Equatable {
  /// A word's number is its position.
  package let words: [String]

  package init(_ words: [String]) {
    precondition(words.count < 1 << 16, "a vocabulary holds at most 65,535 words")
    self.words = words
  }
}
