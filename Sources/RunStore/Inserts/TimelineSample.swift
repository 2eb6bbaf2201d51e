// One second of a sustained load: a row of timeline.csv.

import BenchmarkSpec
import CSVRecords

/// A sample about once a second.
package struct TimelineSample: Equatable, Measured {
  package var target = InsertTarget.plain
  /// In milliseconds since the start of the load.
  package var elapsedMs = 0.0
  /// Inserts due so far.
  package var plannedInserts = 0
  package var acknowledgedInserts = 0
  package var failedInserts = 0
  package var acknowledgedRows = 0
  /// Duration of the last finished insert, in milliseconds; nil if none finished since the previous
  /// row.
  package var lastInsertMs: Double?
  /// Maximum since the previous row, in milliseconds.
  package var maxInsertMs: Double?
  /// Delay of the next due insert, in milliseconds; 0 if none is due.
  package var lagMs = 0.0
  package var tableParts: Int?
  /// Nil without a view.
  package var viewParts: Int?
  package var runningMerges: Int?
  /// Bytes on disk that merges read.
  package var mergingBytes: Int?
  /// Resident memory reported by the server, in bytes.
  package var serverMemoryBytes: Int?

  package init() {}
}

extension TimelineSample {
  package static let columns: [CSVColumn<TimelineSample>] = [
    CSVColumn("target", \.target),
    CSVColumn("elapsed_ms", \.elapsedMs),
    CSVColumn("planned_inserts", \.plannedInserts),
    CSVColumn("acknowledged_inserts", \.acknowledgedInserts),
    CSVColumn("failed_inserts", \.failedInserts),
    CSVColumn("acknowledged_rows", \.acknowledgedRows),
    CSVColumn("last_insert_ms", \.lastInsertMs, figure: "last insert"),
    CSVColumn("max_insert_ms", \.maxInsertMs, figure: "longest insert"),
    CSVColumn("lag_ms", \.lagMs, figure: "lag"),
    CSVColumn("table_parts", \.tableParts, figure: "parts of the table"),
    CSVColumn("view_parts", \.viewParts, figure: "parts of the view"),
    CSVColumn("running_merges", \.runningMerges, figure: "running merges"),
    CSVColumn("merging_bytes", \.mergingBytes, figure: "bytes being merged"),
    CSVColumn("server_memory_bytes", \.serverMemoryBytes, figure: "server memory"),
  ]

  package static let derivedFigures: [Figure<TimelineSample>] = []
}

extension TimelineSample: Filed {
  package static let fileName = "timeline.csv"
}

extension Records {
  package var timeline: [TimelineSample] {
    get { self[TimelineSample.self] }
    _modify { yield &self[TimelineSample.self] }
  }
}
