// A second of a sustained load: a row of timeline.csv.

import BenchmarkSpec
import CSVRecords

/// How a server stands about once a second while inserts come at a steady rate.
package struct TimelineSample: Equatable, Measured {
  /// Where the inserts go.
  package var target = InsertTarget.plain
  /// Since the load began, in milliseconds.
  package var elapsedMs = 0.0
  /// Inserts that should have begun by now.
  package var plannedInserts = 0
  /// Inserts that the server has acknowledged.
  package var acknowledgedInserts = 0
  package var failedInserts = 0
  /// Rows of the acknowledged inserts.
  package var acknowledgedRows = 0
  /// How long the insert took that ended last, in milliseconds; nil where none ended since the row
  /// before.
  package var lastInsertMs: Double?
  /// The longest insert that ended since the row before, in milliseconds.
  package var maxInsertMs: Double?
  /// How late the next insert is that should have begun, in milliseconds; 0 if none is due.
  package var lagMs = 0.0
  /// Active parts of the table.
  package var tableParts: Int?
  /// Active parts of the view; nil without one.
  package var viewParts: Int?
  /// Merges that run.
  package var runningMerges: Int?
  /// Bytes on disk that they read.
  package var mergingBytes: Int?
  /// The server's resident memory, as it says itself, in bytes.
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

  /// Nothing is derived.
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
