// What the checks by content found: the last check of each path, window and merge state counts.

import RunStore

/// The checks of a run's answers.
struct AnswerChecks {
  private let checks: [[String]: VerificationSample]

  init(_ verifications: [VerificationSample]) {
    checks = Dictionary(verifications.map { ($0.place, $0) }) { _, later in later }
  }

  /// The check of a path in a cell; nil where none was made.
  subscript(mergeState: String, path: String, window: String) -> VerificationSample? {
    checks[[mergeState, path, window]]
  }

  /// What is wrong with the answer of a path in a cell: `12 ids differ`. Nil where it is right,
  /// and where it could not be checked.
  package func wrongAnswer(_ mergeState: String, _ path: String, _ window: String) -> String? {
    guard let check = self[mergeState, path, window], check.status == .wrongRows else {
      return nil
    }
    return check.finding
  }

  /// Whether a check of a path in a cell was begun and failed.
  func isUnchecked(_ mergeState: String, _ path: String, _ window: String) -> Bool {
    self[mergeState, path, window].map { ![.ok, .wrongRows].contains($0.status) } ?? false
  }

  /// What is wrong with any answer of a path in a merge state: `12 ids differ at 1d`.
  func anyWrongAnswer(_ mergeState: String, _ path: String) -> String? {
    checks.values.filter {
      $0.mergeState == mergeState && $0.path == path && $0.status == .wrongRows
    }
    .min { $0.windowMs < $1.windowMs }.map { "\($0.finding) at \($0.window)" }
  }
}

extension VerificationSample {
  /// What was checked, whenever: a resumed run may check again.
  package var place: [String] { [mergeState, path, window] }
}
