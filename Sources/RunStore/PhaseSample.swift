// One phase of a load, and how the table stood at its end: a row of phases.csv.

import BenchmarkSpec
import CSVRecords

package enum PhaseEnding: String, CSVField, Codable {
  /// All that was planned was made, or given up.
  case whole
  /// Somebody ended the run.
  case interrupted
}

/// One phase. What could not be measured is nil, never 0.
package struct PhaseSample: Equatable, Recorded {
  /// Its place in the run, from 1.
  package var phase = 0
  /// Which round, from 1; nil of a trial of a search.
  package var round: Int?
  /// What goes on.
  package var traffic = StreamMix.both
  package var target = InsertTarget.withView
  /// The export's name; nil where nothing is exported.
  package var export: String?
  /// The search that it is a trial of; nil of a round.
  package var search: String?
  /// What the search tries: requests per second in thousandths, or connections.
  package var position: Int?
  /// When it began, ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  package var ending = PhaseEnding.whole
  /// How long requests do not count, in milliseconds.
  package var warmupMs = 0
  /// How long requests count after that, in milliseconds.
  package var durationMs = 0
  /// Until the last request had ended, in milliseconds.
  package var elapsedMs = 0.0
  /// Requests that should have begun: rows in requests.csv.
  package var plannedRequests = 0
  /// CPU time of this process, in milliseconds.
  package var driverCPUMs: Double?
  /// Processors that this process may use.
  package var driverCores: Int?
  /// The server's resident memory at its highest, by the kernel, in bytes.
  package var serverRSSPeakBytes: Int?
  /// Rows that were in the table before the phase.
  package var preloadedRows = 0
  /// Batches that the server acknowledged, and their rows.
  package var acknowledgedBatches = 0
  /// See `acknowledgedBatches`.
  package var acknowledgedRows = 0
  /// Batches that may be in the table or not: refused, or without an answer.
  package var uncertainBatches = 0
  package var uncertainRows = 0
  /// Rows in the table at the end; a ReplacingMergeTree drops versions, so it is at most all that
  /// were sent.
  package var tableRows: Int?
  /// Different ids in the table.
  package var tableIDs: Int?
  /// Different ids among preloaded and acknowledged rows.
  package var expectedIDs: Int?
  /// Ids whose newest acknowledged version is not in the table: lost rows.
  package var missingIDs: Int?
  /// Ids of which the table holds something that was never sent, or could not be.
  package var strangeIDs: Int?
  /// Ids of which the table holds something that only an uncertain batch can have brought.
  package var uncertainFoundIDs: Int?
  /// Rows that are in the table twice, of the same id, version and content: doubled inserts that no
  /// merge has put together yet.
  package var doubledRows: Int?
  /// Ids that were acknowledged and that the view lacks; nil without one.
  package var viewMissingIDs: Int?
  /// Bytes of the parts that inserts made in table and view, without those of preloaded rows; nil
  /// where nothing was inserted, or `part_log` does not say.
  package var insertedBytes: Int?
  /// Bytes of the parts that merges made, until the phase had ended.
  package var mergedBytes: Int?
  /// Why the table could not be looked at, in one line.
  package var balanceError: String?
  /// Exports that arrived whole, with another number of rows than the server's log has; nil where
  /// nothing was exported, or the log could not be read.
  package var otherRowsExports: Int?
  /// Export streams whose file, made once more at the end, is not what the server returned; nil
  /// where nothing was exported, or that could not be compared.
  package var changedExports: Int?
  /// Why exports could not be compared, or how they differ, in one line.
  package var exportsError: String?

  package init() {}
}

extension PhaseSample {
  /// Whether the table holds what it must: nil where it could not be looked at.
  package var isBalanced: Bool? {
    guard let missingIDs, let strangeIDs, let doubledRows else { return nil }
    return missingIDs == 0 && strangeIDs == 0 && doubledRows == 0 && viewMissingIDs ?? 0 == 0
  }
}

extension PhaseSample {
  /// Whether exports arrived with other rows or values than the server returned.
  package var hasWrongExports: Bool { otherRowsExports ?? 0 > 0 || changedExports ?? 0 > 0 }
}

extension PhaseSample: Filed {
  package static let fileName = "phases.csv"
  package static var list: WritableKeyPath<Records, [PhaseSample]> & Sendable { \.phases }

  package static let columns: [CSVColumn<PhaseSample>] = [
    CSVColumn("phase", \.phase),
    CSVColumn("round", \.round),
    CSVColumn("traffic", \.traffic),
    CSVColumn("target", \.target),
    CSVColumn("export", \.export),
    CSVColumn("search", \.search),
    CSVColumn("position", \.position),
    CSVColumn("started_at", \.startedAt),
    CSVColumn("ending", \.ending),
    CSVColumn("warmup_ms", \.warmupMs),
    CSVColumn("duration_ms", \.durationMs),
    CSVColumn("elapsed_ms", \.elapsedMs),
    CSVColumn("planned_requests", \.plannedRequests),
    CSVColumn("driver_cpu_ms", \.driverCPUMs),
    CSVColumn("driver_cores", \.driverCores),
    CSVColumn("server_rss_peak_bytes", \.serverRSSPeakBytes),
    CSVColumn("preloaded_rows", \.preloadedRows),
    CSVColumn("acknowledged_batches", \.acknowledgedBatches),
    CSVColumn("acknowledged_rows", \.acknowledgedRows),
    CSVColumn("uncertain_batches", \.uncertainBatches),
    CSVColumn("uncertain_rows", \.uncertainRows),
    CSVColumn("table_rows", \.tableRows),
    CSVColumn("table_ids", \.tableIDs),
    CSVColumn("expected_ids", \.expectedIDs),
    CSVColumn("missing_ids", \.missingIDs),
    CSVColumn("strange_ids", \.strangeIDs),
    CSVColumn("uncertain_found_ids", \.uncertainFoundIDs),
    CSVColumn("doubled_rows", \.doubledRows),
    CSVColumn("view_missing_ids", \.viewMissingIDs),
    CSVColumn("balance_error", \.balanceError),
    CSVColumn("other_rows_exports", \.otherRowsExports),
    CSVColumn("changed_exports", \.changedExports),
    CSVColumn("exports_error", \.exportsError),
    CSVColumn("inserted_bytes", \.insertedBytes),
    CSVColumn("merged_bytes", \.mergedBytes),
  ]
}
