// One scheduled request of a load test: a row of requests.csv.

import BenchmarkSpec
import CSVRecords

package enum RequestOutcome: String, CSVField, Codable, CaseIterable {
  /// The server confirmed it.
  case acknowledged
  /// The server reported a failure. An insert may have stored rows in some partitions.
  case refused
  /// Sent without a response: the outcome is unknown.
  case unknown
  /// No connection could be established.
  case unsent
  /// Never sent: no connection became free in time.
  case abandoned
}

package struct RequestSample: Equatable, Recorded, Attempted {
  /// As in phases.csv.
  package var phase = 0
  /// `ingest`, or the name of an export.
  package var stream = ""
  /// Position in the schedule, from 1.
  package var number = 0
  /// Warm-up or measured.
  package var period = Period.measured
  /// Connection of the stream, from 1; nil if never sent.
  package var connection: Int?
  /// Query id, or the common prefix of the ids of its queries.
  package var queryID: String?
  package var outcome = RequestOutcome.acknowledged
  package var status = Status.ok
  package var errorCode: Int?
  package var errorName: String?
  /// One line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// Due time, in milliseconds since the start of the phase.
  package var scheduledMs = 0.0
  /// Nil if never sent.
  package var startedMs: Double?
  /// End, or time of abandonment.
  package var endedMs = 0.0
  /// Delay by the harness, in milliseconds.
  package var lagMs: Double?
  /// Wait for a free connection, in milliseconds.
  package var waitMs: Double?
  /// From the actual start to the end, in milliseconds.
  package var serviceMs: Double?
  /// From the due time to the end, in milliseconds; a lower bound without a response.
  package var responseMs = 0.0
  package var rows: Int?
  /// On the wire.
  package var sentBytes: Int?
  package var receivedBytes: Int?
  /// From the footers of received Parquet files; nil if a footer is longer than the retained 16
  /// MiB.
  package var receivedRows: Int?

  package init() {}

  /// Rounds to microseconds.
  package mutating func take(_ moments: RequestTimings) {
    func whole(_ ms: Double) -> Double { (ms * 1000).rounded() / 1000 }
    (scheduledMs, startedMs, endedMs) = (
      whole(moments.intended), whole(moments.began), whole(moments.ended)
    )
    (lagMs, waitMs) = (whole(moments.lag), whole(moments.wait))
    (serviceMs, responseMs) = (whole(moments.service), whole(moments.response))
  }

  /// Whether the response time is only a lower bound, because the end is unknown.
  package var isFloor: Bool {
    outcome == .abandoned || (outcome == .unknown && errorName?.hasPrefix("TIMED_OUT") == true)
  }
}

extension RequestSample: Filed {
  package static let fileName = "requests.csv"

  /// Milliseconds since the start of a phase; a connection may be ready slightly earlier.
  private static let sinceBeginning = -60_000...CSVColumn<Self>.numberMax

  package static let columns: [CSVColumn<RequestSample>] = [
    CSVColumn("phase", \.phase),
    CSVColumn("stream", \.stream),
    CSVColumn("number", \.number),
    CSVColumn("period", formerly: "part", \.period),
    CSVColumn("connection", \.connection),
    CSVColumn("query_id", \.queryID),
    CSVColumn("outcome", \.outcome),
    CSVColumn("status", \.status),
    CSVColumn("error_code", \.errorCode),
    CSVColumn("error_name", \.errorName),
    CSVColumn("error_message", \.errorMessage),
    CSVColumn("scheduled_ms", formerly: "intended_ms", \.scheduledMs, in: sinceBeginning),
    CSVColumn("started_ms", formerly: "began_ms", \.startedMs, in: sinceBeginning),
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

extension Records {
  package var requests: [RequestSample] {
    get { self[RequestSample.self] }
    _modify { yield &self[RequestSample.self] }
  }
}
