// One query of a backfill: a row of backfill.csv.

import CSVRecords

package enum BackfillStep: String, CSVField, Codable {
  /// Count the rows that a partition of the view lacks.
  case survey
  /// Read a chunk without writing, for an estimate.
  case read
  /// Insert the missing rows of a chunk.
  case copy
  /// Compare a partition of the view with the table.
  case verify
  /// Read a partition's keys with `FINAL`, which returns each key once.
  case final
  /// Insert again what a comparison found wrong.
  case repair
  /// All merges of the view's parts since the start, in one row.
  case merge

  package static let formerTexts = ["mend": BackfillStep.repair]
}

/// Values that were not measured are nil, never 0.
package struct BackfillSample: Equatable, Filed, Attempted {
  package static let fileName = "backfill.csv"

  /// Order of execution, from 1.
  package var number = 0
  /// From 1; nil for a single server.
  package var shard: Int?
  package var step = BackfillStep.copy
  /// `system.parts.partition_id`; empty for merges.
  package var partition = ""
  /// First day of `start_time` in the chunk, in the server's time zone; nil for a partition.
  package var firstDay: String?
  package var lastDay: String?
  /// Slice of a day that is too large for one chunk, from 1; nil for whole days.
  package var slice: Int?
  /// ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  package var queryID = ""
  package var status = Status.ok
  package var errorCode: Int?
  package var errorName: String?
  /// One line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// All versions in the partition or chunk.
  package var tableRows: Int?
  /// Uncompressed; the partition's bytes in proportion to rows.
  package var tableBytes: Int?
  /// Keys of the view in the table's rows.
  package var tableIDs: Int?
  package var viewIDs: Int?
  package var missingIDs: Int?
  /// Keys with only an older version in the view.
  package var staleIDs: Int?
  /// Keys with a different row of the same version in the view.
  package var differentIDs: Int?
  /// Keys with a newer version in the view than in the table.
  package var aheadIDs: Int?
  /// Keys only in the view.
  package var extraIDs: Int?
  /// Keys that a read with `FINAL` returns twice.
  package var doubledIDs: Int?
  /// Examples of missing, stale, different or doubled keys.
  package var examples: String?
  /// Wait for merges before the query, in milliseconds.
  package var waitedMs: Double?
  /// From the first byte of the request to the last byte of the response, in milliseconds.
  package var clientWallMs: Double?
  /// From `query_log`, in milliseconds; for merges, their sum.
  package var serverQueryMs: Double?
  /// Server CPU time, in milliseconds.
  package var serverCPUMs: Double?
  /// Query tracker peak, in bytes; for merges, the maximum.
  package var memoryPeakBytes: Int?
  package var readRows: Int?
  /// Uncompressed.
  package var readBytes: Int?
  /// Written to disk by a sort or aggregation, in bytes.
  package var spilledBytes: Int?
  package var insertedRows: Int?
  /// `NewPart` in `part_log`; for merges, merged parts.
  package var writtenParts: Int?
  package var writtenRows: Int?
  /// On disk.
  package var writtenBytes: Int?

  package init() {}
}

extension BackfillSample {
  /// Missing, stale, different and doubled keys; nil if not compared.
  package var wrongIDs: Int? {
    let counts = [missingIDs, staleIDs, differentIDs, doubledIDs].compactMap(\.self)
    return counts.isEmpty ? nil : counts.reduce(0, +)
  }

  package static let columns: [CSVColumn<BackfillSample>] = [
    CSVColumn("number", \.number),
    CSVColumn("shard", \.shard),
    CSVColumn("step", \.step),
    CSVColumn("partition", \.partition),
    CSVColumn("first_day", \.firstDay),
    CSVColumn("last_day", \.lastDay),
    CSVColumn("slice", \.slice),
    CSVColumn("started_at", \.startedAt),
    CSVColumn("query_id", \.queryID),
    CSVColumn("status", \.status),
    CSVColumn("error_code", \.errorCode),
    CSVColumn("error_name", \.errorName),
    CSVColumn("error_message", \.errorMessage),
    CSVColumn("table_rows", \.tableRows),
    CSVColumn("table_bytes", \.tableBytes),
    CSVColumn("table_ids", \.tableIDs),
    CSVColumn("view_ids", \.viewIDs),
    CSVColumn("missing_ids", \.missingIDs),
    CSVColumn("stale_ids", \.staleIDs),
    CSVColumn("different_ids", \.differentIDs),
    CSVColumn("ahead_ids", \.aheadIDs),
    CSVColumn("extra_ids", \.extraIDs),
    CSVColumn("doubled_ids", \.doubledIDs),
    CSVColumn("examples", \.examples),
    CSVColumn("waited_ms", \.waitedMs),
    CSVColumn("client_wall_ms", \.clientWallMs),
    CSVColumn("server_query_ms", \.serverQueryMs),
    CSVColumn("server_cpu_ms", \.serverCPUMs),
    CSVColumn("memory_peak_bytes", \.memoryPeakBytes),
    CSVColumn("read_rows", \.readRows),
    CSVColumn("read_bytes", \.readBytes),
    CSVColumn("spilled_bytes", \.spilledBytes),
    CSVColumn("inserted_rows", \.insertedRows),
    CSVColumn("written_parts", \.writtenParts),
    CSVColumn("written_rows", \.writtenRows),
    CSVColumn("written_bytes", \.writtenBytes),
  ]
}
