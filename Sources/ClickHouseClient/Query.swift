// Query with settings, parameters and id, and their encoding in a URL.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The value of a `{name:Type}` parameter, bound by the server.
package struct Parameter: Sendable, Hashable {
  /// Escaped as a TabSeparated field, the form in which the server reads parameters.
  package let text: String

  private init(escaped text: String) { self.text = text }

  /// A text, or anything that the server parses from a text: a date, a decimal.
  package init(_ text: some StringProtocol) {
    self.init(escaped: escaped(text))
  }

  package init(_ number: some BinaryInteger) { self.init(escaped: "\(number)") }

  /// For `{name:Array(String)}`.
  package init(_ texts: [String]) {
    let quoted = texts.map { text in
      let parts = escaped(text).split(separator: "'", omittingEmptySubsequences: false)
      return "'\(parts.joined(separator: "\\'"))'"
    }
    self.init(escaped: "[\(quoted.joined(separator: ","))]")
  }

  /// For `{name:Nullable(T)}`.
  package static let null = Parameter(escaped: "\\N")
}

extension Parameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  package init(stringLiteral text: String) { self.init(text) }
  package init(integerLiteral number: Int) { self.init(number) }
}

private func escaped(_ text: some StringProtocol) -> String {
  var out = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\\": out += "\\\\"
    case "\t": out += "\\t"
    case "\n": out += "\\n"
    case "\r": out += "\\r"
    case "\0": out += "\\0"
    default: out.unicodeScalars.append(scalar)
    }
  }
  return out
}

package struct Query: Sendable {
  /// SQL text with `{name:Type}` for parameters. A name from a user must be an ``Identifier``.
  package var sql: String
  package var parameters: [String: Parameter]
  /// By name, for this query only.
  package var settings: [String: String]
  /// The client generates a UUID if nil.
  package var queryID: String?
  /// Recorded as `log_comment` in `system.query_log`.
  package var logComment: String?
  /// The default database; nil is the user's.
  package var database: String?
  /// Nil leaves it to the sending method.
  package var repetition: RetryPolicy?

  package init(
    _ sql: String, parameters: [String: Parameter] = [:], settings: [String: String] = [:],
    queryID: String? = nil, logComment: String? = nil, database: String? = nil
  ) {
    self.sql = sql
    self.parameters = parameters
    self.settings = settings
    self.queryID = queryID
    self.logComment = logComment
    self.database = database
  }
}

extension Query {
  /// A random UUID (version 4) in lower case. Foundation would open a device for each.
  package static func newID() -> String {
    let high = UInt64.random(in: 0...UInt64.max) & ~0xf000 | 0x4000
    let low = UInt64.random(in: 0...UInt64.max) >> 2 | 1 << 63
    let uuid = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { $0.load(as: uuid_t.self) }
    return UUID(uuid: uuid).uuidString.lowercased()
  }

  /// The URL's query string; contains the SQL text only if `sqlInURL`.
  func urlQuery(queryID: String, sqlInURL: Bool, extra: [String: String]) -> String {
    var fields = settings.merging(extra) { _, ours in ours }
    // Some servers write an exception into JSON and XML as if it were a row; this setting makes
    // them use the form that Answer detects. The query's own setting wins. Sent only if needed: a
    // changed setting costs the server about 5 % of a trivial query.
    let formats = (sql + " " + (fields["default_format"] ?? "")).lowercased()
    let name = "http_write_exception_in_output_format"
    if fields[name] == nil, formats.contains("json") || formats.contains("xml") {
      fields[name] = "0"
    }
    for (name, parameter) in parameters { fields["param_\(name)"] = parameter.text }
    fields["query_id"] = queryID
    if let logComment { fields["log_comment"] = logComment }
    if let database { fields["database"] = database }
    if sqlInURL { fields["query"] = sql }
    // Sorted, so that equal queries are equal requests.
    return fields.sorted { $0.key < $1.key }
      .map { "\(percentEncoded($0.key))=\(percentEncoded($0.value))" }.joined(separator: "&")
  }
}

/// RFC 3986: everything except the unreserved characters as `%XX`.
private func percentEncoded(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var out: [UInt8] = []
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      out.append(byte)
    default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: out, as: UTF8.self)
}
