// One running request: passes the result on and checks whether the response is ClickHouse's.

import Foundation
import HTTPTransport
import Synchronization

final class Exchange: Sendable {
  let query: Query
  let queryID: String
  let base: String
  let repeats: Int
  let answer = Mutex(Answer())
  /// The failure kind of a response that is not ClickHouse's.
  private let foreign = Mutex<FailureKind?>(nil)

  init(_ query: Query, queryID: String, base: String, repeats: Int) {
    self.query = query
    (self.queryID, self.base, self.repeats) = (queryID, base, repeats)
  }

  /// Whether any bytes reached the sink.
  var hasHandedOn: Bool { answer.withLock { $0.tail.receivedBytes > 0 } }

  /// Throws the server's exception, or an error if the response is not ClickHouse's.
  func check(_ response: Response, isComplete: Bool) throws {
    let code = response.head.headers[Header.exceptionCode].flatMap { Int($0) }
    if code == nil, response.head.isSuccess, !response.head.isPage {
      let text = answer.withLock { $0.exception(isComplete: isComplete) }
      guard let text else { return }
      throw ClickHouseError.server(ServerException(text, of: query, queryID: queryID))
    }
    let text = ExceptionText(Self.said(in: response.body))
    guard code != nil || text.code != nil else {
      foreign.withLock {
        $0 = FailureKind(status: response.head.status, headers: response.head.headers)
      }
      throw Self.unexpected(response, from: base)
    }
    throw ClickHouseError.server(ServerException(text, of: query, queryID: queryID, code: code))
  }

  /// The exception in the body of an error response. For a query with external tables some servers
  /// (25.5) return it as a JSON row in any format.
  private static func said(in body: [UInt8]) -> String {
    struct Row: Decodable { let exception: String }
    if body.first == UInt8(ascii: "["),
      let rows = try? JSONDecoder().decode([Row].self, from: Data(body)), let row = rows.first
    {
      return row.exception
    }
    return String(decoding: body, as: UTF8.self)
  }

  /// Classifies a failure of this request for the retry policy.
  func failureKind(of error: any Error) -> FailureKind {
    if let foreign = foreign.withLock({ $0 }) { return foreign }
    guard case .transport(let error)? = error as? ClickHouseError else { return .final }
    return FailureKind(error)
  }

  static func unexpected(_ response: Response, from base: String) -> ClickHouseError {
    let status = response.head.status
    let said = readable(response.body)
    let words = said.isEmpty ? "" : " ('\(said)')"
    switch FailureKind(status: status, headers: response.head.headers) {
    case .redirected(_, let location):
      let address = WebAddress(parsing: location)?.redacted ?? "another address"
      return .unexpectedAnswer(
        "\(base) redirects to \(address) (status \(status)), which is followed only for reads on"
          + " the same host, and never from TLS to plain HTTP; give the server's own"
          + " address as --url")
    case .unavailable:
      let remedy =
        status == 504
        ? "raise the proxy's timeout, because an export may be silent for minutes"
        : "check that the server runs, and try again"
      return .unexpectedAnswer(
        "a proxy at \(base) answered in the server's place, with status \(status)\(words); "
          + remedy)
    default:
      return .unexpectedAnswer(
        "\(base) answered with status \(status)\(words), and not like ClickHouse; check host, port"
          + " and path")
    }
  }

  /// The text of a page without tags: one line of at most 100 characters.
  private static func readable(_ body: [UInt8]) -> String {
    var text = ""
    var isInTag = false
    for letter in String(decoding: body.prefix(2_000), as: UTF8.self) {
      if letter == "<" { isInTag = true }
      if !isInTag { text.append(letter) }
      if letter == ">" { (isInTag, text) = (false, text + " ") }
    }
    return String(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(100))
  }
}

extension ResponseHead {
  /// Whether it is an HTML page: ClickHouse never sends one, but a proxy that requires a login
  /// returns one with status 200.
  var isPage: Bool { headers["Content-Type"]?.lowercased().hasPrefix("text/html") == true }
}
