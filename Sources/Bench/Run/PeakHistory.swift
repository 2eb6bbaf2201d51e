// The peaks of memory so far, by what was attempted: for the line that shows a run's progress.

import Results

/// What counted attempts took, so that nobody has to look through all samples for each attempt.
struct PeakHistory {
  private struct Key: Hashable {
    let path: String
    let window: String
    let mergeState: String
    let kind: AttemptKind
  }

  private var peaks: [Key: [Int]] = [:]

  /// Begins with what is recorded already.
  init(_ samples: [Sample]) { for sample in samples { add(sample) } }

  /// Adds an attempt, if it counts and its peak is known.
  mutating func add(_ sample: Sample) {
    guard sample.phase == .measured, sample.status == .ok, let peak = sample.memoryPeakBytes else {
      return
    }
    let key = Key(
      path: sample.path, window: sample.window, mergeState: sample.mergeState, kind: sample.kind)
    peaks[key, default: []].append(peak)
  }

  /// The peaks of the attempts like this one, in bytes, in their order.
  func peaks(like cell: Cell) -> [Int] {
    let key = Key(
      path: cell.path.name, window: cell.window.description,
      mergeState: cell.mergeState.description, kind: cell.kind)
    return peaks[key] ?? []
  }
}
