// Which attempts a run makes, and in which order: a pure function of a benchmark.
//
// Order is a confounder. Within a repeat the windows are shuffled, and within a window the paths;
// the attempts of one repeat and window stand side by side, so that a drift of the machine meets
// both paths of a pair alike.

import Exports
import Results
import Units

/// One attempt to make: a path, a window, a merge state, and which repeat of them it is.
public struct Cell: Sendable, Equatable {
  /// The state in which the tables have to be.
  public let mergeState: MergeState
  /// Recorded as a warm-up, or counted.
  public let phase: Phase
  /// 1 for the first; a warm-up counts on its own.
  public let `repeat`: Int
  /// How long after the dataset's start the window ends.
  public let window: TimeSpan
  /// The way of exporting.
  public let path: ExportPath
}

/// What merges have done to the tables when an attempt begins.
public enum MergeState: String, Sendable, CaseIterable {
  /// Merges stopped before the first insert: every insert is a part of its own.
  case fresh
  /// `OPTIMIZE … FINAL`: one part per partition.
  case merged
}

/// The attempts of a run, in order.
public struct Plan: Sendable, Equatable {
  /// Merge state by merge state; in each, warm-ups first.
  public let cells: [Cell]

  /// Plans `repeats` attempts of every path and window in every merge state, and `warmups` before.
  public init(
    mergeStates: [MergeState], windows: [TimeSpan], paths: [ExportPath], repeats: Int,
    warmups: Int, seed: UInt64
  ) {
    var generator = SplitMix64(seed: seed)
    var cells: [Cell] = []
    for state in mergeStates {
      for (phase, count) in [(Phase.warmup, warmups), (Phase.measured, repeats)] {
        for number in 0..<count {
          for window in windows.shuffled(using: &generator) {
            for path in paths.shuffled(using: &generator) {
              cells.append(
                Cell(
                  mergeState: state, phase: phase, repeat: number + 1, window: window, path: path))
            }
          }
        }
      }
    }
    self.cells = cells
  }
}
