// The gate of `exportbench run --gate`: which findings give exit codes 1 and 2.

import Analysis

extension RunCommand {
  /// Throws for the first failed attempt, then for refuted, unstable and inconclusive claims.
  static func checkGate(_ findings: Findings) throws {
    if let failure = findings.failures.first {
      throw GateFailure(
        status: .refuted, sentence: "gate failed: \(failure.place): \(failure.error)")
    }
    let outcomes = findings.verdicts.map { ($0.claim.name, $0.outcome) }
    for (outcome, status) in [
      (Outcome.refuted, ExitStatus.refuted), (.unstable, .inconclusive),
      (.inconclusive, .inconclusive),
    ] {
      let names = outcomes.filter { $0.1 == outcome }.map(\.0)
      guard names.isEmpty else {
        throw GateFailure(
          status: status,
          sentence: "gate failed: \(outcome.rawValue): \(names.joined(separator: ", "))")
      }
    }
  }
}
