// One attempt to insert a block, with or without the view behind the table: a row of inserts.csv.

import BenchmarkSpec
import CSVRecords

/// One insert attempt. What could not be measured is nil, never 0.
///
/// An attempt of an asynchronous leg is several inserts at once: their rows and bytes are added up,
/// and so is what the server did for them, but for memory, which is the most of any.
package struct InsertSample: Equatable, Measured {
  /// The pair: one block that went to both targets.
  package var pair = 0
  /// Where it went.
  package var target = InsertTarget.plain
  /// 1 or 2: which of the pair went first.
  package var position = 1
  /// When the attempt began, ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  /// The server's id of the query; of several inserts at once their ids, with spaces between.
  package var queryID = ""
  /// How it ended.
  package var status = Status.ok
  /// The server's error code.
  package var errorCode: Int?
  /// The server's name of the error.
  package var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// Rows in the block.
  package var rows = 0
  /// Bytes sent over the wire.
  package var sentBytes: Int?
  /// From the request's first byte to the response's last, in milliseconds; of several inserts at
  /// once the mean.
  package var clientWallMs: Double?
  /// The query's duration in `query_log`, in milliseconds; of asynchronous inserts that of their
  /// flushes, added up.
  package var serverQueryMs: Double?
  /// CPU time that the server spent, in milliseconds; of asynchronous inserts on taking them in and
  /// on their flushes.
  package var serverCPUMs: Double?
  /// Peak of the query's memory tracker, in bytes.
  package var memoryPeakBytes: Int?
  /// Rows in the parts that the insert made in the table (`NewPart` in `part_log`).
  package var tableWrittenRows: Int?
  /// Bytes of those parts.
  package var tableWrittenBytes: Int?
  /// Rows that were handed to the view (`query_views_log`).
  package var viewHandedRows: Int?
  /// Rows in the parts that the insert made in the view.
  package var viewWrittenRows: Int?
  /// Bytes of those parts.
  package var viewWrittenBytes: Int?
  /// The view's own duration, in milliseconds.
  package var viewMs: Double?
  /// The leg of the benchmark; nil in files from before there were legs, which is ``load``.
  package var leg: String?
  /// Which round of the leg, from 1; nil of the load.
  package var round: Int?
  /// Synchronous or not.
  package var mode: InsertMode?
  package var rowsPerInsert: Int?
  /// Queries that wrote what asynchronous inserts brought, with spaces between; nil where the
  /// insert wrote it itself.
  package var flushQueryID: String?
  /// How much later than planned an insert of the leg `sustained` began, in milliseconds; only in
  /// files of before 0.2.
  package var lagMs: Double?

  package init() {}
}

extension InsertSample {
  package static let columns: [CSVColumn<InsertSample>] = [
    CSVColumn("pair", \.pair),
    CSVColumn("target", \.target),
    CSVColumn("position", \.position),
    CSVColumn("started_at", \.startedAt),
    CSVColumn("query_id", \.queryID),
    CSVColumn("status", \.status),
    CSVColumn("error_code", \.errorCode),
    CSVColumn("error_name", \.errorName),
    CSVColumn("error_message", \.errorMessage),
    CSVColumn("rows", \.rows),
    CSVColumn("sent_bytes", \.sentBytes, figure: "bytes sent"),
    CSVColumn("client_wall_ms", \.clientWallMs, figure: "time"),
    CSVColumn("server_query_ms", \.serverQueryMs, figure: "server time"),
    CSVColumn("server_cpu_ms", \.serverCPUMs, figure: "server CPU"),
    CSVColumn("memory_peak_bytes", \.memoryPeakBytes, figure: "peak memory"),
    CSVColumn("table_written_rows", \.tableWrittenRows, figure: "rows written to the table"),
    CSVColumn("table_written_bytes", \.tableWrittenBytes, figure: "bytes written to the table"),
    CSVColumn("view_handed_rows", \.viewHandedRows, figure: "rows handed to the view"),
    CSVColumn("view_written_rows", \.viewWrittenRows, figure: "rows written to the view"),
    CSVColumn("view_written_bytes", \.viewWrittenBytes, figure: "bytes written to the view"),
    CSVColumn("view_ms", \.viewMs, figure: "view time"),
    CSVColumn("leg", \.leg),
    CSVColumn("round", \.round),
    CSVColumn("mode", \.mode),
    CSVColumn("rows_per_insert", \.rowsPerInsert),
    CSVColumn("flush_query_id", \.flushQueryID),
    CSVColumn("lag_ms", \.lagMs, figure: "lag"),
  ]

  /// The leg, also of files from before there were any.
  package var legName: String { leg ?? ReservedLeg.load }

  /// What the insert wrote in all. A plain table has no view, so nothing is missing there.
  package static let derivedFigures: [Figure<InsertSample>] = [
    Figure(name: "written_rows", title: "rows written") {
      total($0, \.tableWrittenRows, \.viewWrittenRows)
    },
    Figure(name: "written_bytes", title: "bytes written") {
      total($0, \.tableWrittenBytes, \.viewWrittenBytes)
    },
  ]

  private static func total(
    _ sample: InsertSample, _ table: KeyPath<InsertSample, Int?>,
    _ view: KeyPath<InsertSample, Int?>
  ) -> Double? {
    guard let inTable = sample[keyPath: table] else { return nil }
    guard sample.target == .withView else { return Double(inTable) }
    return sample[keyPath: view].map { Double(inTable) + Double($0) }
  }
}
