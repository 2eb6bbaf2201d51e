// Combines the verdicts of cells into one verdict with a reason.

import BenchmarkSpec
import Statistics
import Units

extension Verdict {
  /// - Parameter cells: in the order of the run.
  package init(claim: Claim, cells: [CellVerdict]) {
    self.claim = claim
    self.cells = cells
    let outside = cells.filter { $0.outcome == .refuted }
    // Of many cells at their bound, one looks refuted by chance: a single one needs more pairs
    // (Bonferroni), and several confirm each other.
    let several = cells.count > 1
    let side = (1 - Statistics.confidence) / 2
    let isShared =
      Statistics.binomialTail(cells.count, side, from: outside.count) <= 1 - Statistics.confidence
    let refuted = outside.filter {
      !several || isShared || $0.chance <= Self.chanceAtMost(cells.count)
    }
    // Unstable cells come first: more repeats do not help them.
    let open =
      cells.filter { $0.outcome == .unstable } + cells.filter { $0.outcome == .inconclusive }
    func slack(_ cell: CellVerdict) -> Double { claim.slack(cell.ratio?.median ?? 0) }
    func sentence(_ cell: CellVerdict) -> String { cell.reason(at: cell.place(among: cells)) }
    let holding = whereItHolds(cells)
    if let worst = refuted.min(by: { slack($0) < slack($1) }) {
      outcome = .refuted
      reason = sentence(worst) + (several ? "; \(holding ?? nowhere(cells))" : "")
    } else if let worst = outside.min(by: { slack($0) < slack($1) }) {
      outcome = .inconclusive
      reason =
        sentence(worst) + "; one of \(cells.count) cells may be outside by chance (p = "
        + "\(significant(worst.chance)), at most \(significant(Self.chanceAtMost(cells.count))) "
        + "refutes): more repeats are needed"
    } else if let first = open.first {
      outcome = first.outcome
      let undecided = "; undecided in \(open.count) of \(cells.count) cells"
      reason = sentence(first) + (several ? undecided + (holding.map { ", \($0)" } ?? "") : "")
    } else if let closest = cells.min(by: { slack($0) < slack($1) }) {
      outcome = .supported
      reason = sentence(closest) + (several ? "; holds everywhere, with the least margin here" : "")
    } else {
      outcome = .inconclusive
      reason = "no matching cell was measured"
    }
  }
}

extension Verdict {
  /// In one of so many cells.
  fileprivate static func chanceAtMost(_ cells: Int) -> Double {
    (1 - Statistics.confidence) / Double(max(1, cells))
  }
}

extension CellVerdict {
  /// As far as needed to distinguish the cells: `at 30d`, `at 30d (fresh)`.
  package func place(among cells: [CellVerdict]) -> String? {
    let severalStates = Set(cells.map(\.mergeState)).count > 1
    let severalLegs = Set(cells.map(\.leg)).count > 1
    let words = [
      window.map { "at \($0)" },
      severalLegs ? leg.map { "in '\($0)'" } : nil,
      severalStates ? mergeState.map { "(\($0))" } : nil,
    ]
    let place = words.compactMap(\.self).joined(separator: " ")
    return place.isEmpty ? nil : place
  }
}

private func nowhere(_ cells: [CellVerdict]) -> String {
  if cells.contains(where: { $0.window != nil }) { return "holds in no window" }
  return cells.contains { $0.leg != nil } ? "holds in no leg" : "holds nowhere"
}

/// For example `holds from 7d upward`, per merge state if there are several. Nil if it holds
/// nowhere.
private func whereItHolds(_ cells: [CellVerdict]) -> String? {
  guard cells.contains(where: { $0.outcome == .supported }) else { return nil }
  let states = cells.map(\.mergeState).uniqued()
  let clauses = states.map { state in
    let clause = windowsWhereItHolds(cells.filter { $0.mergeState == state })
    return states.count > 1 ? "\(clause) (\(state ?? ""))" : clause
  }
  return "holds " + clauses.joined(separator: ", ")
}

private func windowsWhereItHolds(_ cells: [CellVerdict]) -> String {
  let legs = cells.filter { $0.outcome == .supported }.compactMap { $0.leg.map { "'\($0)'" } }
  if !legs.isEmpty { return "in " + legs.joined(separator: ", ") }
  let held = cells.map { $0.outcome == .supported }
  let names = cells.filter { $0.outcome == .supported }.compactMap(\.window)
  guard let first = names.first, let last = names.last, let start = held.firstIndex(of: true) else {
    return held.contains(true) ? "throughout" : "nowhere"
  }
  if names.count == cells.count { return "in every window" }
  if names.count == 1 { return "at \(first) only" }
  if held[start...].allSatisfy(\.self) { return "from \(first) upward" }
  if held.prefix(names.count).allSatisfy(\.self) { return "up to \(last)" }
  return "at " + names.joined(separator: ", ")
}
