// Lexer of ClickHouse SQL: splits a statement into the server's tokens and recognizes query
// parameters. It accepts every text; the joined tokens equal the input.

/// In order, with white space and comments.
package struct SQLLexer: Sequence, IteratorProtocol, Sendable {
  private let text: String
  private let bytes: [UInt8]
  private var place = 0
  /// The last significant token: the meaning of a dot depends on it.
  private var previous: (kind: SQLToken.Kind, byte: UInt8)?

  package init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  /// Starts at a byte offset, without a preceding token.
  package init(_ text: String, _ bytes: [UInt8], at place: Int) {
    (self.text, self.bytes, self.place) = (text, bytes, place)
  }

  package mutating func next() -> SQLToken? { nextPlaced()?.token }

  /// The next token and its UTF-8 byte range; nil at the end of the text.
  mutating func nextPlaced() -> PlacedToken? {
    guard place < bytes.count else { return nil }
    let start = place
    let (kind, isComplete) = scan()
    if kind != .space, kind != .comment { previous = (kind, bytes[place - 1]) }
    let token = SQLToken(kind: kind, text: substring(start..<place), isComplete: isComplete)
    return PlacedToken(token: token, range: start..<place)
  }

  private func substring(_ range: Range<Int>) -> Substring {
    let start = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
    return text[start..<text.utf8.index(start, offsetBy: range.count)]
  }

  /// Consumes the token that begins here.
  private mutating func scan() -> (SQLToken.Kind, isComplete: Bool) {
    let byte = bytes[place]
    switch byte {
    case UInt8(ascii: "'"): return (.string, skipQuoted(byte))
    case UInt8(ascii: "\""), UInt8(ascii: "`"): return (.quotedName, skipQuoted(byte))
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return (skipNumber(), true)
    case UInt8(ascii: "."): return (skipDot(), true)
    case UInt8(ascii: "{"): return (skipBrace(), true)
    case UInt8(ascii: "$"):
      if skipHeredoc() { return (.heredoc, true) }
    case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "b"), UInt8(ascii: "B"):
      if at(1) == UInt8(ascii: "'"), place + 2 < bytes.count { return (.string, skipDigitString()) }
    default: break
    }
    if let isComplete = skipComment() { return (.comment, isComplete) }
    if isWordPart(byte) || byte == UInt8(ascii: "$") {
      let start = place
      skip { isWordPart($0) || $0 == UInt8(ascii: "$") }
      return (byte == UInt8(ascii: "$") && place == start + 1 ? .sign : .word, true)
    }
    return byte < 0x80 ? (skipASCII(), true) : skipUnicode()
  }

  private func at(_ offset: Int) -> UInt8? {
    place + offset < bytes.count ? bytes[place + offset] : nil
  }

  private func has(_ ahead: String, at offset: Int = 0) -> Bool {
    bytes[Swift.min(place + offset, bytes.count)...].starts(with: ahead.utf8)
  }

  private mutating func skip(while condition: (UInt8) -> Bool) {
    while place < bytes.count, condition(bytes[place]) { place += 1 }
  }

  /// Skips a quoted text, in which a backslash or a doubled quote escapes.
  private mutating func skipQuoted(_ quote: UInt8) -> Bool {
    place += 1
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "\\") {
        place += 2
      } else if bytes[place] == quote {
        place += 1
        if at(0) != quote { return true }
        place += 1
      } else {
        place += 1
      }
    }
    place = bytes.count
    return false
  }

  private mutating func skipDigitString() -> Bool {
    let isHexadecimal = bytes[place] | 0x20 == UInt8(ascii: "x")
    place += 2
    skip { isHexadecimal ? isHexadecimalDigit($0) : $0 == 0x30 || $0 == 0x31 }
    guard at(0) == UInt8(ascii: "'") else {
      place = bytes.count
      return false
    }
    place += 1
    return true
  }

  /// Skips a comment that begins here. Returns whether it is terminated; nil if none begins here.
  private mutating func skipComment() -> Bool? {
    if has("--") || has("//") || has("# ") || has("#!") {
      skip { $0 != UInt8(ascii: "\n") }
      return true
    }
    guard has("/*") else { return nil }
    var depth = 0
    while place < bytes.count {
      if has("/*") {
        depth += 1
        place += 2
      } else if has("*/") {
        depth -= 1
        place += 2
        if depth == 0 { return true }
      } else {
        place += 1
      }
    }
    return false
  }

  private mutating func skipHeredoc() -> Bool {
    guard let tagEnd = bytes[(place + 1)...].firstIndex(of: UInt8(ascii: "$")) else { return false }
    let tag = bytes[place...tagEnd]
    guard let end = bytes[(tagEnd + 1)...].firstRange(of: tag) else { return false }
    place = end.upperBound
    return true
  }
}

/// A token and its byte range.
struct PlacedToken {
  let token: SQLToken
  let range: Range<Int>
}

