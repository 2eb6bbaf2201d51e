// Finds secrets in free text: user info in URLs, values of secret names, passwords in user
// statements.

extension SecretFinder {
  /// Masks the user info of a URL whose authority begins here.
  mutating func searchURL(after start: Int) {
    var end = start
    while let byte = at(end), !byte.isBlank, byte != UInt8(ascii: "<"), byte != UInt8(ascii: ">") {
      // An escaped quote belongs to the enclosing string.
      if byte == UInt8(ascii: "\\"), at(end + 1)?.isQuote == true {
        end += 2
      } else if byte.isQuote {
        guard byte == 0x27, at(end + 1) == byte else { break }
        end += 2
      } else {
        end += 1
      }
    }
    end = min(end, bytes.count)
    let url = bytes[start..<end]
    let authorityEnd = url.firstIndex { "/?#".utf8.contains($0) } ?? end
    let authority = url[..<authorityEnd]
    if let mark = authority.lastIndex(of: UInt8(ascii: "@")) {
      hide(start..<mark)
    } else if authority.contains(UInt8(ascii: ":")), let mark = url.lastIndex(of: UInt8(ascii: "@"))
    {
      // A password that contains a slash.
      hide(start..<mark)
    }
  }

  /// Masks the value in `name = value`, `"name": "value"`, `?name=value`, `Name=value;`.
  mutating func searchAssignment(at place: Int) {
    let isColon = bytes[place] == UInt8(ascii: ":")
    if isColon, at(place + 1) == bytes[place] || at(place - 1) == bytes[place] { return }
    guard let (name, isQuoted, before) = nameBefore(place) else { return }
    let inURL = before == UInt8(ascii: "?") || before == UInt8(ascii: "&")
    guard inURL ? SecretName.isSecretInURL(name) : SecretName.isSecret(name) else { return }
    // `{password: String}` is a query parameter.
    if isColon, !isQuoted, before == UInt8(ascii: "{") { return }
    var value = place + 1
    while at(value) == UInt8(ascii: "=") { value += 1 }
    let isSpaced = at(place - 1)?.isBlank == true || at(value)?.isBlank == true
    value = afterBlanks(value)
    guard value < bytes.count else { return }
    if hideQuoted(at: value) { return }
    if isColon
      ? isSpaced || isQuoted || name == "authorization"
      : !isSpaced || at(value)?.isDigit == true
    {
      hideBare(at: value, name, inURL: inURL)
    }
  }

  /// The name before an operator, in lower case, and the character before it.
  private func nameBefore(_ place: Int) -> (name: String, isQuoted: Bool, before: UInt8?)? {
    var end = place
    while let byte = at(end - 1), byte.isBlank || "!<>=".utf8.contains(byte) { end -= 1 }
    let isQuoted = at(end - 1)?.isQuote == true
    if isQuoted { end -= at(end - 2) == UInt8(ascii: "\\") ? 2 : 1 }
    var start = end
    while let byte = at(start - 1), byte.isWordPart || byte == 0x2d || byte == 0x2e { start -= 1 }
    guard start < end else { return nil }
    var before = start - 1
    while let byte = at(before), byte.isBlank { before -= 1 }
    return (lowercased(start..<end), isQuoted, at(before))
  }

  /// Masks a quoted text, escaped quotes or a heredoc. Returns false if none begins here.
  private mutating func hideQuoted(at place: Int) -> Bool {
    let first = bytes[place]
    if first == UInt8(ascii: "\\"), let quote = at(place + 1), quote.isQuote {
      let rest = bytes[(place + 2)...]
      hide(place + 2..<(rest.firstRange(of: [first, quote])?.lowerBound ?? bytes.count))
      return true
    }
    var lexer = SQLLexer(text, bytes, at: place)
    guard let token = lexer.nextPlaced() else { return false }
    switch token.token.kind {
    case .string, .quotedName, .heredoc: hide(token)
    // Its value is not in the text.
    case .parameter: break
    default: return token.token.isSign("{") || token.token.isSign("(")
    }
    return true
  }

  private mutating func hideBare(at place: Int, _ name: String, inURL: Bool) {
    let ending: String.UTF8View
    if name == "authorization" {
      ending = "\r\n".utf8
    } else if name == "accountkey" || name.hasPrefix("sharedaccess") {
      ending = "; \t\r\n".utf8
    } else {
      ending = ",;&|<>()[]{} \t\r\n".utf8
    }
    var end = place
    while let byte = at(end), !byte.isQuote, byte != UInt8(ascii: "\\"), !ending.contains(byte) {
      if inURL, byte == UInt8(ascii: "#") { break }
      end += 1
    }
    hide(place..<end)
  }

  /// Masks the string after a word.
  mutating func hideString(after place: Int, blanksMin: Int) {
    let start = afterBlanks(place)
    guard start - place >= blanksMin, at(start) == 0x27 || at(start) == UInt8(ascii: "\\") else {
      return
    }
    _ = hideQuoted(at: start)
  }

  /// Masks the string in `IDENTIFIED … BY '…'`.
  mutating func searchIdentification(_ range: Range<Int>) {
    let before = bytes[max(0, range.lowerBound - 2_000)..<range.lowerBound]
    let clause = before.lastIndex(of: UInt8(ascii: ";")).map { before[$0...] } ?? before
    let isIdentification = String(decoding: clause, as: UTF8.self).lowercased()
      .contains("identified")
    if isIdentification { hideString(after: range.upperBound, blanksMin: 0) }
  }

  /// Masks the credentials after `Bearer`.
  mutating func searchBearer(after place: Int) {
    let start = afterBlanks(place)
    var end = start
    while let byte = at(end), byte.isWordPart || "-._~+/=".utf8.contains(byte) { end += 1 }
    if start > place, end - start >= 8 { hide(start..<end) }
  }

  /// Masks every value of `NAMED COLLECTION name AS key = value, …`.
  mutating func searchNamedCollection(_ range: Range<Int>) {
    var end = range.lowerBound
    while let byte = at(end - 1), byte.isBlank { end -= 1 }
    guard end >= 5, lowercased(end - 5..<end) == "named" else { return }
    var lexer = SQLLexer(text, bytes, at: range.upperBound)
    var isValue = false
    while let next = lexer.nextPlaced(), !next.token.isSign(";") {
      guard next.token.isSignificant else { continue }
      if isValue { hide(next) }
      isValue = next.token.isSign("=")
    }
  }
}
