// What shuts the gate of `exportbench run --gate`.

import Analysis

extension RunCommand {
  /// Throws the sentence and the exit code of the first thing that does.
  static func checkGate(_ findings: Findings) throws {
    if let failure = findings.failures.first {
      throw GateFailure(
        status: .refuted, sentence: "the gate is shut: \(failure.place): \(failure.error)")
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
          sentence: "the gate is shut: \(outcome.rawValue): \(names.joined(separator: ", "))")
      }
    }
  }
}
