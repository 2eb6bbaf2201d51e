// One query of a backfill: a row of backfill.csv.

import CSVRecords

/// What a query of a backfill was for.
package enum BackfillStep: String, CSVField, Codable {
  /// Counting what a partition of the view lacks.
  case survey
  /// Reading a chunk and writing nothing, for an estimate.
  case read
  /// Inserting what a chunk lacks.
  case copy
  /// Comparing a partition of the view with the table.
  case verify
  /// Reading a partition's keys with `FINAL`, which returns each once.
  case final
  /// Inserting again what a comparison found wrong.
  case mend
  /// The merges of the view's parts since the backfill began, all in one row.
  case merge
}

/// One query of a backfill. What could not be measured is nil, never 0.
package struct BackfillSample: Equatable, Filed, Attempted {
  package static let fileName = "backfill.csv"

  /// Order of execution in the run, from 1.
  package var number = 0
  /// The shard that was filled, from 1; nil of a server by itself.
  package var shard: Int?
  /// What the query was for.
  package var step = BackfillStep.copy
  /// The partition's id in `system.parts`; empty for merges.
  package var partition = ""
  /// The first day of `start_time` in the chunk, in the server's time zone; nil for a partition.
  package var firstDay: String?
  package var lastDay: String?
  /// Which slice of a day that is too large for one chunk, from 1; nil for whole days.
  package var slice: Int?
  /// When it began, ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  /// The server's id of the query.
  package var queryID = ""
  /// How it ended.
  package var status = Status.ok
  /// The server's error code.
  package var errorCode: Int?
  /// The server's name of the error.
  package var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// Rows that the table holds in the partition or chunk, all versions.
  package var tableRows: Int?
  /// Their uncompressed bytes: the partition's, shared out by rows.
  package var tableBytes: Int?
  /// Keys of the view that the table's rows have.
  package var tableIDs: Int?
  /// Keys that the view holds.
  package var viewIDs: Int?
  /// Keys that the view lacks.
  package var missingIDs: Int?
  /// Keys of which the view holds an older version only.
  package var staleIDs: Int?
  /// Keys of which the view holds another row with the same version.
  package var differentIDs: Int?
  /// Keys of which the view holds a newer version than the table has now.
  package var aheadIDs: Int?
  /// Keys that only the view holds.
  package var extraIDs: Int?
  /// Keys that a read with `FINAL` returns twice.
  package var doubledIDs: Int?
  /// A few of the keys that are missing, stale, different or doubled.
  package var examples: String?
  /// Waiting before it began until merges had caught up, in milliseconds.
  package var waitedMs: Double?
  /// From the request's first byte to the response's last, in milliseconds.
  package var clientWallMs: Double?
  /// The query's duration in `query_log`, in milliseconds; of merges, the sum of theirs.
  package var serverQueryMs: Double?
  /// CPU time that the server spent, in milliseconds.
  package var serverCPUMs: Double?
  /// Peak of the query's memory tracker, in bytes; of merges, the largest of theirs.
  package var memoryPeakBytes: Int?
  /// Rows read from storage.
  package var readRows: Int?
  /// Bytes read from storage, uncompressed.
  package var readBytes: Int?
  /// Bytes that a sort or an aggregation wrote to disk because memory was short.
  package var spilledBytes: Int?
  /// Rows that were sent to the view.
  package var insertedRows: Int?
  /// New parts in the view (`NewPart` in `part_log`); of merges, merged parts.
  package var writtenParts: Int?
  package var writtenRows: Int?
  /// Their bytes on disk.
  package var writtenBytes: Int?

  package init() {}
}

extension BackfillSample {
  /// Keys that are not as they should be; nil if they were not compared.
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
