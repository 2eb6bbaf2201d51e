// Results of attempts so far by cell, for the progress line.

import BenchmarkSpec
import RunStore

/// Peaks of measured attempts, indexed so that they need not be searched for each attempt.
package struct PeakHistory {
  package struct Known: Sendable {
    /// Peak memory in bytes, in the order of attempts.
    package var peaks: [Int] = []
    /// Whether an attempt or the content check found wrong rows.
    package var isWrong = false
  }

  private struct Key: Hashable {
    let path: String
    let window: String
    let mergeState: String
    let kind: AttemptKind
  }

  private var cells: [Key: Known] = [:]
  private let wrongAnswers: Set<[String]>

  package init(_ records: Records) {
    wrongAnswers = Set(
      records.verifications.filter { $0.status == .wrongRows }
        .map { [$0.mergeState, $0.path, $0.window] })
    for sample in records.samples { add(sample) }
  }

  /// Adds the attempt's peak if it is measured and known, or that its rows are wrong.
  package mutating func add(_ sample: Sample) {
    let key = Key(
      path: sample.path, window: sample.window, mergeState: sample.mergeState, kind: sample.kind)
    if sample.status == .wrongRows { cells[key, default: Known()].isWrong = true }
    guard sample.period == .measured, sample.status == .ok, let peak = sample.memoryPeakBytes else {
      return
    }
    cells[key, default: Known()].peaks.append(peak)
  }

  package func known(of cell: PlannedAttempt) -> Known {
    let state = cell.mergeState.description
    let window = cell.window.description
    let key = Key(path: cell.path.name, window: window, mergeState: state, kind: cell.kind)
    var known = cells[key] ?? Known()
    known.isWrong = known.isWrong || wrongAnswers.contains([state, cell.path.name, window])
    return known
  }
}
