// A phase of a load test with its delivery audit: a row of phases.csv.

import BenchmarkSpec
import CSVRecords

package enum PhaseOutcome: String, CSVField, Codable {
  /// All planned requests were sent or abandoned.
  case whole
  /// The run was interrupted.
  case interrupted
}

/// Values that were not measured are nil, never 0.
package struct PhaseSample: Equatable, Recorded {
  /// From 1.
  package var phase = 0
  /// From 1; nil for a trial of a search.
  package var round: Int?
  package var streamMix = StreamMix.both
  package var target = InsertTarget.withView
  /// Nil if there is no export.
  package var export: String?
  /// Search of which this is a trial; nil for a round.
  package var search: String?
  /// Tried value: requests per second in thousandths, or connections.
  package var position: Int?
  /// ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  package var outcome = PhaseOutcome.whole
  /// In milliseconds.
  package var warmupMs = 0
  /// Measured time, in milliseconds.
  package var durationMs = 0
  /// Until the end of the last request, in milliseconds.
  package var elapsedMs = 0.0
  /// Requests that were due, which have rows in requests.csv.
  package var plannedRequests = 0
  /// CPU time of this process, in milliseconds.
  package var driverCPUMs: Double?
  /// Processors available to this process.
  package var driverCores: Int?
  /// Maximum resident memory of the server, from the kernel, in bytes.
  package var serverRSSPeakBytes: Int?
  /// Rows in the table before the phase.
  package var preloadedRows = 0
  package var acknowledgedBatches = 0
  package var acknowledgedRows = 0
  /// Refused or unanswered batches, which may or may not be stored.
  package var uncertainBatches = 0
  package var uncertainRows = 0
  /// At the end; a ReplacingMergeTree drops versions, so at most the number of sent rows.
  package var tableRows: Int?
  /// Distinct ids in the table.
  package var tableIDs: Int?
  /// Distinct ids of preloaded and acknowledged rows.
  package var expectedIDs: Int?
  /// Ids whose newest acknowledged version is missing: lost rows.
  package var missingIDs: Int?
  /// Ids with rows in the table that were never sent.
  package var unexpectedIDs: Int?
  /// Ids with rows that only an uncertain batch can have stored.
  package var uncertainPresentIDs: Int?
  /// Identical rows (id, version, content) that no merge has combined yet: duplicated inserts.
  package var doubledRows: Int?
  /// Acknowledged ids missing in the view; nil without a view.
  package var viewMissingIDs: Int?
  /// Why the table could not be checked, in one line.
  package var auditError: String?
  /// Bytes of the parts that inserts wrote in table and view, without preloaded rows; nil without
  /// inserts or `part_log`.
  package var insertedBytes: Int?
  /// Bytes of the parts that merges wrote until the phase ended.
  package var mergedBytes: Int?
  /// Complete exports with a different number of rows than in the server's query log; nil without
  /// exports or log.
  package var otherRowsExports: Int?
  /// Export streams whose file, exported again at the end, differs from what the server returned;
  /// nil if not compared.
  package var changedExports: Int?
  /// Why exports could not be compared, or how they differ, in one line.
  package var exportsError: String?

  package init() {}
}

extension PhaseSample {
  /// Nil if the table could not be checked.
  package var isBalanced: Bool? {
    guard let missingIDs, let unexpectedIDs, let doubledRows else { return nil }
    return missingIDs == 0 && unexpectedIDs == 0 && doubledRows == 0 && viewMissingIDs ?? 0 == 0
  }
}

extension PhaseSample {
  /// Exports differ from what the server returned.
  package var hasWrongExports: Bool { otherRowsExports ?? 0 > 0 || changedExports ?? 0 > 0 }
}

extension PhaseSample: Filed {
  package static let fileName = "phases.csv"

  package static let columns: [CSVColumn<PhaseSample>] = [
    CSVColumn("phase", \.phase),
    CSVColumn("round", \.round),
    CSVColumn("stream_mix", formerly: "traffic", \.streamMix),
    CSVColumn("target", \.target),
    CSVColumn("export", \.export),
    CSVColumn("search", \.search),
    CSVColumn("position", \.position),
    CSVColumn("started_at", \.startedAt),
    CSVColumn("outcome", formerly: "ending", \.outcome),
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
    CSVColumn("unexpected_ids", formerly: "strange_ids", \.unexpectedIDs),
    CSVColumn("uncertain_present_ids", formerly: "uncertain_found_ids", \.uncertainPresentIDs),
    CSVColumn("doubled_rows", \.doubledRows),
    CSVColumn("view_missing_ids", \.viewMissingIDs),
    CSVColumn("audit_error", formerly: "balance_error", \.auditError),
    CSVColumn("other_rows_exports", \.otherRowsExports),
    CSVColumn("changed_exports", \.changedExports),
    CSVColumn("exports_error", \.exportsError),
    CSVColumn("inserted_bytes", \.insertedBytes),
    CSVColumn("merged_bytes", \.mergedBytes),
  ]
}

extension Records {
  package var phases: [PhaseSample] {
    get { self[PhaseSample.self] }
    _modify { yield &self[PhaseSample.self] }
  }
}
