// An answer that arrived, and is not the whole Parquet file that was asked for.

import Failures

/// Why an answer cannot be used: a failed attempt, and not the end of the run. The description is
/// one sentence.
package struct AnswerError: NamedFailure, Equatable, Sendable {
  /// For the column `error_name`: `ANSWER_CUT_SHORT`.
  package let name: String
  /// The sentence.
  package let description: String

  package init(name: String, description: String) {
    self.name = name
    self.description = description
  }

  /// The answer ended early, although HTTP calls it complete.
  static func cutShort(_ detail: String) -> AnswerError {
    AnswerError(
      name: "ANSWER_CUT_SHORT",
      description: "\(detail), so the answer is not whole; see whether a proxy on the way ends "
        + "answers early, and export again")
  }

  /// The answer is in another format.
  static let notParquet = AnswerError(
    name: "NOT_PARQUET",
    description: "the answer does not begin like a Parquet file; see whether a proxy on the way "
      + "changes answers")

  /// The answer's footer is not one of this file.
  package static func damaged(_ detail: String) -> AnswerError {
    AnswerError(
      name: "ANSWER_DAMAGED",
      description: "\(detail); see whether a proxy on the way changes answers, and export again")
  }

  /// The file has another number of rows than the server returned.
  package static func otherRows(_ received: Int, than returned: Int) -> AnswerError {
    AnswerError(
      name: "OTHER_ROWS_RECEIVED",
      description: "\(received) rows arrived of the \(returned) that the server returned; see "
        + "whether a proxy on the way changes answers")
  }

  /// Answers that are whole, and cannot become one file.
  static func notJoined(_ sentence: String) -> AnswerError {
    AnswerError(name: "PARQUET_NOT_JOINED", description: sentence)
  }
}
