// Secret finder: collects the byte ranges of secrets in a text and replaces them.

struct SecretFinder {
  /// A byte range and its replacement.
  struct Edit: Equatable {
    var range: Range<Int>
    var replacement: String
  }

  let text: String
  let bytes: [UInt8]
  private(set) var edits: [Edit] = []

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  /// Checks every position independently, so that unbalanced quotes do not matter.
  mutating func search() {
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      if byte.isWordPart, place == 0 || !bytes[place - 1].isWordPart {
        let start = place
        while place < bytes.count, bytes[place].isWordPart { place += 1 }
        searchWord(start..<place)
        continue
      }
      if byte == UInt8(ascii: ":"), has("://", at: place) {
        searchURL(after: place + 3)
      } else if byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") {
        searchAssignment(at: place)
      }
      place += 1
    }
  }

  private mutating func searchWord(_ range: Range<Int>) {
    let word = lowercased(range)
    if let rule = SecretCall.rules[word] { searchCall(rule, after: range.upperBound) }
    switch word {
    case "collection": searchNamedCollection(range)
    case "by": searchIdentification(range)
    case "bearer": searchBearer(after: range.upperBound)
    default:
      if SecretName.isSecret(word) || word == "salt" || word == "connection_string" {
        // `password'` may end a string; `(PASSWORD'` does not.
        let before = at(range.lowerBound - 1) ?? 0x20
        let isKeyword =
          (before.isBlank || before == UInt8(ascii: "("))
          && !bytes[range].contains { (0x61...0x7a).contains($0) }
        hideString(after: range.upperBound, blanksMin: isKeyword ? 0 : 1)
      }
    }
    if range.count == 20, ["akia", "asia"].contains(word.prefix(4)) { hide(range) }
  }

  /// Finds what only the token sequence reveals: `PASSWORD'…'` without a space.
  mutating func searchTokens() {
    var lexer = SQLLexer(text, bytes, at: 0)
    var word: String?
    while let next = lexer.nextPlaced() {
      guard next.token.isSignificant else { continue }
      if next.token.kind == .string, let word,
        SecretName.isSecret(word) || word == "salt" || word == "connection_string"
      {
        hide(next)
      }
      word = next.token.kind == .word ? lowercased(next.range) : nil
    }
  }

  mutating func hideComments() {
    var lexer = SQLLexer(text, bytes, at: 0)
    while let next = lexer.nextPlaced() {
      guard next.token.kind == .comment else { continue }
      let isBlock = has("/*", at: next.range.lowerBound)
      let end = next.range.upperBound - (isBlock && next.token.isComplete ? 2 : 0)
      let inside = next.range.lowerBound + 2..<end
      if !inside.isEmpty { add(inside, " \(SecretMask.replacement)" + (isBlock ? " " : "")) }
    }
  }

  /// In `Syntax error: failed at position 9 (TOKEN) (line 1, col 9): REST. Expected one of: …`
  /// masks every string in TOKEN and REST.
  mutating func hideStringsOfSyntaxError() {
    guard let start = bytes.firstRange(of: Array("failed at position ".utf8)) else { return }
    if bytes.firstRange(of: Array("is not closed".utf8)) != nil {
      return hide(start.upperBound..<bytes.count)
    }
    var lexer = SQLLexer(text, bytes, at: start.upperBound)
    while let next = lexer.nextPlaced() {
      switch next.token.kind {
      case .string, .heredoc: hide(next)
      case .comment: hide(next.range)
      // An unterminated heredoc.
      case .word where next.token.text.hasPrefix("$"): hide(next.range)
      default: break
      }
    }
  }

  /// Masks every occurrence of a text; a short one only inside quotes.
  mutating func hideAll(_ secret: String) {
    guard !secret.isEmpty else { return }
    let isShort = secret.utf8.count < 4
    let needle = Array((isShort ? "'\(secret)'" : secret).utf8)
    for range in bytes.ranges(of: needle) {
      add(isShort ? range.lowerBound + 1..<range.upperBound - 1 : range, SecretMask.replacement)
    }
  }
}

