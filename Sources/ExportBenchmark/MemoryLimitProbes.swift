// Exports under memory limits, one after another, until it is known which of them finish.

import BenchmarkSpec
import ClickHouseClient
import Units

/// Makes the probes of a run's memory limit searches.
struct MemoryLimitProbes {
  private let session: ExportSession
  private let exporter: Exporter
  private let truth: Truth

  init(_ session: ExportSession, _ exporter: Exporter, _ truth: Truth) {
    (self.session, self.exporter, self.truth) = (session, exporter, truth)
  }

  /// Makes the probes of a state of merges that are not recorded yet.
  func run(in state: MergeState) async throws {
    let plan = session.plan
    var expectations = exporter.windows
    while var probe = RemainingWork(plan: plan, records: session.folder.records)
      .nextProbe(in: state)
    {
      guard let path = plan.paths.first(where: { $0.name == probe.path }) else { return }
      let window = TimeSpan(milliseconds: probe.windowMs)
      let expected = expectations[window] ?? truth.expectation(of: window)
      expectations[window] = expected
      session.tell(.probing(probe))
      let cell = PlannedAttempt(
        mergeState: state, period: .measured, repeat: probe.probe, window: window, path: path)
      let limit = MemoryLimit(
        bytes: probe.limitBytes, spillShare: plan.benchmark.memoryLimits?.spillShare)
      let limited = limit.applied(to: exporter, window, giving: expected)
      let sample = try await limited.attempt(cell, number: probe.probe)
      try sample.endRunIfStopped()
      probe.end(with: sample)
      try session.folder.append(probe)
    }
  }
}

/// The memory limit of an export.
struct MemoryLimit {
  /// `max_memory_usage`. Every query has its own limit, so that one which exceeds it disturbs
  /// no other.
  let bytes: Int
  /// The share of it from which sorts and aggregations spill; nil for the server's own.
  var spillShare: Double?

  /// Makes an exporter of one window, which need not be one of the benchmark's, under the limit.
  func applied(
    to exporter: Exporter, _ window: TimeSpan, giving expected: Exporter.Expectation
  ) -> Exporter {
    var limited = exporter
    limited.windows = [window: expected]
    limited.settings[MemoryLimitQuestion.limitSetting] = "\(bytes)"
    // A server whose profile injects faults would refuse by chance.
    limited.settings["memory_tracker_fault_probability"] = "0"
    guard let spillShare else { return limited }
    for name in MemoryLimitQuestion.spillSettings {
      limited.settings[name] = "\(Int(Double(bytes) * spillShare))"
    }
    // An older server does not know them, and spills by bytes alone.
    if exporter.workspace.version >= ServerVersion(25, 1) {
      for name in MemoryLimitQuestion.spillRatios { limited.settings[name] = "0" }
    }
    return limited
  }
}
