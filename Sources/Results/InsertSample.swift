// One attempt to insert a block, with or without the view behind the table: a row of inserts.csv.

/// Where an insert went.
public enum InsertTarget: String, CSVField, Codable {
  /// A table without a view.
  case plain
  /// The same table with the materialized view behind it.
  case withView = "with_view"
}

/// One insert attempt. What could not be measured is nil, never 0.
public struct InsertSample: Equatable, Measured {
  /// The pair: one block that went to both targets.
  public var pair = 0
  /// Where it went.
  public var target = InsertTarget.plain
  /// 1 or 2: which of the pair went first.
  public var position = 1
  /// When the attempt began, ISO 8601 in UTC with milliseconds.
  public var startedAt = ""
  /// The server's id of the query.
  public var queryID = ""
  /// How it ended.
  public var status = Status.ok
  /// The server's error code.
  public var errorCode: Int?
  /// The server's name of the error.
  public var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  public var errorMessage: String?
  /// Rows in the block.
  public var rows = 0
  /// Bytes sent over the wire.
  public var sentBytes: Int?
  /// From the request's first byte to the response's last, in milliseconds.
  public var clientWallMs: Double?
  /// The query's duration in `query_log`, in milliseconds.
  public var serverQueryMs: Double?
  /// CPU time that the server spent, in milliseconds.
  public var serverCPUMs: Double?
  /// Peak of the query's memory tracker, in bytes.
  public var memoryPeakBytes: Int?
  /// Rows in the parts that the insert made in the table (`NewPart` in `part_log`).
  public var tableWrittenRows: Int?
  /// Bytes of those parts.
  public var tableWrittenBytes: Int?
  /// Rows that were handed to the view (`query_views_log`).
  public var viewHandedRows: Int?
  /// Rows in the parts that the insert made in the view.
  public var viewWrittenRows: Int?
  /// Bytes of those parts.
  public var viewWrittenBytes: Int?
  /// The view's own duration, in milliseconds.
  public var viewMs: Double?

  /// An attempt of which nothing is known yet.
  public init() {}
}

extension InsertSample {
  /// The columns of inserts.csv.
  public static let columns: [CSVColumn<InsertSample>] = [
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
  ]

  /// What the insert wrote in all. A plain table has no view, so nothing is missing there.
  public static let derivedFigures: [Figure<InsertSample>] = [
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
