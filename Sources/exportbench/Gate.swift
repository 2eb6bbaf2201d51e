// The gates of `exportbench run --gate` and `exportbench load`: which findings end a command with
// an exit code other than 0.

import Analysis

/// Throws the sentence and the exit code of the first finding that fails a gate.
enum Gate {
  /// Checks the claims and attempts of a run.
  ///
  /// - Throws: ``GateFailure``.
  static func check(_ findings: Findings) throws(GateFailure) {
    if let failure = findings.failures.first {
      throw GateFailure(.refuted, "gate failed: \(failure.place): \(failure.error)")
    }
    let outcomes = findings.verdicts.map { ($0.outcome, $0.claim.name) }
    for (outcome, status) in [
      (Outcome.refuted, ExitStatus.refuted), (.unstable, .inconclusive),
      (.inconclusive, .inconclusive),
    ] {
      try refuse(outcome, status, outcomes) {
        "gate failed: \(outcome.rawValue): \($0.joined(separator: ", "))"
      }
    }
  }

  /// Checks the thresholds and the delivery of a load test.
  ///
  /// - Throws: ``GateFailure``.
  static func check(_ load: LoadTestFindings) throws(GateFailure) {
    if let phase = load.unbalanced.first {
      throw GateFailure(
        .refuted,
        "the table differs from the acknowledged rows in phase \(phase.phase) "
          + "(\(phase.label)): \(phase.imbalance)")
    }
    if let phase = load.changed.first {
      throw GateFailure(
        .refuted,
        "exports of phase \(phase.phase) (\(phase.label)) differ from what the server "
          + "returned; see phases.csv")
    }
    let outcomes = load.verdicts.map { ($0.outcome, $0.threshold.statement) }
    try refuse(.refuted, .refuted, outcomes) { "exceeded: \($0.joined(separator: "; "))" }
    try refuse(.inconclusive, .inconclusive, outcomes) {
      "cannot be judged: \($0.joined(separator: "; "))"
    }
    if let limit = load.limits.first {
      throw GateFailure(
        .inconclusive,
        "no verdict: the harness was the bottleneck in phase \(limit.phase.phase) "
          + "(\(limit.phase.label))")
    }
  }

  private static func refuse(
    _ outcome: Outcome, _ status: ExitStatus, _ outcomes: [(Outcome, String)],
    _ sentence: ([String]) -> String
  ) throws(GateFailure) {
    let names = outcomes.filter { $0.0 == outcome }.map(\.1)
    if !names.isEmpty { throw GateFailure(status, sentence(names)) }
  }
}
