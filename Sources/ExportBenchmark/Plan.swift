// Order of the attempts of a run: a pure function of the benchmark.
//
// Order is a confounder. Within a repeat the windows are shuffled, and within a window the paths;
// attempts of one repeat and window are adjacent, so that drift affects both paths of a pair. The
// order of a repeat depends only on the seed and its number, so a resumed run continues with the
// same order.

import BenchmarkSpec
import ExportPaths
import Statistics
import Units

/// An attempt to make: path, window, merge state and repeat.
package struct PlannedAttempt: Sendable, Equatable {
  package let mergeState: MergeState
  package let period: Period
  /// From 1; warm-ups are numbered separately.
  package let `repeat`: Int
  /// End of the window after the dataset's start.
  package let window: TimeSpan
  package let path: ExportPath
  package var kind = AttemptKind.export(.stream)
}

package struct Plan: Sendable, Equatable {
  private let mergeStates: [MergeState]
  private let windows: [TimeSpan]
  private let paths: [ExportPath]
  private let kinds: [AttemptKind]
  private let repeats: Int
  private let warmups: Int
  private let seed: UInt64
  /// This driver's share of the measured repeats; nil for all.
  package var driver: DriverShard?

  /// Plans `repeats` attempts of every kind, path and window in every merge state, after `warmups`.
  package init(
    mergeStates: [MergeState], windows: [TimeSpan], paths: [ExportPath],
    kinds: [AttemptKind] = [.export(.stream)], repeats: Int, warmups: Int, seed: UInt64
  ) {
    self.mergeStates = mergeStates
    self.windows = windows
    self.paths = paths
    self.kinds = kinds
    self.repeats = repeats
    self.warmups = warmups
    self.seed = seed
  }

  /// Number of attempts planned in advance.
  package var count: Int {
    mergeStates.count * windows.count * paths.count * kinds.count * (repeats + warmups)
  }

  /// By merge state; warm-ups first.
  package var cells: [PlannedAttempt] { mergeStates.flatMap(cells(in:)) }

  /// Warm-ups first.
  package func cells(in state: MergeState) -> [PlannedAttempt] {
    [(Period.warmup, warmups), (.measured, repeats)].flatMap { period, count in
      (0..<count).filter { period == .warmup || driver?.holds($0 + 1) != false }.flatMap {
        repetition($0 + 1, period, in: state)
      }
    }
  }

  /// One repeat: every path in each kind and window.
  ///
  /// - Parameters:
  ///   - number: from 1; may lie beyond what is planned in advance.
  ///   - period: warm-up or measured.
  ///   - chosen: the windows; nil for all.
  package func repetition(
    _ number: Int, _ period: Period, in state: MergeState, windows chosen: [TimeSpan]? = nil
  ) -> [PlannedAttempt] {
    let place = "\(state) \(period.rawValue) \(number)"
    // FNV-1a (Fowler, Noll, Vo).
    let key = place.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { hash, byte in
      (hash ^ UInt64(byte)) &* 1_099_511_628_211
    }
    var generator = SplitMix64(seed: seed ^ key)
    return (chosen ?? windows).shuffled(using: &generator).flatMap { window in
      paths.flatMap { path in kinds.map { (path, $0) } }.shuffled(using: &generator).map {
        PlannedAttempt(
          mergeState: state, period: period, repeat: number, window: window, path: $0.0, kind: $0.1)
      }
    }
  }
}
