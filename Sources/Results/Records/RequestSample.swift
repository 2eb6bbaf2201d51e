// One request of a load: a row of requests.csv. Every one that should have been made has a row.

/// What became of a request.
public enum RequestOutcome: String, CSVField, Codable, CaseIterable {
  /// The server said that it is done.
  case acknowledged
  /// The server said that it failed. An insert may have left rows in some of its partitions.
  case refused
  /// It was sent, and no answer came: nobody knows.
  case unknown
  /// There was no connection to send it over.
  case unsent
  /// It never began: no connection came free in time.
  case abandoned
}

/// One request.
public struct RequestSample: Equatable, Recorded, Attempted {
  /// The phase of the run, as in phases.csv.
  public var phase = 0
  /// The stream: `ingest`, or an export's name.
  public var stream = ""
  /// Its place in the stream's schedule, from 1.
  public var number = 0
  /// Whether it counts.
  public var part = Phase.measured
  /// Which of the stream's connections made it, from 1; nil of one that was never made.
  public var connection: Int?
  /// The server's id of the query, or what the ids of its queries begin with.
  public var queryID: String?
  /// What became of it.
  public var outcome = RequestOutcome.acknowledged
  /// Whether it ended well.
  public var status = Status.ok
  /// The server's error code.
  public var errorCode: Int?
  /// The name of the error.
  public var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  public var errorMessage: String?
  /// When it should have begun, in milliseconds since the phase began.
  public var intendedMs = 0.0
  /// When it began; nil of one that was never made.
  public var beganMs: Double?
  /// When it ended, or was given up.
  public var endedMs = 0.0
  /// How late the harness was, in milliseconds.
  public var lagMs: Double?
  /// How long it waited for a free connection, in milliseconds.
  public var waitMs: Double?
  /// From its real start to its end, in milliseconds.
  public var serviceMs: Double?
  /// From its intended start to its end, in milliseconds; at least so much where no answer came.
  public var responseMs = 0.0
  /// Rows of a batch.
  public var rows: Int?
  /// Bytes sent over the wire.
  public var sentBytes: Int?
  /// Bytes of an export that arrived.
  public var receivedBytes: Int?
  /// Rows that the footers of the received Parquet files count; nil where one is longer than the
  /// 16 MiB that are kept.
  public var receivedRows: Int?

  /// A request of which nothing is known yet.
  public init() {}

  /// Takes over when things happened, to the microsecond.
  public mutating func take(_ moments: Moments) {
    func whole(_ ms: Double) -> Double { (ms * 1000).rounded() / 1000 }
    (intendedMs, beganMs, endedMs) = (
      whole(moments.intended), whole(moments.began), whole(moments.ended)
    )
    (lagMs, waitMs) = (whole(moments.lag), whole(moments.wait))
    (serviceMs, responseMs) = (whole(moments.service), whole(moments.response))
  }

  /// Whether its time is only known to be at least so long: nobody saw its end.
  public var isFloor: Bool {
    outcome == .abandoned || (outcome == .unknown && errorName?.hasPrefix("TIMED_OUT") == true)
  }
}

extension RequestSample: Filed {
  /// The file of requests.
  public static let fileName = "requests.csv"
  /// Requests.
  public static var list: WritableKeyPath<Records, [RequestSample]> & Sendable { \.requests }

  /// Moments since a phase began, in milliseconds: a connection may be ready a little earlier.
  private static let sinceBeginning = -60_000...CSVColumn<Self>.numberMax

  /// The columns of requests.csv.
  public static let columns: [CSVColumn<RequestSample>] = [
    CSVColumn("phase", \.phase),
    CSVColumn("stream", \.stream),
    CSVColumn("number", \.number),
    CSVColumn("part", \.part),
    CSVColumn("connection", \.connection),
    CSVColumn("query_id", \.queryID),
    CSVColumn("outcome", \.outcome),
    CSVColumn("status", \.status),
    CSVColumn("error_code", \.errorCode),
    CSVColumn("error_name", \.errorName),
    CSVColumn("error_message", \.errorMessage),
    CSVColumn("intended_ms", \.intendedMs, in: sinceBeginning),
    CSVColumn("began_ms", \.beganMs, in: sinceBeginning),
    CSVColumn("ended_ms", \.endedMs, in: sinceBeginning),
    CSVColumn("lag_ms", \.lagMs),
    CSVColumn("wait_ms", \.waitMs),
    CSVColumn("service_ms", \.serviceMs),
    CSVColumn("response_ms", \.responseMs),
    CSVColumn("rows", \.rows),
    CSVColumn("sent_bytes", \.sentBytes),
    CSVColumn("received_bytes", \.receivedBytes),
    CSVColumn("received_rows", \.receivedRows),
  ]
}
