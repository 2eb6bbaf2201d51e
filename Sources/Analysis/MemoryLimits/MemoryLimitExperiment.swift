// The memory limit search as an experiment.

import RunStore

/// The least memory limit of each window, and the largest window of each limit.
package struct MemoryLimitExperiment: Experiment {
  package static let kinds: [any Filed.Type] = [MemoryLimitProbe.self]

  package let searches: [MemoryLimitFinding]

  package init(_ run: RecordedRun) {
    searches = MemoryLimitFinding.all(run.records, run.manifest)
  }

  package func summaryRows(_ run: RecordedRun) -> [SummaryRow] {
    searches.flatMap { $0.rows(baseline: run.manifest.baseline) }
  }

  package static func listings(_ records: Records) -> [RowListing] {
    [
      RowListing(
        records.memoryLimits,
        columns: [
          "probe", "search", "limit_bytes", "status", "memory_peak_bytes", "client_wall_ms",
        ],
        key: { source($0.mergeState, $0.path) }, title: { "\($0.path) (\($0.mergeState))" })
    ]
  }

  package static func sources(of row: SummaryRow) -> [RowGroup.Key] {
    guard row.scope == .memoryLimit else { return [] }
    let paths = row.subject.split(separator: " ").first?.split(separator: "/") ?? []
    return paths.map { source(row.mergeState, String($0)) }
  }

  private static func source(_ mergeState: String?, _ path: String) -> RowGroup.Key {
    RowGroup.Key(MemoryLimitProbe.self, mergeState: mergeState, subject: path)
  }
}

extension SummaryScope {
  /// Memory limits under which exports finish: found by bisection, so no interval.
  package static let memoryLimit = SummaryScope(rawValue: "memory_limits")
}

extension Findings {
  /// Under which memory limit each path can export each window, and how much within a limit.
  package var memoryLimits: [MemoryLimitFinding] {
    self[MemoryLimitExperiment.self]?.searches ?? []
  }
}
