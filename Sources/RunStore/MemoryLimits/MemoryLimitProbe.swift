// One export attempt under a memory limit, to see whether it finishes: a row of frontier.csv.

import CSVRecords

/// What a probe is to find out.
package enum MemoryLimitSearchKind: String, CSVField, Codable {
  /// The smallest limit under which a window can be exported.
  case leastLimit = "least_limit"
  /// The largest window that can be exported under a limit.
  case largestWindow = "largest_window"
}

/// How a probe ended.
package enum ProbeStatus: String, CSVField, Codable {
  /// The whole answer arrived, with as many rows as the ground truth has.
  case finished
  /// The query's own memory limit ended it, before its first byte or in the midst of the answer.
  case refused
  /// Another error ended it; the server's own limit of memory is one.
  case failed
  /// An answer arrived whole with another number of rows.
  case wrongRows = "wrong_rows"
}

/// One export attempt under a limit. What could not be measured is nil, never 0.
package struct MemoryLimitProbe: Equatable, Filed {
  /// Order of the probes of the run, from 1.
  package var probe = 0
  /// What it is to find out.
  package var search = MemoryLimitSearchKind.leastLimit
  /// Name of the state of merges that the table was in.
  package var mergeState = ""
  /// Name of the export path.
  package var path = ""
  /// The window as written: `6h`.
  package var window = ""
  /// The window's length in milliseconds.
  package var windowMs = 0
  /// `max_memory_usage`, in bytes.
  package var limitBytes = 0
  /// How it ended.
  package var status = ProbeStatus.finished
  /// When it began, ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  /// The server's id of the query.
  package var queryID = ""
  /// The server's error code.
  package var errorCode: Int?
  /// The server's name of the error.
  package var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// Rows that the ground truth has in the window.
  package var expectedRows: Int?
  /// Rows that the server returned.
  package var resultRows: Int?
  /// Bytes that arrived over the wire, of a whole answer.
  package var receivedBytes: Int?
  /// From the request's first byte to the response's last, in milliseconds, of a whole answer.
  package var clientWallMs: Double?
  /// The query's duration in `query_log`, in milliseconds.
  package var serverQueryMs: Double?
  /// Peak of the query's memory tracker (`query_log.memory_usage`), in bytes.
  package var memoryPeakBytes: Int?
  /// Bytes that a sort or an aggregation wrote to disk.
  package var spilledBytes: Int?
  /// The server's resident memory before the attempt, in bytes.
  package var serverRSSBeforeBytes: Int?
  /// The peak of the server's resident memory during the attempt, in bytes.
  package var serverRSSPeakBytes: Int?

  package init() {}

  package static let fileName = "frontier.csv"

  package static let columns: [CSVColumn<MemoryLimitProbe>] = [
    CSVColumn("probe", \.probe),
    CSVColumn("search", \.search),
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("path", \.path),
    CSVColumn("window", \.window),
    CSVColumn("window_ms", \.windowMs, in: windowMsRange),
    CSVColumn("limit_bytes", \.limitBytes),
    CSVColumn("status", \.status),
    CSVColumn("started_at", \.startedAt),
    CSVColumn("query_id", \.queryID),
    CSVColumn("error_code", \.errorCode),
    CSVColumn("error_name", \.errorName),
    CSVColumn("error_message", \.errorMessage),
    CSVColumn("expected_rows", \.expectedRows),
    CSVColumn("result_rows", \.resultRows),
    CSVColumn("received_bytes", \.receivedBytes),
    CSVColumn("client_wall_ms", \.clientWallMs),
    CSVColumn("server_query_ms", \.serverQueryMs),
    CSVColumn("memory_peak_bytes", \.memoryPeakBytes),
    CSVColumn("spilled_bytes", \.spilledBytes),
    CSVColumn("server_rss_before_bytes", \.serverRSSBeforeBytes),
    CSVColumn("server_rss_peak_bytes", \.serverRSSPeakBytes),
  ]
}

extension MemoryLimitProbe {
  /// Takes over what the attempt came to.
  package mutating func end(with sample: Sample) {
    switch sample.status {
    case .ok: status = .finished
    case .wrongRows: status = .wrongRows
    case .failed: status = sample.hitItsOwnLimit ? .refused : .failed
    case .stopped: status = .failed
    }
    startedAt = sample.startedAt
    queryID = sample.queryID
    errorCode = sample.errorCode
    errorName = sample.errorName
    errorMessage = sample.errorMessage
    expectedRows = sample.expectedRows
    resultRows = sample.resultRows
    receivedBytes = sample.receivedBytes
    clientWallMs = sample.clientWallMs
    serverQueryMs = sample.serverQueryMs
    memoryPeakBytes = sample.memoryPeakBytes
    spilledBytes = sample.spilledBytes
    serverRSSBeforeBytes = sample.serverRSSBeforeBytes
    serverRSSPeakBytes = sample.serverRSSPeakBytes
  }

  /// Whether it says nothing because there was no server to answer.
  package var isVoid: Bool { status == .failed && errorCode == nil }

  /// Why a search cannot go on after it; nil where it can.
  package var failure: String? {
    switch status {
    case .finished, .refused: nil
    case .wrongRows:
      "wrong rows: "
        + (errorMessage ?? "\(resultRows.csvText) instead of \(expectedRows.csvText)")
    case .failed:
      isVoid ? nil : [errorName, errorMessage].compactMap(\.self).joined(separator: ": ")
    }
  }
}

extension Sample {
  /// Whether it failed at `max_memory_usage`, and not at a limit of the server or the user, which
  /// has the same code: 241.
  fileprivate var hitItsOwnLimit: Bool {
    let others = ["(total)", "(for user)", "User memory"]
    let words = errorMessage ?? ""
    return errorCode == 241 && !others.contains { words.contains($0) }
  }
}

extension Records {
  package var frontier: [MemoryLimitProbe] {
    get { self[MemoryLimitProbe.self] }
    _modify { yield &self[MemoryLimitProbe.self] }
  }
}
