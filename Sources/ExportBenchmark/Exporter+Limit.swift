// Exports under a memory limit: an exporter with other settings.

import BenchmarkSpec
import ClickHouseClient
import Units

extension Exporter {
  /// - Parameters:
  ///   - limit: `max_memory_usage`, in bytes. It applies per query, so a query that exceeds it
  ///   affects no other.
  ///   - spillShare: share of the limit at which sorts and aggregations spill; nil for the default.
  ///   - window: may differ from the benchmark's windows.
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
      // Older servers do not know them and spill by bytes only.
      if workspace.version >= ServerVersion(25, 1) {
        for name in MemoryLimitQuestion.spillRatios { exporter.settings[name] = "0" }
      }
    }
    // A server with fault injection would refuse at random.
    exporter.settings["memory_tracker_fault_probability"] = "0"
    return exporter
  }
}
