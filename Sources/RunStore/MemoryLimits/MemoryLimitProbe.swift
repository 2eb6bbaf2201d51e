// An export under a memory limit: a row of memory_limits.csv.

import CSVRecords

package enum MemoryLimitSearchKind: String, CSVField, Codable {
  /// The smallest limit under which a window can be exported.
  case leastLimit = "least_limit"
  /// The largest window that can be exported under a limit.
  case largestWindow = "largest_window"
}

package enum ProbeStatus: String, CSVField, Codable {
  /// The answer is complete and has the expected number of rows.
  case finished
  /// Ended by the query's own memory limit, before the first byte or later.
  case refused
  /// Ended by another error, including the server's memory limit.
  case failed
  /// A complete answer with a wrong number of rows.
  case wrongRows = "wrong_rows"
}

/// Values that were not measured are nil, never 0.
package struct MemoryLimitProbe: Equatable, Filed {
  /// Order in the run, from 1.
  package var probe = 0
  package var search = MemoryLimitSearchKind.leastLimit
  package var mergeState = ""
  package var path = ""
  /// As written: `6h`.
  package var window = ""
  /// In milliseconds.
  package var windowMs = 0
  /// `max_memory_usage`, in bytes.
  package var limitBytes = 0
  package var status = ProbeStatus.finished
  /// ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  package var queryID = ""
  package var errorCode: Int?
  package var errorName: String?
  /// One line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// Of the ground truth.
  package var expectedRows: Int?
  package var resultRows: Int?
  /// Bytes on the wire, of a complete answer.
  package var receivedBytes: Int?
  /// From the first byte of the request to the last byte of the response, in milliseconds, of a
  /// complete answer.
  package var clientWallMs: Double?
  /// From `query_log`, in milliseconds.
  package var serverQueryMs: Double?
  /// Query tracker peak (`query_log.memory_usage`), in bytes.
  package var memoryPeakBytes: Int?
  /// Written to disk by a sort or aggregation, in bytes.
  package var spilledBytes: Int?
  /// Resident memory, in bytes.
  package var serverRSSBeforeBytes: Int?
  /// Resident memory, in bytes.
  package var serverRSSPeakBytes: Int?

  package init() {}

  package static let fileName = "memory_limits.csv"
  package static let formerFileName: String? = "frontier.csv"

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

  /// There was no server to answer, so the probe says nothing.
  package var isVoid: Bool { status == .failed && errorCode == nil }

  /// Why the search must stop; nil if it may continue.
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
  /// Distinguishes `max_memory_usage` from limits of the server or user, which have the same code
  /// (241).
  fileprivate var hitItsOwnLimit: Bool {
    let others = ["(total)", "(for user)", "User memory"]
    let words = errorMessage ?? ""
    return errorCode == 241 && !others.contains { words.contains($0) }
  }
}

extension Records {
  package var memoryLimits: [MemoryLimitProbe] {
    get { self[MemoryLimitProbe.self] }
    _modify { yield &self[MemoryLimitProbe.self] }
  }
}
