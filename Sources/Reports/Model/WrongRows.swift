// Marks wrong answers with the same words in all tables and charts.

import Analysis

/// A wrong answer is not a failure: the export succeeded, but with other rows.
package enum WrongRows {
  package static let text = "wrong rows"

  package static let field = Field(text, .bad)

  package static func marked(_ path: String, if isWrong: Bool) -> Field {
    isWrong ? Field("\(path) (\(text))", .bad) : Field(path)
  }

  /// For example `limit-by at 1h, 1d`.
  package static func places(_ summary: Summary, _ mergeState: String, paths: [String]) -> [String]
  {
    paths.compactMap { path in
      let windows = summary.windows(mergeState).filter {
        isWrong(path, summary, mergeState, window: $0)
      }
      return windows.isEmpty ? nil : "\(path) at \(windows.joined(separator: ", "))"
    }
  }

  /// Which answers a chart leaves out; a sentence after a space, or nothing.
  static func leftOut(_ places: [String]) -> String {
    places.isEmpty ? "" : " Omitted for wrong rows: \(places.joined(separator: "; "))."
  }

  /// Whether the answer of a path in a cell is wrong.
  package static func isWrong(
    _ path: String, _ summary: Summary, _ mergeState: String, window: String
  ) -> Bool {
    // Some servers do not report every figure.
    ["client_wall_ms", "memory_peak_bytes", "result_rows"].contains { figure in
      summary.export(figure, mergeState: mergeState, window: window, subject: path)?.isWrong == true
    }
  }
}
