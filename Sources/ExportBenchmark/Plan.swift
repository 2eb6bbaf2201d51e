// Which attempts a run makes, and in which order: a pure function of a benchmark.
//
// Order is a confounder. Within a repeat the windows are shuffled, and within a window the paths;
// the attempts of one repeat and window stand side by side, so that a drift of the machine meets
// both paths of a pair alike. The order within a repeat follows from the seed and from which repeat
// it is, and from nothing that was measured: a run that is resumed goes on as it would have.

import BenchmarkSpec
import ExportPaths
import Statistics
import Units

/// One attempt to make: a path, a window, a merge state, and which repeat of them it is.
package struct PlannedAttempt: Sendable, Equatable {
  /// The state in which the tables have to be.
  package let mergeState: MergeState
  /// Recorded as a warm-up, or counted.
  package let period: Period
  /// 1 for the first; a warm-up counts on its own.
  package let `repeat`: Int
  /// How long after the dataset's start the window ends.
  package let window: TimeSpan
  /// The way of exporting.
  package let path: ExportPath
  /// How far the server goes with it, and what becomes of the bytes.
  package var kind = AttemptKind.export(.stream)
}

/// The attempts of a run, in order.
package struct Plan: Sendable, Equatable {
  private let mergeStates: [MergeState]
  private let windows: [TimeSpan]
  private let paths: [ExportPath]
  private let kinds: [AttemptKind]
  private let repeats: Int
  private let warmups: Int
  private let seed: UInt64
  /// The share of the counted repeats that is made; nil for all.
  package var driver: DriverShard?

  /// Plans `repeats` attempts of every kind, path and window in every merge state, and `warmups`
  /// before.
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

  /// How many attempts are planned in advance.
  package var count: Int {
    mergeStates.count * windows.count * paths.count * kinds.count * (repeats + warmups)
  }

  /// Everything that is planned in advance: merge state by merge state; in each, warm-ups first.
  package var cells: [PlannedAttempt] { mergeStates.flatMap(cells(in:)) }

  /// What is planned in advance in one merge state, warm-ups first.
  package func cells(in state: MergeState) -> [PlannedAttempt] {
    [(Period.warmup, warmups), (.measured, repeats)].flatMap { period, count in
      (0..<count).filter { period == .warmup || driver?.holds($0 + 1) != false }.flatMap {
        repetition($0 + 1, period, in: state)
      }
    }
  }

  /// One repetition: every path once, in each kind, in each of the windows.
  ///
  /// - Parameters:
  ///   - number: which one, from 1; it may lie beyond what is planned in advance.
  ///   - period: warm-up or measured.
  ///   - state: the merge state.
  ///   - chosen: the windows, or nil for all.
  /// - Returns: the attempts in their order.
  package func repetition(
    _ number: Int, _ period: Period, in state: MergeState, windows chosen: [TimeSpan]? = nil
  ) -> [PlannedAttempt] {
    let place = "\(state) \(period.rawValue) \(number)"
    // Fowler, Noll, Vo: FNV-1a.
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
