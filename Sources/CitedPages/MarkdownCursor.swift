// Parser for parts of a Markdown link: label, destination and title.

/// Methods that return nil do not advance.
struct MarkdownCursor {
  let text: Substring
  private(set) var index: String.Index

  init(_ text: Substring) {
    self.text = text
    index = text.startIndex
  }

  var peek: Character? { index < text.endIndex ? text[index] : nil }

  mutating func advance() {
    if index < text.endIndex { index = text.index(after: index) }
  }

  /// Only the backticks if the span is not closed.
  mutating func skipCodeSpan() {
    let fence = text[index...].prefix { $0 == "`" }
    index = fence.endIndex
    var rest = text[index...]
    while let start = rest.firstIndex(of: "`") {
      let run = rest[start...].prefix { $0 == "`" }
      rest = rest[run.endIndex...]
      guard run.count == fence.count else { continue }
      index = run.endIndex
      return
    }
  }

  mutating func comment() -> String? {
    guard text[index...].hasPrefix("<!--"),
      let end = text[index...].firstRange(of: "-->")
    else { return nil }
    let comment = text[index..<end.lowerBound].dropFirst("<!--".count)
    index = end.upperBound
    return String(comment)
  }

  /// A one-line definition: `[label]: destination "title"`.
  mutating func definition() -> (label: String, MarkdownTarget)? {
    attempt { cursor in
      cursor.skip { $0 == " " }
      let start = cursor.index
      guard let label = cursor.label(), !label.isEmpty, cursor.skip(":") else { return nil }
      cursor.skip(\.isWhitespace)
      guard let destination = cursor.destination(), !destination.isEmpty else { return nil }
      let title = cursor.attempt { cursor -> String? in
        guard cursor.skip(\.isWhitespace), let title = cursor.title() else { return nil }
        return cursor.skipEndOfLine() ? title : nil
      }
      guard title != nil || cursor.skipEndOfLine() else { return nil }
      return (label, MarkdownTarget(destination: destination, title: title, position: start))
    }
  }

  /// The rest of an inline link: `(destination "title")`.
  mutating func inlineTarget(of link: String.Index) -> MarkdownTarget? {
    attempt { cursor in
      guard cursor.skip("(") else { return nil }
      cursor.skip(\.isWhitespace)
      let destination = cursor.destination() ?? ""
      let title = cursor.attempt { $0.skip(\.isWhitespace) ? $0.title() : nil }
      cursor.skip(\.isWhitespace)
      guard cursor.skip(")") else { return nil }
      return MarkdownTarget(destination: destination, title: title, position: link)
    }
  }

  /// Normalized like ``MarkdownPage/label(_:)``; empty for `[]`.
  mutating func label() -> String? {
    attempt { cursor in
      guard cursor.skip("["), let inner = cursor.until("]", never: "[") else { return nil }
      return MarkdownPage.label(inner)
    }
  }

  private mutating func destination() -> String? {
    attempt { cursor in
      if cursor.skip("<") { return cursor.until(">", never: "<").map(Self.unescaped) }
      var depth = 0
      let start = cursor.index
      while let character = cursor.peek, !character.isWhitespace {
        if character == "\\" {
          cursor.advance()
        } else if character == "(" {
          depth += 1
        } else if character == ")" {
          guard depth > 0 else { break }
          depth -= 1
        }
        cursor.advance()
      }
      let found = cursor.text[start..<cursor.index]
      return depth == 0 && !found.isEmpty ? Self.unescaped(found) : nil
    }
  }

  private mutating func title() -> String? {
    attempt { cursor in
      guard let quote = cursor.peek, "\"'(".contains(quote) else { return nil }
      cursor.advance()
      let inner = quote == "(" ? cursor.until(")", never: "(") : cursor.until(quote)
      return inner.map(Self.unescaped)
    }
  }

  /// Consumes the delimiter too; escaped characters do not match.
  private mutating func until(_ end: Character, never other: Character? = nil) -> Substring? {
    let start = index
    while let character = peek {
      if character == end {
        defer { advance() }
        return text[start..<index]
      }
      guard character != other else { return nil }
      if character == "\\" { advance() }
      advance()
    }
    return nil
  }

  private mutating func skipEndOfLine() -> Bool {
    attempt { cursor -> Bool? in
      cursor.skip { $0.isWhitespace && !$0.isNewline }
      guard let character = cursor.peek else { return true }
      guard character.isNewline else { return nil }
      cursor.advance()
      return true
    } != nil
  }

  @discardableResult
  private mutating func skip(_ isSkipped: (Character) -> Bool) -> Bool {
    let start = index
    index = text[index...].firstIndex { !isSkipped($0) } ?? text.endIndex
    return index > start
  }

  private mutating func skip(_ character: Character) -> Bool {
    guard peek == character else { return false }
    advance()
    return true
  }

  private mutating func attempt<Value>(_ body: (inout Self) -> Value?) -> Value? {
    var copy = self
    guard let value = body(&copy) else { return nil }
    self = copy
    return value
  }

  private static func unescaped(_ text: Substring) -> String {
    String(text.replacing(/\\([!-\/:-@\[-`{-~])/) { $0.1 })
  }
}
