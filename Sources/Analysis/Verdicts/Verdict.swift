// What a run says about a claim, in each cell and over all. Data only.

import BenchmarkSpec
import Statistics

/// The answer to a claim.
package enum Outcome: String, Codable, Sendable {
  /// The whole interval lies inside the bound.
  case supported
  /// The whole interval lies outside the bound.
  case refuted
  /// What was measured moved or scattered too much for any median to stand for it.
  case unstable
  /// The data cannot say.
  case inconclusive
}

/// The answer in one cell.
package struct CellVerdict: Equatable, Sendable {
  /// The state of merges; nil for inserts.
  package let mergeState: String?
  /// The window; nil for inserts and storage.
  package let window: String?
  /// The leg of inserts; nil for exports and storage.
  package let leg: String?
  /// The answer here.
  package let outcome: Outcome
  /// The measured ratio, where there is one.
  package let ratio: Estimate?
  /// What was found: `0.738 [0.721, 0.756]`, or why there is no ratio.
  package let finding: String
  /// What it means for the claim: `should be at most 0.55`; nil where the finding says all.
  package let remark: String?

  /// One clause that quotes median, interval and threshold, with the place in the middle where one
  /// is given: `0.738 [0.721, 0.756] at 30d, should be at most 0.55`.
  package func reason(at place: String? = nil) -> String {
    finding + (place.map { " " + $0 } ?? "") + (remark.map { ", " + $0 } ?? "")
  }
}

/// The answer to a claim, over all of its cells.
package struct Verdict: Equatable, Sendable {
  package let claim: Claim
  /// Supported if supported in every cell, refuted if refuted in at least one; else unstable if
  /// unstable in at least one, else inconclusive.
  package let outcome: Outcome
  /// One sentence, without a full stop: the cell that decided, and where the claim does hold.
  package let reason: String
  /// Cell by cell, in the order of the run, the shortest window first.
  package let cells: [CellVerdict]
}
