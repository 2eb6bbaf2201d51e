// Error: a response arrived but is not the complete Parquet file that was requested.

import Failures

/// Fails an attempt, not the run. The description is one sentence.
package struct AnswerError: NamedFailure, Equatable, Sendable {
  /// For the column `error_name`: `ANSWER_CUT_SHORT`.
  package let name: String
  package let description: String

  package init(name: String, description: String) {
    self.name = name
    self.description = description
  }

  /// The response ended early, although HTTP reports it as complete.
  static func cutShort(_ detail: String) -> AnswerError {
    AnswerError(
      name: "ANSWER_CUT_SHORT",
      description: "\(detail), so the response is incomplete; check whether a proxy ends "
        + "responses early, and export again")
  }

  static let notParquet = AnswerError(
    name: "NOT_PARQUET",
    description: "the response does not begin like a Parquet file; check whether a proxy "
      + "changes responses")

  /// The footer does not match the file.
  package static func damaged(_ detail: String) -> AnswerError {
    AnswerError(
      name: "ANSWER_DAMAGED",
      description: "\(detail); check whether a proxy changes responses, and export again")
  }

  /// The file's row count differs from the server's.
  package static func otherRows(_ received: Int, than returned: Int) -> AnswerError {
    AnswerError(
      name: "OTHER_ROWS_RECEIVED",
      description: "\(received) rows arrived of the \(returned) that the server returned; check "
        + "whether a proxy changes responses")
  }

  /// Complete responses that cannot be joined into one file.
  static func notJoined(_ sentence: String) -> AnswerError {
    AnswerError(name: "PARQUET_NOT_JOINED", description: sentence)
  }
}
