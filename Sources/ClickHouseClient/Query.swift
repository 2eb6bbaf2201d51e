// A query with everything that travels with it, and how each part is written into a URL. Sends
// nothing.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The value of a `{name:Type}` in a query, bound by the server.
package struct Parameter: Sendable, Hashable {
  /// As it travels: escaped as a field of TabSeparated, which is how the server reads parameters.
  package let text: String

  private init(escaped text: String) { self.text = text }

  /// A text, or anything the server reads from a text: a date, a decimal.
  package init(_ text: some StringProtocol) {
    self.init(escaped: escaped(text))
  }

  package init(_ number: some BinaryInteger) { self.init(escaped: "\(number)") }

  /// An array of texts, for `{name:Array(String)}`.
  package init(_ texts: [String]) {
    let quoted = texts.map { text in
      let parts = escaped(text).split(separator: "'", omittingEmptySubsequences: false)
      return "'\(parts.joined(separator: "\\'"))'"
    }
    self.init(escaped: "[\(quoted.joined(separator: ","))]")
  }

  /// `NULL`, for a `{name:Nullable(T)}`.
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

/// A query and what travels with it.
package struct Query: Sendable {
  /// The text, with `{name:Type}` for the parameters. A name in it that came from a user must be an
  /// ``Identifier``.
  package var sql: String
  package var parameters: [String: Parameter]
  /// Settings by name, for this query only.
  package var settings: [String: String]
  /// The id under which the server logs the query; the client makes a UUID unless one is given.
  package var queryID: String?
  /// What `system.query_log` shows as `log_comment`.
  package var logComment: String?
  /// The database of names without one; nil is the user's default.
  package var database: String?
  /// Whether the client may send it again; nil leaves it to the method that sends it.
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
  /// A random UUID (version 4), in small letters. Foundation would open a device for each.
  package static func newID() -> String {
    let high = UInt64.random(in: 0...UInt64.max) & ~0xf000 | 0x4000
    let low = UInt64.random(in: 0...UInt64.max) >> 2 | 1 << 63
    let uuid = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { $0.load(as: uuid_t.self) }
    return UUID(uuid: uuid).uuidString.lowercased()
  }

  /// The query string of the URL; the text of the query is in it only where `sqlInURL`.
  func urlQuery(queryID: String, sqlInURL: Bool, extra: [String: String]) -> String {
    var fields = settings.merging(extra) { _, ours in ours }
    // Some servers put an exception into JSON and XML, where it looks like a row: with this they
    // say it the way that Answer reads. A query that asks for something else gets it. Not sent
    // without need: a setting that differs costs the server some 5 % of a trivial query.
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
    // Sorted, so that the same query is always the same request.
    return fields.sorted { $0.key < $1.key }
      .map { "\(percentEncoded($0.key))=\(percentEncoded($0.value))" }.joined(separator: "&")
  }
}

/// RFC 3986: everything but the unreserved characters as `%XX`.
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
