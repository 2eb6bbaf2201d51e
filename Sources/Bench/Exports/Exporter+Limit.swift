// An export under a memory limit: the attempt is the exporter's own, with other settings.

import Units

extension Exporter {
  /// The setting that limits the memory of a query.
  static let limitSetting = "max_memory_usage"

  /// Makes an exporter for one window, which need not be one of the benchmark's, under a limit.
  ///
  /// - Parameters:
  ///   - limit: `max_memory_usage`, in bytes. Every query has a limit of its own, so that one which
  ///     runs into it disturbs no other.
  ///   - window: the window.
  ///   - expected: what it must give.
  /// - Returns: the same exporter but for these.
  func limited(to limit: Int, _ window: TimeSpan, giving expected: Expectation) -> Exporter {
    var exporter = self
    exporter.windows = [window: expected]
    exporter.settings[Self.limitSetting] = "\(limit)"
    // A server whose profile injects faults would refuse by chance.
    exporter.settings["memory_tracker_fault_probability"] = "0"
    return exporter
  }
}
