// What is left to do of a run by its plan and records.

import Analysis
import BenchmarkSpec
import ExportPaths
import RunStore
import Units

/// The attempts and checks of a plan that are not recorded.
struct RemainingWork {
  let plan: RunPlan
  let records: Records

  /// The planned attempts that are not recorded, in their order.
  func todo(in states: [MergeState]) -> [PlannedAttempt] {
    let done = attemptsMade
    return states.flatMap(plan.plan.cells(in:)).filter { !done.contains(Attempt($0)) }
  }

  /// The attempts of another repeat in the windows whose interval is wider than asked; nil when no
  /// interval is, or all have the most repeats.
  func more(in state: MergeState) throws -> [PlannedAttempt]? {
    guard let precision = plan.benchmark.precision else { return nil }
    let short = try precision.shortfalls(
      in: records, paths: plan.paths.map(\.name), baseline: plan.paths[0].name
    ).filter { $0.mergeState == state.description }
    guard !short.isEmpty else { return nil }
    let done = attemptsMade
    let cells = (1...(short.map(\.repeats).max() ?? 1)).flatMap { number in
      plan.plan.repetition(
        number, .measured, in: state,
        windows: plan.benchmark.windows.filter { window in
          short.contains { $0.window == window.description && $0.repeats >= number }
        })
    }.filter { !done.contains(Attempt($0)) }
    // What can only be had by repeating an attempt that lost its server is not to be had.
    return cells.isEmpty ? nil : cells
  }

  /// The paths and windows whose answers have not been checked in a state of merges.
  func checksToDo(in state: MergeState) -> [(path: ExportPath, window: TimeSpan)] {
    let done = Set(
      records.verifications.filter { $0.mergeState == state.description }
        .map { "\($0.path) \($0.window)" })
    return plan.benchmark.windows.flatMap { window in
      plan.paths.map { (path: $0, window: window) }
    }
    .filter { !done.contains("\($0.path.name) \($0.window)") }
  }

  /// Whether nothing is left to do in a state of merges.
  func isDone(_ state: MergeState) throws -> Bool {
    try todo(in: [state]).isEmpty && checksToDo(in: state).isEmpty && more(in: state) == nil
      && nextProbe(in: state) == nil
  }

  /// The next probe in a state of merges; nil when there is none to be made.
  func nextProbe(in state: MergeState) -> MemoryLimitProbe? {
    plan.benchmark.memoryLimits.flatMap {
      MemoryLimitSearch(
        $0, paths: plan.paths.map(\.name), windows: plan.benchmark.windows,
        spanMs: plan.source.dataset?.span.milliseconds ?? 0
      ).next(in: state.description, after: records)
    }
  }

  /// What identifies an attempt, made or planned.
  private struct Attempt: Hashable {
    let state: String
    let period: Period
    let number: Int
    let window: String
    let path: String
    let kind: AttemptKind

    init(_ cell: PlannedAttempt) {
      state = cell.mergeState.description
      period = cell.period
      number = cell.repeat
      window = cell.window.description
      path = cell.path.name
      kind = cell.kind
    }

    init(_ sample: Sample) {
      state = sample.mergeState
      period = sample.period
      number = sample.repeat
      window = sample.window
      path = sample.path
      kind = sample.kind
    }
  }

  /// An attempt that ended with the connection, or by a guard, is no result of the path.
  private var attemptsMade: Set<Attempt> {
    Set(records.samples.filter { !$0.lostItsServer }.map(Attempt.init))
  }
}

extension Sample {
  /// Whether it failed without an answer from the server, or a guard ended it: that is no property
  /// of the path.
  var lostItsServer: Bool {
    status == .stopped
      || status == .failed && errorCode == nil && !ConsumerError.isMeant(by: errorName)
  }
}
