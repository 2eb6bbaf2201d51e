// Records errors of measured work in the columns of a row.

import ClickHouseClient
import Failures
import RunStore

extension Attempted {
  /// The server's data folder, which is removed from messages.
  private static var dataFolder: Regex<Substring> { /(?:\/[^\/\s:,)]+)+\/store\// }

  /// - Throws: the error if it ends the run.
  package mutating func fail(with error: any Error) throws {
    if let error = error as? any NamedFailure {
      (status, errorName, errorMessage) = (.failed, error.name, error.description)
      return
    }
    guard !(error is CancellationError), let error = error as? ClickHouseError else { throw error }
    var words = "\(error)"
    switch error {
    case .server(let exception):
      errorCode = exception.code
      errorName = exception.name
      // Code, name and query have their own columns.
      words = exception.message.replacing(Self.dataFolder, with: "…/store/")
    case .transport(let failure):
      errorCode = nil
      errorName = failure.kind.name
    default:
      errorCode = nil
      errorName = "UNEXPECTED_ANSWER"
    }
    status = .failed
    let line = words.split(whereSeparator: \.isNewline).joined(separator: " ")
    errorMessage = String(line.prefix(300))
  }
}
