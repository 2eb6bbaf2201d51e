// Judges claims about exports, and finds the reasons why attempts decide nothing.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

extension ExportExperiment {
  package static func cells(
    of claim: Claim, _ records: Records
  ) throws(RecordError) -> [CellVerdict]? {
    guard
      case .export(let name, let subject, let baseline, let windows, let mergeStates) =
        claim.ratio
    else { return nil }
    let figure = try Sample.figure(name)
    return exportCells(records, order: [baseline, subject])
      .filter { cell in
        windows?.contains(cell.window ?? "") ?? true
          && mergeStates?.contains(cell.mergeState ?? "") ?? true
      }
      .map { cell in
        let unchecked = uncheckedAnswer(cell, [subject, baseline], records.verifications)
        return claim.judge(
          cell, figure, subject, baseline,
          doubt: unchecked ?? doubt(cell, figure, subject, baseline))
      }
  }

  /// What an answer costs that could not be checked supports no claim.
  private static func uncheckedAnswer(
    _ cell: Cell<Sample>, _ paths: [String], _ verifications: [VerificationSample]
  ) -> Doubt? {
    let checks = AnswerChecks(verifications)
    let unchecked = paths.compactMap { checks[cell.mergeState ?? "", $0, cell.window ?? ""] }
      .first { ![.ok, .wrongRows].contains($0.status) }
    return unchecked.map {
      Doubt(
        outcome: .inconclusive,
        reason: "but the answer of \($0.path) could not be checked: \($0.finding)")
    }
  }

  /// Drift is looked for in exports only, whose repeats all measure the same: inserts go into a
  /// table that grows, and a cost that grows with it is a finding.
  private static func doubt(
    _ cell: Cell<Sample>, _ figure: Figure<Sample>, _ subject: String, _ baseline: String
  ) -> Doubt? {
    if MemorySource.figures.contains(figure.name) {
      for path in [subject, baseline] {
        if let found = Disagreement(cell, path) {
          return Doubt(
            outcome: .inconclusive,
            reason: "but the memory sources of \(path) disagree: \(found.finding)")
        }
      }
    }
    guard let drift = Statistics.drift(cell.ratios(figure, of: subject, to: baseline).values),
      drift.isUnstable
    else { return nil }
    return Doubt(
      outcome: .unstable,
      reason: "but it drifts by \(percent(drift.share)) from the first repeat to the last")
  }
}
