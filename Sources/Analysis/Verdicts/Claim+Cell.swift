// Judges a cell by the bound of a claim.

import BenchmarkSpec
import CSVRecords
import Statistics
import Units

extension Claim {
  /// Fewer pairs than this decide nothing. The range of 5 holds the true median with 94 %.
  package static let fewestPairs = 5

  /// An undecided interval that is wider than ± this share of its median is unstable: the noise is
  /// larger than what most claims are about, as in ClickHouse's own performance tests.
  package static let noiseAtMost = 0.15

  /// Judges a cell of repeated attempts by the interval of the median ratio. `doubt` is why the
  /// attempts decide nothing, however narrow the interval is.
  func judge<Record>(
    _ cell: Cell<Record>, _ figure: Figure<Record>, _ subject: String, _ baseline: String,
    doubt: Doubt? = nil
  ) -> CellVerdict {
    let ratios = cell.ratios(figure, of: subject, to: baseline).values
    let ratio = Estimate(ratios)
    func verdict(_ outcome: Outcome, _ finding: String, _ remark: String? = nil) -> CellVerdict {
      CellVerdict(
        mergeState: cell.mergeState, window: cell.window, leg: cell.leg, outcome: outcome,
        ratio: ratio, finding: finding, remark: remark,
        chance: outcome == .refuted ? chance(ratios) : 0)
    }
    for name in [subject, baseline] {
      guard let attempts = cell[name], attempts.tried > 0 else {
        return verdict(.inconclusive, "no attempt of \(name)")
      }
      // The survivors of a memory limit are not a fair sample of the attempts.
      if attempts.failed > 0 {
        let cause = attempts.failure.map { " (\($0))" } ?? ""
        return verdict(
          .inconclusive,
          "\(attempts.failed) of \(attempts.tried) attempts of \(name) failed\(cause)")
      }
      // What a wrong answer costs supports no claim.
      if let wrong = attempts.wrongFinding {
        return verdict(.inconclusive, "wrong rows of \(name) (\(wrong))")
      }
    }
    guard let ratio else { return verdict(.inconclusive, "\(figure.name) was not measured") }
    guard ratio.count >= Claim.fewestPairs, let interval = ratio.interval else {
      let pairs = ratio.count == 1 ? "1 pair" : "\(ratio.count) pairs"
      return verdict(
        .inconclusive, ratio.text, "only \(pairs); \(Claim.fewestPairs) are needed")
    }
    if let doubt { return verdict(doubt.outcome, ratio.text, doubt.reason) }
    let outcome = place(interval)
    guard outcome == .inconclusive else {
      return verdict(outcome, ratio.text, "should be \(bound)")
    }
    let containsBound = "contains the bound, \(bound); "
    let noise = (interval.high - interval.low) / 2 / abs(ratio.median)
    guard noise > Self.noiseAtMost else {
      return verdict(outcome, ratio.text, containsBound + "more repeats are needed")
    }
    return verdict(
      .unstable, ratio.text,
      containsBound + "± \(percent(noise)) after \(ratio.count) repeats is too noisy to decide")
  }

  /// How likely so many of the ratios would lie beyond the bound if it were their median.
  private func chance(_ ratios: [Double]) -> Double {
    let (above, below) = (
      ratios.count { $0 > atMost ?? .infinity }, ratios.count { $0 < atLeast ?? -.infinity }
    )
    return Statistics.signTest(max(above, below), of: ratios.count)
  }

  /// Whether an interval lies inside or outside the bound.
  func place(_ interval: Interval) -> Outcome {
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

/// Why the attempts of a cell decide nothing, however clear their interval looks.
struct Doubt {
  let outcome: Outcome
  let reason: String
}
