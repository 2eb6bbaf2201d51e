// Token of a ClickHouse statement: kind, text and decoded value.

package struct SQLToken: Sendable, Equatable {
  package enum Kind: Sendable {
    case space
    /// `-- …`, `// …`, `# …`, `#!…` to the end of the line, or `/* … */`, which may be nested.
    case comment
    /// A keyword or an unquoted name.
    case word
    /// A name in backquotes, double quotes or Unicode double quotes.
    case quotedName
    /// `'…'`, `x'…'`, `b'…'`, or a text in Unicode single quotes.
    case string
    /// `$tag$…$tag$`.
    case heredoc
    /// A number without its sign.
    case number
    /// `{name: Type}`, a query parameter.
    case parameter
    /// Punctuation or an operator: one to three characters.
    case sign
    /// A character that cannot begin a token.
    case other
  }

  package let kind: Kind
  /// As written in the statement.
  package let text: Substring
  /// False if the statement ends before the closing quote or the end of the comment.
  package let isComplete: Bool

  /// Whether the server's parser sees the token, which excludes white space and comments.
  package var isSignificant: Bool { kind != .space && kind != .comment }

  /// Whether the token is this unquoted ASCII word, ignoring case.
  package func isWord(_ keyword: String) -> Bool {
    kind == .word && text.utf8.count == keyword.utf8.count
      && zip(text.utf8, keyword.utf8).allSatisfy { $0 == $1 || lower($0) == lower($1) }
  }

  package func isSign(_ sign: String) -> Bool { kind == .sign && text == sign }

  /// The identifier of a word or quoted name; nil for other tokens.
  package var name: String? {
    switch kind {
    case .word: String(text)
    case .quotedName: unquoted
    default: nil
    }
  }

  /// The value of a string or heredoc; nil for other tokens. Hexadecimal and binary strings are
  /// given as their digits.
  package var value: String? {
    switch kind {
    case .string: return unquoted
    case .heredoc:
      guard let tagEnd = text.dropFirst().firstIndex(of: "$") else { return nil }
      let tag = text[...tagEnd]
      return String(text.dropFirst(tag.count).dropLast(tag.count))
    default: return nil
    }
  }

  /// Name and type of a query parameter; nil for other tokens.
  package var parameter: (name: String, type: String)? {
    guard kind == .parameter, let colon = text.firstIndex(of: ":") else { return nil }
    let tokens = SQLLexer(String(text[..<colon])).filter(\.isSignificant)
    let type = text[text.index(after: colon)...].dropLast()
    guard let name = tokens.last?.name else { return nil }
    return (name, type.split(whereSeparator: \.isWhitespace).joined(separator: " "))
  }

  /// The text between the quotes, unescaped.
  private var unquoted: String {
    var bytes = ArraySlice(text.utf8)
    if let first = bytes.first, first != 0x27, first != 0x22, first != 0x60, first < 0x80 {
      // x'…' and b'…' have no escapes.
      return String(decoding: bytes.dropFirst(2).dropLast(isComplete ? 1 : 0), as: UTF8.self)
    }
    let width = bytes.first == 0xe2 ? 3 : 1
    let quote = bytes.first
    bytes = bytes.dropFirst(width).dropLast(isComplete ? width : 0)
    // Unicode quotes have no escapes.
    guard width == 1, let quote else { return String(decoding: bytes, as: UTF8.self) }
    return String(decoding: unescaped(bytes, quote: quote), as: UTF8.self)
  }
}

/// Unescapes as the server does: an unknown escape keeps its backslash.
private func unescaped(_ bytes: ArraySlice<UInt8>, quote: UInt8) -> [UInt8] {
  var out: [UInt8] = []
  var place = bytes.startIndex
  while place < bytes.endIndex {
    let byte = bytes[place]
    place += 1
    guard place < bytes.endIndex else {
      out.append(byte)
      break
    }
    if byte == quote, bytes[place] == quote {
      out.append(quote)
      place += 1
    } else if byte == UInt8(ascii: "\\") {
      let letter = bytes[place]
      place += 1
      if letter == UInt8(ascii: "x"), place + 1 < bytes.endIndex,
        let code = UInt8(String(decoding: bytes[place...(place + 1)], as: UTF8.self), radix: 16)
      {
        out.append(code)
        place += 2
      } else if let control = controls[letter] {
        out.append(control)
      } else if selfEscapes.contains(letter) {
        out.append(letter)
      } else {
        out += [byte, letter]
      }
    } else {
      out.append(byte)
    }
  }
  return out
}

private let controls: [UInt8: UInt8] = [
  UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "e"): 27, UInt8(ascii: "f"): 12,
  UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11,
  UInt8(ascii: "0"): 0,
]

private let selfEscapes = Set("\\'\"`/=".utf8)

private func lower(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
