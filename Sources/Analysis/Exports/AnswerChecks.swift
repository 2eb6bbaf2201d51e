// Content checks of a run's answers: the last check of each path, window and merge state counts.

import RunStore

struct AnswerChecks {
  private let checks: [[String]: VerificationSample]

  init(_ verifications: [VerificationSample]) {
    checks = Dictionary(verifications.map { ($0.place, $0) }) { _, later in later }
  }

  /// Nil if no check was made.
  subscript(mergeState: String, path: String, window: String) -> VerificationSample? {
    checks[[mergeState, path, window]]
  }

  /// For example `12 ids differ`. Nil if the answer is right or could not be checked.
  func wrongAnswer(_ mergeState: String, _ path: String, _ window: String) -> String? {
    guard let check = self[mergeState, path, window], check.status == .wrongRows else {
      return nil
    }
    return check.finding
  }

  /// Whether a check started and failed.
  func isUnchecked(_ mergeState: String, _ path: String, _ window: String) -> Bool {
    self[mergeState, path, window].map { ![.ok, .wrongRows].contains($0.status) } ?? false
  }

  /// For example `12 ids differ at 1d`.
  func anyWrongAnswer(_ mergeState: String, _ path: String) -> String? {
    checks.values.filter {
      $0.mergeState == mergeState && $0.path == path && $0.status == .wrongRows
    }
    .min { $0.windowMs < $1.windowMs }.map { "\($0.finding) at \($0.window)" }
  }
}

extension VerificationSample {
  /// Identity of a check; a resumed run may repeat it.
  package var place: [String] { [mergeState, path, window] }
}
