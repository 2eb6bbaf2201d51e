// Holds a claim against the samples of a run.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

extension Claim {
  /// Fewer pairs than this decide nothing. The range of 5 holds the true median with 94 %.
  package static let fewestPairs = 5

  /// An undecided interval that is wider than ± this share of its median is unstable: the noise is
  /// larger than what most claims speak of, as in ClickHouse's own performance tests.
  package static let noiseAtMost = 0.15

  /// Judges the claim. Throws where the claim names a figure that does not exist.
  package func verdict(_ records: Records) throws(RecordError) -> Verdict {
    let cells: [CellVerdict]
    switch ratio {
    case .export(let name, let subject, let baseline, let windows, let mergeStates):
      let figure = try Sample.figure(name)
      cells = exportCells(records, order: [baseline, subject])
        .filter { cell in
          windows?.contains(cell.window ?? "") ?? true
            && mergeStates?.contains(cell.mergeState ?? "") ?? true
        }
        .map { cell in
          let unchecked = uncheckedAnswer(cell, [subject, baseline], records.verifications)
          return judge(
            cell, figure, subject, baseline,
            doubt: unchecked ?? doubt(cell, figure, subject, baseline))
        }
    case .insert(let name, let legs):
      let figure = try InsertSample.figure(name)
      cells = insertCells(records.inserts).filter { Self.speaks(of: $0.leg, legs) }.map {
        judge($0, figure, InsertTarget.withView.rawValue, InsertTarget.plain.rawValue)
      }
    case .settled(let name, let legs):
      let figure = try SettledRound.figure(name)
      cells = settledCells(records).filter { Self.speaks(of: $0.leg, legs) }.map {
        judge($0, figure, InsertTarget.withView.rawValue, InsertTarget.plain.rawValue)
      }
    case .storage(let name):
      let figure = try StorageSample.figure(name)
      cells = storageCells(records.storage).map { judge($0, figure) }
    }
    return Verdict(claim: self, cells: cells)
  }

  /// The two sides of the leg `sustained` ran minutes apart and once: only claims that name it are
  /// about it.
  private static func speaks(of leg: String?, _ listed: [String]?) -> Bool {
    listed?.contains(leg ?? "") ?? (leg != ReservedLeg.sustained)
  }

  private func judge<Record>(
    _ cell: Cell<Record>, _ figure: Figure<Record>, _ subject: String, _ baseline: String,
    doubt: Doubt? = nil
  ) -> CellVerdict {
    let ratio = Estimate(cell.ratios(figure, of: subject, to: baseline).values)
    func verdict(_ outcome: Outcome, _ finding: String, _ remark: String? = nil) -> CellVerdict {
      CellVerdict(
        mergeState: cell.mergeState, window: cell.window, leg: cell.leg, outcome: outcome,
        ratio: ratio, finding: finding, remark: remark)
    }
    for name in [subject, baseline] {
      guard let attempts = cell[name], attempts.tried > 0 else {
        return verdict(.inconclusive, "no attempt on \(name)")
      }
      // The survivors of a memory limit are not a fair sample of the attempts.
      if attempts.failed > 0 {
        let cause = attempts.failure.map { " (\($0))" } ?? ""
        return verdict(
          .inconclusive,
          "\(attempts.failed) of \(attempts.tried) attempts on \(name) failed\(cause)")
      }
      // What a wrong answer costs supports no claim.
      if let wrong = attempts.wrongFinding {
        return verdict(.inconclusive, "wrong rows from \(name) (\(wrong))")
      }
    }
    guard let ratio else { return verdict(.inconclusive, "\(figure.name) was not measured") }
    guard ratio.count >= Claim.fewestPairs, let interval = ratio.interval else {
      let pairs = ratio.count == 1 ? "1 pair" : "\(ratio.count) pairs"
      return verdict(
        .inconclusive, ratio.text, "from \(pairs) only; \(Claim.fewestPairs) are needed")
    }
    if let doubt { return verdict(doubt.outcome, ratio.text, doubt.reason) }
    let outcome = place(interval)
    guard outcome == .inconclusive else {
      return verdict(outcome, ratio.text, "should be \(bound)")
    }
    let straddles = "straddles the bound, \(bound); "
    let noise = (interval.high - interval.low) / 2 / abs(ratio.median)
    guard noise > Self.noiseAtMost else {
      return verdict(outcome, ratio.text, straddles + "more repeats would narrow it")
    }
    return verdict(
      .unstable, ratio.text,
      straddles + "± \(percent(noise)) after \(ratio.count) repeats is too noisy to decide")
  }

  /// Why the attempts of a cell decide nothing, however clear their interval looks.
  private struct Doubt {
    let outcome: Outcome
    let reason: String
  }

  /// What an answer costs that could not be checked supports no claim.
  private func uncheckedAnswer(
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
  private func doubt(
    _ cell: Cell<Sample>, _ figure: Figure<Sample>, _ subject: String, _ baseline: String
  ) -> Doubt? {
    if MemorySource.figures.contains(figure.name) {
      for path in [subject, baseline] {
        if let found = Disagreement(cell, path) {
          return Doubt(
            outcome: .inconclusive,
            reason: "but the witnesses of \(path)'s memory disagree: \(found.finding)")
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

  private func judge(_ cell: StorageCell, _ figure: Figure<StorageSample>) -> CellVerdict {
    let ratio = cell.ratio(figure).flatMap { Estimate([$0]) }
    // Storage is counted, not sampled: the value is its own interval.
    let outcome = ratio.map { place(Interval(low: $0.median, high: $0.median)) }
    return CellVerdict(
      mergeState: cell.mergeState, window: nil, leg: nil, outcome: outcome ?? .inconclusive,
      ratio: ratio,
      finding: ratio?.text ?? "\(figure.name) was not measured for both table and view",
      remark: ratio.map { _ in "should be \(bound)" })
  }

  private func place(_ interval: Interval) -> Outcome {
    let least = atLeast ?? -.infinity
    let most = atMost ?? .infinity
    if interval.low >= least && interval.high <= most { return .supported }
    return interval.high < least || interval.low > most ? .refuted : .inconclusive
  }

  /// The bound in words: `at most 0.55`.
  package var bound: String {
    func text(_ bound: Double) -> String { Int(exactly: bound).map(String.init) ?? "\(bound)" }
    switch (atLeast, atMost) {
    case (let least?, let most?): return "between \(text(least)) and \(text(most))"
    case (let least?, nil): return "at least \(text(least))"
    case (nil, let most?): return "at most \(text(most))"
    case (nil, nil): return "anything"
    }
  }

  /// How far inside the bound a ratio lies, as a share of the bound; negative outside.
  package func slack(_ ratio: Double) -> Double {
    func share(_ distance: Double, _ bound: Double) -> Double {
      bound > 0 ? distance / bound : distance
    }
    return min(
      atLeast.map { share(ratio - $0, $0) } ?? .infinity,
      atMost.map { share($0 - ratio, $0) } ?? .infinity)
  }
}
