// Server exception: parsed code, name, message and version. Answer finds it in a response.

import ClickHouseSQL

package struct ServerException: Error, Sendable, Equatable {
  /// ClickHouse's error code, such as 241; 0 if unknown.
  package let code: Int
  /// ClickHouse's error name, such as `MEMORY_LIMIT_EXCEEDED`; empty if unknown.
  package let name: String
  /// The server's message without code, name, version and secrets.
  package let message: String
  package let queryID: String
  /// The version of the server that failed, if known.
  package let version: ServerVersion?

  /// Unknown user or wrong password: `UNKNOWN_USER`, `WRONG_PASSWORD`, `REQUIRED_PASSWORD`,
  /// `AUTHENTICATION_FAILED`.
  package var isLoginRefused: Bool { [192, 193, 194, 516].contains(code) }
}

extension ServerException: CustomStringConvertible {
  /// Cause and remedy in one sentence; for an unforeseen error the truncated first line of the
  /// message.
  package var description: String {
    let label = name.isEmpty ? "error \(code)" : "error \(code), \(name)"
    guard let cause else {
      return "ClickHouse says: \(bounded(firstLine, to: 600)) (\(label), query \(queryID))"
    }
    // The server knows no query of a refused login.
    let query = isLoginRefused ? "" : ", query \(queryID)"
    return "\(bounded(cause.finding, to: 400)) (\(label)\(query)); \(cause.remedy)"
  }

  package var firstLine: Substring { message.prefix { !$0.isNewline } }

  private func bounded(_ text: some StringProtocol, to length: Int) -> String {
    text.count > length ? text.prefix(length) + "…" : String(text)
  }
}

extension ServerException {
  private static let syntaxError = 62

  /// Masks the secrets of the query, which some messages quote.
  init(_ text: ExceptionText, of query: Query, queryID: String, code: Int? = nil) {
    let code = code ?? text.code ?? 0
    let settings = query.settings.map { "\nSET \($0.key) = '\($0.value)'" }.joined()
    self.init(
      code: code, name: text.name,
      message: SecretMask.masked(
        message: text.message, about: query.sql + settings,
        isSyntaxError: code == Self.syntaxError),
      queryID: queryID, version: text.version)
  }
}

/// The parts of `Code: 241. DB::Exception: … (MEMORY_LIMIT_EXCEEDED) (version 25.8.2.1)`, each
/// optional.
struct ExceptionText {
  var code: Int?
  var name = ""
  var message = ""
  var version: ServerVersion?

  /// Whether the text has both its beginning and its end, which makes a false match unlikely.
  var isWhole: Bool { code != nil && version != nil }

  init(_ text: String) {
    var rest = trimmed(text[...])
    if let (start, version) = ExceptionText.version(in: rest) {
      self.version = version
      rest = trimmed(rest[..<start])
    }
    if rest.last == ")", let open = rest.lastIndex(of: "(") {
      let inside = rest[rest.index(after: open)...].dropLast()
      if !inside.isEmpty, inside.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" }) {
        name = String(inside)
        rest = trimmed(rest[..<open])
      }
    }
    if rest.hasPrefix("Code: ") {
      let digits = rest.dropFirst(6).prefix { $0.isNumber }
      code = Int(digits)
      rest = rest[digits.endIndex...]
      // `. DB::Exception: `, `. DB::NetException: `, …
      if let colon = rest.prefix(60).firstRange(of: "Exception: ") {
        rest = rest[colon.upperBound...]
      }
    }
    message = String(trimmed(rest))
  }

  /// A version in one short line ends the text.
  private static func version(in text: Substring) -> (String.Index, ServerVersion)? {
    guard text.last == ")" else { return nil }
    let end = text.suffix(100)
    guard let label = end.ranges(of: "(version ").last, !end[label.upperBound...].contains("\n"),
      let version = ServerVersion(parsing: end[label.upperBound...])
    else { return nil }
    return (label.lowerBound, version)
  }
}

private func trimmed(_ text: Substring) -> Substring {
  let rest = text.drop { $0.isWhitespace }
  guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return rest }
  return rest[...last]
}