extension SecretFinder {
  mutating func hide(_ range: Range<Int>) { add(range, SecretMask.replacement) }

  /// Masks the value of a string or heredoc, and any other token entirely.
  mutating func hide(_ placed: PlacedToken) {
    guard let inside = content(placed) else { return add(placed.range, quotedReplacement) }
    hide(inside)
  }

  var quotedReplacement: String { "'\(SecretMask.replacement)'" }

  /// The bytes between a token's quotes; nil for an unquoted token.
  func content(_ placed: PlacedToken) -> Range<Int>? {
    let (start, end) = (placed.range.lowerBound, placed.range.upperBound)
    switch placed.token.kind {
    case .string, .quotedName:
      let first = bytes[start]
      let before = first == 0xe2 ? 3 : (first == 0x27 || first == 0x22 || first == 0x60) ? 1 : 2
      let after = placed.token.isComplete ? (first == 0xe2 ? 3 : 1) : 0
      return start + before..<max(end - after, start + before)
    case .heredoc:
      let tag = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "$")).map { $0 + 1 - start } ?? 0
      return start + tag..<max(end - tag, start + tag)
    default: return nil
    }
  }

  mutating func add(_ range: Range<Int>, _ replacement: String) {
    guard !range.isEmpty, !has(SecretMask.replacement, at: range.lowerBound),
      !has(quotedReplacement, at: range.lowerBound),
      !has(" \(SecretMask.replacement)", at: range.lowerBound)
    else { return }
    edits.append(Edit(range: range, replacement: replacement))
  }

  /// In order, with overlapping edits merged.
  private var merged: [Edit] {
    var merged: [Edit] = []
    // For equal starts the longest comes first.
    for edit in edits.sorted(by: {
      ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound)
    }) {
      guard let last = merged.last, last.range.upperBound > edit.range.lowerBound else {
        merged.append(edit)
        continue
      }
      if edit.range.upperBound > last.range.upperBound {
        let range = last.range.lowerBound..<edit.range.upperBound
        merged[merged.count - 1] = Edit(range: range, replacement: SecretMask.replacement)
      }
    }
    return merged
  }

  /// The text with its secrets masked.
  var masked: String {
    guard !edits.isEmpty else { return text }
    var out: [UInt8] = []
    var place = 0
    for edit in merged {
      out += bytes[place..<edit.range.lowerBound]
      out += Array(edit.replacement.utf8)
      place = edit.range.upperBound
    }
    out += bytes[place...]
    return String(decoding: out, as: UTF8.self)
  }

  /// The secrets as written and as the server reads them. Excludes words next to them, such as the
  /// name of an encrypted column.
  var secrets: Set<String> {
    var found: Set<String> = []
    for edit in edits {
      let part = string(edit.range)
      for token in SQLLexer(part) { if let value = token.value { found.insert(value) } }
      guard edit.replacement == SecretMask.replacement else { continue }
      found.insert(part)
      for token in SQLLexer("'\(part)'").prefix(1) { found.insert(token.value ?? "") }
      // The password of `user:password`.
      if let colon = part.firstIndex(of: ":") {
        found.insert(String(part[part.index(after: colon)...]))
      }
    }
    return found.filter { !$0.isEmpty && $0 != "default" && !SecretCall.isFormat($0) }
  }

  func string(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  func lowercased(_ range: Range<Int>) -> String { string(range).lowercased() }

  func has(_ ahead: String, at place: Int) -> Bool {
    place >= 0 && place < bytes.count && bytes[place...].starts(with: ahead.utf8)
  }

  func at(_ place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

  /// The first position from here on that is not white space.
  func afterBlanks(_ place: Int) -> Int {
    var place = place
    while place < bytes.count, bytes[place].isBlank { place += 1 }
    return place
  }
}

extension UInt8 {
  var isWordPart: Bool {
    (0x30...0x39).contains(self) || (0x61...0x7a).contains(self | 0x20) || self == 0x5f
  }
  package var isBlank: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
  var isDigit: Bool { (0x30...0x39).contains(self) }
  var isQuote: Bool { self == 0x27 || self == 0x22 || self == 0x60 }
}
