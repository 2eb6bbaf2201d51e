// Everything that this room can fail with, each as one sentence that says what to do.

import Transport

/// A failure to get something out of a server. The description is one sentence without a full stop;
/// a password is never in it.
public enum ClickHouseError: Error, Sendable {
  /// The server refused or failed the query.
  case server(ServerException)
  /// There was no answer, or no whole one.
  case transport(TransportError)
  /// What answered did not answer like ClickHouse: the sentence.
  case unexpectedAnswer(String)
  /// The rows do not fit the type that they were to be read as: the sentence.
  case undecodable(String)
  /// A result was longer than so many bytes, more than is kept in memory.
  case resultTooLarge(limitBytes: Int, queryID: String)
  /// The server is older than what is needed.
  case unsupportedVersion(ServerVersion, needed: ServerVersion)
  /// The URL of the server cannot be used: the sentence.
  case badEndpoint(String)
  /// A text, or the beginning of it, that is no name of a table.
  case badIdentifier(String)
  /// A text, or the beginning of it, that is no name of a cluster.
  case badCluster(String)

  /// What the server said, if it is the server that said it.
  public var serverException: ServerException? {
    if case .server(let exception) = self { exception } else { nil }
  }
}

extension ClickHouseError: CustomStringConvertible {
  /// One sentence, with a remedy for the usual ones.
  public var description: String {
    switch self {
    case .server(let exception):
      if exception.name == "READONLY" {
        let parts = exception.message.split(separator: "'", maxSplits: 2)
        let isSetting = parts.count == 3 && parts[0] == "Cannot modify "
        return "the user may \(isSetting ? "not change \(parts[1])" : "only read") (error "
          + "\(exception.code), READONLY, query \(exception.queryID)); the user needs a profile "
          + "with readonly = 2, which lets a query have settings, and readonly = 0 to write"
      }
      if exception.name == "ACCESS_DENIED" {
        return "\(exception); exportbench grants prints what each command needs"
      }
      guard exception.isLoginRefused else { return exception.description }
      return "the server refused the user or the password (error \(exception.code), "
        + "\(exception.name)); check CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, or the URL"
    case .transport(let error): return error.description
    case .unexpectedAnswer(let sentence), .undecodable(let sentence), .badEndpoint(let sentence):
      return sentence
    case .resultTooLarge(let limit, let queryID):
      return "the result of query \(queryID) is longer than \(limit) bytes; ask for fewer rows"
    case .unsupportedVersion(let version, let needed):
      return "the server is ClickHouse \(version), and \(needed) or newer is needed"
    case .badIdentifier(let text):
      return "'\(text)' is not a name; letters, digits and _ are allowed, 128 at most"
    case .badCluster(let text):
      return
        "'\(text)' is not the name of a cluster; letters, digits, _, - and . are allowed, 128 at "
        + "most"
    }
  }
}
