// A second of inserts at a constant rate in timeline.csv: written before 0.2, and only read.

import BenchmarkSpec
import CSVRecords

/// A row of timeline.csv; see ``SecondSample`` for what is written today.
package struct TimelineSample: Equatable, Filed {
  package var target = InsertTarget.plain
  /// Since the inserts began, in milliseconds.
  package var elapsedMs = 0.0
  /// Inserts due so far.
  package var plannedInserts = 0
  package var acknowledgedInserts = 0
  package var failedInserts = 0
  package var acknowledgedRows = 0
  /// Time of the insert that ended last since the row before, in milliseconds.
  package var lastInsertMs: Double?
  /// Time of the longest of these, in milliseconds.
  package var maxInsertMs: Double?
  /// Delay of the next due insert, in milliseconds; 0 if none is due.
  package var lagMs = 0.0
  package var tableParts: Int?
  /// Nil without a view.
  package var viewParts: Int?
  package var runningMerges: Int?
  /// Bytes on disk that merges read.
  package var mergingBytes: Int?
  /// The server's resident memory by its own account, in bytes.
  package var serverMemoryBytes: Int?

  package init() {}

  package static let fileName = "timeline.csv"

  package static let columns: [CSVColumn<TimelineSample>] = [
    CSVColumn("target", \.target),
    CSVColumn("elapsed_ms", \.elapsedMs),
    CSVColumn("planned_inserts", \.plannedInserts),
    CSVColumn("acknowledged_inserts", \.acknowledgedInserts),
    CSVColumn("failed_inserts", \.failedInserts),
    CSVColumn("acknowledged_rows", \.acknowledgedRows),
    CSVColumn("last_insert_ms", \.lastInsertMs),
    CSVColumn("max_insert_ms", \.maxInsertMs),
    CSVColumn("lag_ms", \.lagMs),
    CSVColumn("table_parts", \.tableParts),
    CSVColumn("view_parts", \.viewParts),
    CSVColumn("running_merges", \.runningMerges),
    CSVColumn("merging_bytes", \.mergingBytes),
    CSVColumn("server_memory_bytes", \.serverMemoryBytes),
  ]
}

extension Records {
  package var timeline: [TimelineSample] {
    get { self[TimelineSample.self] }
    _modify { yield &self[TimelineSample.self] }
  }
}
