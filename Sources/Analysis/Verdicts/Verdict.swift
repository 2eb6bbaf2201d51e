// Verdict on a claim, per cell and overall.

import BenchmarkSpec
import Statistics

package enum Outcome: String, Codable, Sendable {
  /// The interval is within the bound.
  case supported
  /// The interval is outside the bound.
  case refuted
  /// Too much drift or scatter for a median.
  case unstable
  case inconclusive
}

package struct CellVerdict: Equatable, Sendable {
  /// Nil for inserts.
  package let mergeState: String?
  /// Nil for inserts and storage.
  package let window: String?
  /// Nil for exports and storage.
  package let leg: String?
  package let outcome: Outcome
  package let ratio: Estimate?
  /// For example `0.738 [0.721, 0.756]`, or why there is no ratio.
  package let finding: String
  /// For example `should be at most 0.55`; nil if the finding is complete.
  package let remark: String?
  /// Of a refuted cell: how likely a ratio at its bound would look as far outside by chance; 0 for
  /// what is counted.
  package var chance = 0.0

  /// Median, interval, place and bound: `0.738 [0.721, 0.756] at 30d, should be at most 0.55`.
  package func reason(at place: String? = nil) -> String {
    finding + (place.map { " " + $0 } ?? "") + (remark.map { ", " + $0 } ?? "")
  }
}

package struct Verdict: Equatable, Sendable {
  package let claim: Claim
  /// Supported if all cells are; refuted if any cell is, beyond what chance does in one of so many
  /// cells; otherwise unstable if any cell is; otherwise inconclusive.
  package let outcome: Outcome
  /// Without a full stop: the deciding cell, and where the claim holds.
  package let reason: String
  /// In the order of the run, shortest window first.
  package let cells: [CellVerdict]
}
