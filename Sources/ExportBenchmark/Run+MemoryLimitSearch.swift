// Exports under memory limits, one after another, until it is known which of them finish.

import Analysis
import BenchmarkSpec
import RunStore
import Units

extension Run {
  /// The searches of the run; nil where the benchmark asks for none.
  private var limitSearch: MemoryLimitSearch? {
    plan.benchmark.memoryLimits.map {
      MemoryLimitSearch(
        $0, paths: plan.paths.map(\.name), windows: plan.benchmark.windows,
        spanMs: plan.source.dataset?.span.milliseconds ?? 0)
    }
  }

  /// The next probe in a state of merges; nil when there is none to be made.
  func nextProbe(in state: MergeState) -> MemoryLimitProbe? {
    limitSearch?.next(in: state.description, after: folder.records)
  }

  /// Makes the probes of a state of merges that are not recorded yet.
  func probe(_ state: MergeState, with exporter: Exporter, _ truth: Truth) async throws {
    var expectations = exporter.windows
    while var probe = nextProbe(in: state) {
      guard let path = plan.paths.first(where: { $0.name == probe.path }) else { return }
      let window = TimeSpan(milliseconds: probe.windowMs)
      let expected = expectations[window] ?? truth.expectation(of: window)
      expectations[window] = expected
      tell(.probing(probe))
      let cell = PlannedAttempt(
        mergeState: state, period: .measured, repeat: probe.probe, window: window, path: path)
      let limited = exporter.limited(
        to: probe.limitBytes, spillingAt: plan.benchmark.memoryLimits?.spillShare, window,
        giving: expected)
      let sample = try await limited.attempt(cell, number: probe.probe)
      try end(ifStopped: sample)
      probe.end(with: sample)
      try folder.append(probe)
    }
  }
}
