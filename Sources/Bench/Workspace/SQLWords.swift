// Just enough of SQL's words to find a place in a statement that the server itself has written. It
// knows quotes and brackets, and no grammar.

/// The words of a statement: names, quoted names and texts as they stand, and single signs.
struct SQLWords: Sequence, IteratorProtocol {
  private let text: String
  private(set) var place: String.Index
  /// Where the last word began.
  private(set) var start: String.Index

  init(_ text: String) {
    self.text = text
    place = text.startIndex
    start = text.startIndex
  }

  mutating func next() -> String? {
    while place < text.endIndex, text[place].isWhitespace { advance() }
    guard place < text.endIndex else { return nil }
    start = place
    let first = text[place]
    advance()
    if "`'\"".contains(first) {
      while place < text.endIndex, text[place] != first {
        if text[place] == "\\" { advance() }
        advance()
      }
      advance()
    } else if Self.isWord(first) {
      while place < text.endIndex, Self.isWord(text[place]) { advance() }
    }
    return String(text[start..<place])
  }

  /// A name without its backquotes.
  static func name(_ word: String) -> String {
    guard word.hasPrefix("`"), word.count > 1 else { return word }
    let inside = String(word.dropFirst().dropLast())
    return inside.replacing("\\`", with: "`").replacing("\\\\", with: "\\")
  }

  private static func isWord(_ letter: Character) -> Bool {
    letter.isLetter || letter.isNumber || letter == "_"
  }

  private mutating func advance() {
    if place < text.endIndex { place = text.index(after: place) }
  }
}

/// Any name in backquotes, as the server reads it; names out of its own catalogue only.
func quoted(_ name: String) -> String {
  "`\(name.replacing("\\", with: "\\\\").replacing("`", with: "\\`"))`"
}

/// The `TO database.table` of a view's statement, as `system.tables` writes it; nil if there is
/// none, and so an inner table.
func viewTarget(of statement: String) -> (database: String?, name: String)? {
  var words = SQLWords(statement)
  while let word = words.next() {
    // The list of the columns, the engine, or the SELECT: the target comes before them.
    if word == "(" || word == "AS" || word == "ENGINE" { return nil }
    guard word == "TO", let first = words.next() else { continue }
    // In `TO INNER UUID '…'` it is an inner table that is meant.
    if first == "INNER" { return nil }
    var rest = words
    guard rest.next() == ".", let second = rest.next() else { return (nil, SQLWords.name(first)) }
    return (SQLWords.name(first), SQLWords.name(second))
  }
  return nil
}
