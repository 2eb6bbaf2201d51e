// One request of a load: a row of requests.csv. Every one that should have been made has a row.

import BenchmarkSpec
import CSVRecords

/// What became of a request.
package enum RequestOutcome: String, CSVField, Codable, CaseIterable {
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

package struct RequestSample: Equatable, Recorded, Attempted {
  /// The phase of the run, as in phases.csv.
  package var phase = 0
  /// The stream: `ingest`, or an export's name.
  package var stream = ""
  /// Its place in the stream's schedule, from 1.
  package var number = 0
  /// Whether it counts.
  package var part = Phase.measured
  /// Which of the stream's connections made it, from 1; nil of one that was never made.
  package var connection: Int?
  /// The server's id of the query, or what the ids of its queries begin with.
  package var queryID: String?
  /// What became of it.
  package var outcome = RequestOutcome.acknowledged
  /// Whether it ended well.
  package var status = Status.ok
  /// The server's error code.
  package var errorCode: Int?
  package var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// When it should have begun, in milliseconds since the phase began.
  package var intendedMs = 0.0
  /// When it began; nil of one that was never made.
  package var beganMs: Double?
  /// When it ended, or was given up.
  package var endedMs = 0.0
  /// How late the harness was, in milliseconds.
  package var lagMs: Double?
  /// How long it waited for a free connection, in milliseconds.
  package var waitMs: Double?
  /// From its real start to its end, in milliseconds.
  package var serviceMs: Double?
  /// From its intended start to its end, in milliseconds; at least so much where no answer came.
  package var responseMs = 0.0
  /// Rows of a batch.
  package var rows: Int?
  /// Bytes sent over the wire.
  package var sentBytes: Int?
  /// Bytes of an export that arrived.
  package var receivedBytes: Int?
  /// Rows that the footers of the received Parquet files count; nil where one is longer than the
  /// 16 MiB that are kept.
  package var receivedRows: Int?

  package init() {}

  /// Takes over when things happened, to the microsecond.
  package mutating func take(_ moments: RequestTimings) {
    func whole(_ ms: Double) -> Double { (ms * 1000).rounded() / 1000 }
    (intendedMs, beganMs, endedMs) = (
      whole(moments.intended), whole(moments.began), whole(moments.ended)
    )
    (lagMs, waitMs) = (whole(moments.lag), whole(moments.wait))
    (serviceMs, responseMs) = (whole(moments.service), whole(moments.response))
  }

  /// Whether its time is only known to be at least so long: nobody saw its end.
  package var isFloor: Bool {
    outcome == .abandoned || (outcome == .unknown && errorName?.hasPrefix("TIMED_OUT") == true)
  }
}

extension RequestSample: Filed {
  package static let fileName = "requests.csv"

  /// Moments since a phase began, in milliseconds: a connection may be ready a little earlier.
  private static let sinceBeginning = -60_000...CSVColumn<Self>.numberMax

  package static let columns: [CSVColumn<RequestSample>] = [
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

extension Records {
  package var requests: [RequestSample] {
    get { self[RequestSample.self] }
    _modify { yield &self[RequestSample.self] }
  }
}
