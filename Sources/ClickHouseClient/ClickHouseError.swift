// Everything that this room can fail with, each as one sentence that says what to do.

import HTTPTransport

/// A failure to get something out of a server. The description is one sentence without a full stop;
/// a password is never in it.
package enum ClickHouseError: Error, Sendable {
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

  package var serverException: ServerException? {
    if case .server(let exception) = self { exception } else { nil }
  }
}

extension ClickHouseError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .server(let exception): return exception.description
    case .transport(let error): return error.description
    case .unexpectedAnswer(let sentence), .undecodable(let sentence), .badEndpoint(let sentence):
      return sentence
    case .resultTooLarge(let limit, let queryID):
      return "the result of query \(queryID) is longer than \(limit) bytes; ask for fewer rows"
    case .unsupportedVersion(let version, let needed):
      return "the server is ClickHouse \(version), and \(needed) or newer is needed"
    case .badIdentifier(let text):
      return "'\(text)' is not a name; a name has from 1 to \(Identifier.bytesMax) bytes, and no "
        + "control character"
    case .badCluster(let text):
      return "'\(text)' is not the name of a cluster; a name has from 1 to "
        + "\(Identifier.bytesMax) bytes, and no control character"
    }
  }
}
