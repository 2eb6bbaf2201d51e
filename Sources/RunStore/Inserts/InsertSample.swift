// One attempt to insert a block, with or without the view: a row of inserts.csv.

import BenchmarkSpec
import CSVRecords

/// Values that were not measured are nil, never 0.
///
/// An attempt of an asynchronous leg is several concurrent inserts: rows, bytes and server costs
/// are summed; memory is the maximum.
package struct InsertSample: Equatable, Measured, Attempted {
  /// One block, inserted into both targets.
  package var pair = 0
  package var target = InsertTarget.plain
  /// 1 or 2: order within the pair.
  package var position = 1
  /// ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  /// Several concurrent inserts: their ids, separated by spaces.
  package var queryID = ""
  package var status = Status.ok
  package var errorCode: Int?
  package var errorName: String?
  /// One line of at most 300 characters, without secrets.
  package var errorMessage: String?
  package var rows = 0
  /// On the wire.
  package var sentBytes: Int?
  /// From the first byte of the request to the last byte of the response, in milliseconds; for
  /// concurrent inserts the mean.
  package var clientWallMs: Double?
  /// From `query_log`, in milliseconds; for asynchronous inserts the sum of their flushes.
  package var serverQueryMs: Double?
  /// Server CPU time, in milliseconds; for asynchronous inserts including their flushes.
  package var serverCPUMs: Double?
  /// Query tracker peak, in bytes.
  package var memoryPeakBytes: Int?
  /// Rows in the table's parts created by the insert (`NewPart` in `part_log`).
  package var tableWrittenRows: Int?
  package var tableWrittenBytes: Int?
  /// Rows that were passed to the view (`query_views_log`).
  package var viewInputRows: Int?
  /// Rows in the view's parts created by the insert.
  package var viewWrittenRows: Int?
  package var viewWrittenBytes: Int?
  /// In milliseconds.
  package var viewMs: Double?
  /// Nil in files from before there were legs, which means ``load``.
  package var leg: String?
  /// From 1; nil for the load.
  package var round: Int?
  package var mode: InsertMode?
  package var rowsPerInsert: Int?
  /// Queries that wrote the rows of asynchronous inserts, separated by spaces; nil if the insert
  /// wrote them itself.
  package var flushQueryID: String?
  /// How much later than planned an insert of the leg `sustained` began, in milliseconds; only in
  /// files of before 0.2.
  package var lagMs: Double?

  package init() {}
}

extension InsertSample: Filed {
  package static let fileName = "inserts.csv"

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
    CSVColumn(
      "view_input_rows", formerly: "view_handed_rows", \.viewInputRows,
      figure: "rows passed to the view"),
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

  /// Including files from before there were legs.
  package var legName: String { leg ?? ReservedLeg.load }

  /// A plain table has no view, so its part counts as 0.
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

extension Records {
  package var inserts: [InsertSample] {
    get { self[InsertSample.self] }
    _modify { yield &self[InsertSample.self] }
  }
}
