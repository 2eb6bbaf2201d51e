// Runs the memory limit searches.

import Analysis
import BenchmarkSpec
import RunStore
import Units

extension Run {
  /// Nil if the benchmark has none.
  private var frontier: MemoryLimitSearch? {
    plan.benchmark.frontier.map {
      MemoryLimitSearch(
        $0, paths: plan.paths.map(\.name), windows: plan.benchmark.windows,
        spanMs: plan.source.dataset?.span.milliseconds ?? 0)
    }
  }

  /// Nil if there is none.
  func nextProbe(in state: MergeState) -> MemoryLimitProbe? {
    frontier?.next(in: state.description, after: folder.records)
  }

  /// Runs the probes of a merge state that are not recorded.
  func probe(_ state: MergeState, with exporter: Exporter, _ truth: Truth) async throws {
    var expectations = exporter.windows
    while var probe = nextProbe(in: state) {
      guard let path = plan.paths.first(where: { $0.name == probe.path }) else { return }
      let window = TimeSpan(milliseconds: probe.windowMs)
      let expected = expectations[window] ?? truth.expectation(of: window)
      expectations[window] = expected
      tell(.probing(probe))
      let cell = PlannedAttempt(
        mergeState: state, phase: .measured, repeat: probe.probe, window: window, path: path)
      let limited = exporter.limited(
        to: probe.limitBytes, spillingAt: plan.benchmark.frontier?.spillShare, window,
        giving: expected)
      let sample = try await limited.attempt(cell, number: probe.probe)
      try end(ifStopped: sample)
      probe.end(with: sample)
      try folder.append(probe)
    }
  }
}
