// An error of measured work, as the columns of its row.

import ClickHouseClient
import Failures
import RunStore

extension Attempted {
  /// Where a server keeps its parts, which is nobody's business who reads a result.
  private static var dataFolder: Regex<Substring> { /(?:\/[^\/\s:,)]+)+\/store\// }

  /// Records that the attempt failed, and with what.
  ///
  /// - Throws: the error itself where it is the end of the run and not of the attempt.
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
      // Code, name and query have columns of their own.
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
