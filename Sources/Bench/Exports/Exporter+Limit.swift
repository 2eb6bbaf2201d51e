// An export under a memory limit: the attempt is the exporter's own, with other settings.

import ClickHouseClient
import Units

extension Exporter {
  /// The setting that limits the memory of a query.
  static let limitSetting = "max_memory_usage"
  /// The settings that say from how many bytes on a query spills to disk, …
  static let spillSettings = [
    "max_bytes_before_external_sort", "max_bytes_before_external_group_by",
  ]
  /// … and those that, by default, keep a sort from it until half of the server's memory is used.
  static let spillRatios = [
    "max_bytes_ratio_before_external_sort", "max_bytes_ratio_before_external_group_by",
  ]

  /// Makes an exporter for one window, which need not be one of the benchmark's, under a limit.
  ///
  /// - Parameters:
  ///   - limit: `max_memory_usage`, in bytes. Every query has a limit of its own, so that one which
  ///     runs into it disturbs no other.
  ///   - spillShare: from which share of it sorts and aggregations spill; nil leaves it be.
  ///   - window: the window.
  ///   - expected: what it must give.
  /// - Returns: the same exporter but for these.
  func limited(
    to limit: Int, spillingAt spillShare: Double? = nil, _ window: TimeSpan,
    giving expected: Expectation
  ) -> Exporter {
    var exporter = self
    exporter.windows = [window: expected]
    exporter.settings[Self.limitSetting] = "\(limit)"
    if let spillShare {
      for name in Self.spillSettings {
        exporter.settings[name] = "\(Int(Double(limit) * spillShare))"
      }
      // An older server does not know them, and spills by bytes alone.
      if workspace.version >= ServerVersion(25, 1) {
        for name in Self.spillRatios { exporter.settings[name] = "0" }
      }
    }
    // A server whose profile injects faults would refuse by chance.
    exporter.settings["memory_tracker_fault_probability"] = "0"
    return exporter
  }
}
