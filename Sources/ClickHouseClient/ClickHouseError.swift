// Errors of the client, each one sentence with a remedy.

import HTTPTransport

/// One sentence without a full stop. Never contains a password.
package enum ClickHouseError: Error, Sendable {
  case server(ServerException)
  /// No response, or an incomplete one.
  case transport(TransportError)
  /// The response is not ClickHouse's. Holds the sentence.
  case unexpectedAnswer(String)
  /// The rows do not match the Swift type. Holds the sentence.
  case undecodable(String)
  /// The result exceeds the limit of what is kept in memory.
  case resultTooLarge(limitBytes: Int, queryID: String)
  /// The server is older than required.
  case unsupportedVersion(ServerVersion, needed: ServerVersion)
  /// Holds the sentence.
  case badEndpoint(String)
  /// Holds the beginning of the invalid name.
  case badIdentifier(String)
  /// Holds the beginning of the invalid name.
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
