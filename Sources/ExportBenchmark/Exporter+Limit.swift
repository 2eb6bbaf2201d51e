// An export under a memory limit: the attempt is the exporter's own, with other settings.

import BenchmarkSpec
import ClickHouseClient
import Units

extension Exporter {
  /// Makes an exporter for one window, which need not be one of the benchmark's, under a limit.
  ///
  /// - Parameters:
  ///   - limit: `max_memory_usage`, in bytes. Every query has a limit of its own, so that one which
  ///     runs into it disturbs no other.
  ///   - spillShare: from which share of it sorts and aggregations spill; nil leaves it be.
  ///   - window: the window.
  ///   - expected: what it must give.
  /// - Returns: the same exporter but for these.
  package func limited(
    to limit: Int, spillingAt spillShare: Double? = nil, _ window: TimeSpan,
    giving expected: Expectation
  ) -> Exporter {
    var exporter = self
    exporter.windows = [window: expected]
    exporter.settings[MemoryLimitQuestion.limitSetting] = "\(limit)"
    if let spillShare {
      for name in MemoryLimitQuestion.spillSettings {
        exporter.settings[name] = "\(Int(Double(limit) * spillShare))"
      }
      // An older server does not know them, and spills by bytes alone.
      if workspace.version >= ServerVersion(25, 1) {
        for name in MemoryLimitQuestion.spillRatios { exporter.settings[name] = "0" }
      }
    }
    // A server whose profile injects faults would refuse by chance.
    exporter.settings["memory_tracker_fault_probability"] = "0"
    return exporter
  }
}
