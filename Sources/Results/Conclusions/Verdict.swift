// What a run says about a claim, in each cell and over all. Data only.

/// The answer to a claim.
public enum Outcome: String, Codable, Sendable {
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
public struct CellVerdict: Equatable, Sendable {
  /// The state of merges; nil for inserts.
  public let mergeState: String?
  /// The window; nil for inserts and storage.
  public let window: String?
  /// The leg of inserts; nil for exports and storage.
  public let leg: String?
  /// The answer here.
  public let outcome: Outcome
  /// The measured ratio, where there is one.
  public let ratio: Estimate?
  /// What was found: `0.738 [0.721, 0.756]`, or why there is no ratio.
  public let finding: String
  /// What it means for the claim: `should be at most 0.55`; nil where the finding says all.
  public let remark: String?

  /// One clause that quotes median, interval and threshold, with the place in the middle where one
  /// is given: `0.738 [0.721, 0.756] at 30d, should be at most 0.55`.
  public func reason(at place: String? = nil) -> String {
    finding + (place.map { " " + $0 } ?? "") + (remark.map { ", " + $0 } ?? "")
  }
}

/// The answer to a claim, over all of its cells.
public struct Verdict: Equatable, Sendable {
  /// The claim.
  public let claim: Claim
  /// Supported if supported in every cell, refuted if refuted in at least one; else unstable if
  /// unstable in at least one, else inconclusive.
  public let outcome: Outcome
  /// One sentence, without a full stop: the cell that decided, and where the claim does hold.
  public let reason: String
  /// Cell by cell, in the order of the run, the shortest window first.
  public let cells: [CellVerdict]
}