extension SQLLexer {
  /// A number, or a name that begins with digits.
  private mutating func skipNumber() -> SQLToken.Kind {
    let start = place
    if previous?.kind == .sign, previous?.byte == UInt8(ascii: ".") {
      // Access to a tuple element: `x.1.1`.
      skipDigits(isHexadecimal: false)
    } else {
      let second = at(1).map { $0 | 0x20 }
      var isHexadecimal = false
      if bytes[place] == 0x30, let third = at(2) {
        isHexadecimal = second == UInt8(ascii: "x") && isHexadecimalDigit(third)
        let isBinary = second == UInt8(ascii: "b") && (third == 0x30 || third == 0x31)
        if isHexadecimal || isBinary { place += 2 }
      }
      skipDigits(isHexadecimal: isHexadecimal)
      if at(0) == UInt8(ascii: ".") {
        place += 1
        skipDigits(isHexadecimal: isHexadecimal)
      }
      skipExponent(UInt8(ascii: isHexadecimal ? "p" : "e"))
    }
    guard let next = at(0), isWordPart(next) else { return .number }
    skip(while: isWordPart)
    return bytes[start..<place].allSatisfy(isWordPart) ? .word : .other
  }

  private mutating func skipDigits(isHexadecimal: Bool) {
    skip { isHexadecimal ? isHexadecimalDigit($0) || $0 == 0x5f : isDigit($0) || $0 == 0x5f }
  }

  private mutating func skipExponent(_ letter: UInt8) {
    guard let first = at(0), first | 0x20 == letter, at(1) != nil else { return }
    place += 1
    if has("-") || has("+"), at(1) != nil { place += 1 }
    skipDigits(isHexadecimal: false)
  }

  /// A dot between names, or a number such as `.5`.
  private mutating func skipDot() -> SQLToken.Kind {
    let closesValue: Bool
    switch previous?.kind {
    case .word, .quotedName, .number: closesValue = true
    case .sign:
      closesValue = previous?.byte == UInt8(ascii: ")") || previous?.byte == UInt8(ascii: "]")
    default: closesValue = false
    }
    let isNumber = at(1).map(isDigit) ?? false
    place += 1
    guard isNumber, !closesValue else { return .sign }
    skipDigits(isHexadecimal: false)
    skipExponent(UInt8(ascii: "e"))
    return .number
  }

  /// `{name: Type}`, or only the brace. Types contain no braces, so the search ends at one.
  private mutating func skipBrace() -> SQLToken.Kind {
    let start = place
    place += 1
    skip(while: isSpace)
    let name = place
    if has("`") || has("\"") {
      _ = skipQuoted(bytes[place])
    } else {
      skip(while: isWordPart)
    }
    let nameEnd = place
    skip(while: isSpace)
    if nameEnd > name, has(":"), !has("::") {
      place += 1
      while let byte = at(0), byte != UInt8(ascii: "{"), byte != UInt8(ascii: ";") {
        if byte == UInt8(ascii: "}") {
          place += 1
          return .parameter
        }
        if byte == UInt8(ascii: "'") { _ = skipQuoted(byte) } else { place += 1 }
      }
    }
    place = start + 1
    return .sign
  }

  private static let signs = [
    "<=>", "->", "==", "!=", "<=", "<>", ">=", "::", "||", "@@", "\\G",
  ]
  private static let singleSigns = Set("()[]{},;+-*/%=<>?^:|@.".utf8)

  private mutating func skipASCII() -> SQLToken.Kind {
    if isSpace(bytes[place]) {
      skip(while: isSpace)
      return .space
    }
    if let sign = Self.signs.first(where: { has($0) }) {
      place += sign.utf8.count
      return .sign
    }
    place += 1
    return Self.singleSigns.contains(bytes[place - 1]) ? .sign : .other
  }

  /// Unicode quotes, minus and white space, or one other character.
  private mutating func skipUnicode() -> (SQLToken.Kind, isComplete: Bool) {
    for (opening, closing, kind) in [
      ("\u{2018}", "\u{2019}", SQLToken.Kind.string), ("\u{201c}", "\u{201d}", .quotedName),
    ] where has(opening) {
      let end = bytes[(place + 3)...].firstRange(of: Array(closing.utf8))
      place = end?.upperBound ?? bytes.count
      return (kind, end != nil)
    }
    let first = place
    place += 1
    skip { $0 & 0xc0 == 0x80 }
    let scalar = String(decoding: bytes[first..<place], as: UTF8.self).unicodeScalars.first
    if scalar == "\u{2212}" { return (.sign, true) }
    let isBlank = scalar.map { $0.properties.isWhitespace || blanks.contains($0) } ?? false
    return (isBlank ? .space : .other, true)
  }
}

/// What the server skips in addition to Unicode white space.
private let blanks: Set<Unicode.Scalar> = [
  "\u{180e}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{200e}", "\u{200f}", "\u{2060}", "\u{feff}",
]

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
  isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
}

private func isWordPart(_ byte: UInt8) -> Bool {
  isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == 0x5f
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
