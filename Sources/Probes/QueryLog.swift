// The server's own account of a query: `system.query_log`.
//
// `memory_usage` is the peak of the query's memory tracker, not resident memory, and misses up to
// `max_untracked_memory` per thread; that is why it is one witness among several.

import ClickHouseClient

/// What `system.query_log` says of one finished query.
package struct QueryLogEntry: Decodable, Sendable, Equatable {
  /// The query's id.
  package let queryID: String
  /// 0, or the error code that it ended with.
  package let exceptionCode: Int
  /// Wall time on the server, in milliseconds (resolution of a microsecond).
  package let durationMs: Double
  /// Time on a CPU, over all threads, in milliseconds; nil where the server could not count it.
  package let cpuMs: Double?
  /// Peak of the query's memory tracker, in bytes; nil where none was recorded, as older servers do
  /// of a query that its memory limit ended.
  package let memoryPeakBytes: Int?
  /// Rows read from tables.
  package let readRows: Int
  /// Uncompressed bytes read from tables.
  package let readBytes: Int
  /// Rows of the answer.
  package let resultRows: Int
  /// Bytes of the answer in memory, before it is encoded.
  package let resultBytes: Int
  package let selectedParts: Int
  /// Marks (granules) that it read.
  package let selectedMarks: Int
  /// Compressed bytes that sorts and aggregations wrote to disk because memory was short.
  package let spilledBytes: Int
  /// What the other hosts of a cluster did for it; nil of a server by itself.
  package var shards: ShardWork?
}

/// What the hosts of a cluster did for a query that another one had been asked.
package struct ShardWork: Decodable, Sendable, Equatable {
  /// Queries that they were sent.
  package var queries = 0
  /// The highest peak of one of them, in bytes; nil where none was recorded.
  package var memoryPeakBytes: Int?
  /// All their peaks together, in bytes: no less than they held at one time.
  package var memorySumBytes: Int?

  /// One after another: queries and sums add up, of peaks the highest counts.
  package static func + (left: ShardWork, right: ShardWork) -> ShardWork {
    ShardWork(
      queries: left.queries + right.queries,
      memoryPeakBytes: [left, right].compactMap(\.memoryPeakBytes).max(),
      memorySumBytes: [left, right].compactMap(\.memorySumBytes).max())
  }
}

extension QueryLogEntry {
  /// Several queries that ran one after another, as one: work adds up, the peak is the highest.
  ///
  /// - Parameters:
  ///   - entries: at least one.
  ///   - answers: the ids of the queries whose rows are the answer.
  /// - Returns: their sum under the id of the first; nil of nothing.
  package static func total(
    of entries: [QueryLogEntry], answers: Set<String>
  ) -> QueryLogEntry? {
    guard let first = entries.first else { return nil }
    func sum(_ value: (QueryLogEntry) -> Int) -> Int { entries.reduce(0) { $0 + value($1) } }
    let answering = entries.filter { answers.contains($0.queryID) }
    let cpu = entries.compactMap(\.cpuMs)
    let shards = entries.compactMap(\.shards)
    return QueryLogEntry(
      queryID: first.queryID, exceptionCode: entries.map(\.exceptionCode).first { $0 != 0 } ?? 0,
      durationMs: entries.reduce(0) { $0 + $1.durationMs },
      cpuMs: cpu.count == entries.count ? cpu.reduce(0, +) : nil,
      memoryPeakBytes: entries.compactMap(\.memoryPeakBytes).max(),
      readRows: sum(\.readRows), readBytes: sum(\.readBytes),
      resultRows: answering.reduce(0) { $0 + $1.resultRows },
      resultBytes: answering.reduce(0) { $0 + $1.resultBytes },
      selectedParts: sum(\.selectedParts), selectedMarks: sum(\.selectedMarks),
      spilledBytes: sum(\.spilledBytes),
      shards: shards.isEmpty ? nil : shards.reduce(ShardWork(), +))
  }

  /// A query with what it had other hosts do.
  ///
  /// Its own entry has the rows and bytes that all of them read and its own memory; its processors,
  /// parts, marks and spilled bytes are its host's alone.
  package func joined(with others: [QueryLogEntry]) -> QueryLogEntry {
    let cpu = ([self] + others).compactMap(\.cpuMs)
    func sum(_ value: (QueryLogEntry) -> Int) -> Int {
      others.reduce(value(self)) { $0 + value($1) }
    }
    let peaks = others.compactMap(\.memoryPeakBytes)
    return QueryLogEntry(
      queryID: queryID, exceptionCode: exceptionCode, durationMs: durationMs,
      cpuMs: cpu.count == others.count + 1 ? cpu.reduce(0, +) : nil,
      memoryPeakBytes: memoryPeakBytes, readRows: readRows, readBytes: readBytes,
      resultRows: resultRows, resultBytes: resultBytes, selectedParts: sum(\.selectedParts),
      selectedMarks: sum(\.selectedMarks), spilledBytes: sum(\.spilledBytes),
      shards: ShardWork(
        queries: others.count, memoryPeakBytes: peaks.max(),
        memorySumBytes: peaks.isEmpty ? nil : peaks.reduce(0, +)))
  }
}

/// Reads `system.query_log`.
package struct QueryLog: Sendable {
  private let client: Client
  private let flush: LogFlush

  /// - Parameters:
  ///   - client: the server whose log is read.
  ///   - version: the server's.
  package init(_ client: Client, version: ServerVersion) {
    self.client = client
    flush = LogFlush(client, version: version, log: "query_log")
  }

  /// The finished entries of these queries, in no order; nil if they are not all there in time.
  ///
  /// - Parameters:
  ///   - queryIDs: the queries.
  ///   - inDoubt: whether an entry may never come, so that waiting long for it is of no use.
  ///   - partly: whether those that are there will do, if there is one.
  /// - Returns: an entry for each query, or nil.
  /// - Throws: ``ClickHouseError``.
  package func entries(
    of queryIDs: [String], inDoubt: Bool = false, partly: Bool = false
  ) async throws -> [QueryLogEntry]? {
    guard !queryIDs.isEmpty else { return [] }
    if client.cluster != nil {
      return try await entriesOfAll(queryIDs, inDoubt: inDoubt, partly: partly)
    }
    var query = Query(
      Self.sql(columns: "query_id AS queryID", from: "system.query_log", id: "query_id"))
    query.parameters["ids"] = Parameter(queryIDs)
    return try await flush.until(inDoubt: inDoubt) {
      let found = try await client.rows(query, as: QueryLogEntry.self)
      return found.count >= (partly ? 1 : queryIDs.count) ? found : nil
    }
  }

  /// The finished entry of one query; nil if it is not there in time.
  package func entry(of queryID: String, inDoubt: Bool = false) async throws -> QueryLogEntry? {
    try await entries(of: [queryID], inDoubt: inDoubt)?.first
  }

  private struct ClusterRow: Decodable {
    let entry: QueryLogEntry
    let isInitial: Int
    let begun: Int

    private enum Key: CodingKey { case isInitial, begun }

    init(from decoder: any Decoder) throws {
      entry = try QueryLogEntry(from: decoder)
      let fields = try decoder.container(keyedBy: Key.self)
      isInitial = try fields.decode(Int.self, forKey: .isInitial)
      begun = try fields.decode(Int.self, forKey: .begun)
    }
  }

  /// The same on a cluster, where each host logs what it did itself.
  private func entriesOfAll(
    _ queryIDs: [String], inDoubt: Bool, partly: Bool
  ) async throws -> [QueryLogEntry]? {
    let log = client.everyReplica("system.query_log")
    // How many queries of the cluster have begun for it: all of them must have ended in the log.
    let begun = """
      (SELECT toInt64(uniqExact(query_id)) FROM \(log)
        WHERE event_date >= yesterday() AND type = 'QueryStart'
          AND has({ids: Array(String)}, initial_query_id)) AS begun
      """
    var query = Query(
      Self.sql(
        columns: "initial_query_id AS queryID, toInt64(is_initial_query) AS isInitial, \(begun)",
        from: log, id: "initial_query_id"), settings: client.passingOverTheLost)
    query.parameters["ids"] = Parameter(queryIDs)
    return try await flush.until(inDoubt: inDoubt) {
      let rows = try await client.rows(query, as: ClusterRow.self)
      let others = Dictionary(grouping: rows.filter { $0.isInitial == 0 }, by: \.entry.queryID)
      let own = rows.filter { $0.isInitial == 1 }.map { row in
        row.entry.joined(with: (others[row.entry.queryID] ?? []).map(\.entry))
      }
      guard own.count >= (partly ? 1 : queryIDs.count),
        partly || rows.allSatisfy({ rows.count >= $0.begun })
      else { return nil }
      return own
    }
  }

  // The milliseconds are the monotonic clock's, and the microseconds the wall clock's, which may be
  // set while a query runs: they count where the two agree.
  // A failed query can have a zero clock in ProfileEvents; an absent event counts as nothing done,
  // but for CPU time, which every query uses and which some kernels do not count.
  private static func sql(columns: String, from log: String, id: String) -> String {
    """
    SELECT
      \(columns),
      toInt64(exception_code) AS exceptionCode,
      query_duration_ms + 0.0 AS coarseMs,
      (toUnixTimestamp64Micro(event_time_microseconds)
        - toUnixTimestamp64Micro(query_start_time_microseconds)) / 1000 AS wallMs,
      if(wallMs > 0 AND abs(wallMs - coarseMs) <= 5 + coarseMs / 100, wallMs, coarseMs)
        AS durationMs,
      nullIf(ProfileEvents['OSCPUVirtualTimeMicroseconds'], 0) / 1000 AS cpuMs,
      nullIf(toInt64(memory_usage), if(exception_code = 0, -1, 0)) AS memoryPeakBytes,
      toInt64(read_rows) AS readRows,
      toInt64(read_bytes) AS readBytes,
      toInt64(result_rows) AS resultRows,
      toInt64(result_bytes) AS resultBytes,
      toInt64(ProfileEvents['SelectedParts']) AS selectedParts,
      toInt64(ProfileEvents['SelectedMarks']) AS selectedMarks,
      toInt64(ProfileEvents['ExternalSortCompressedBytes']
        + ProfileEvents['ExternalAggregationCompressedBytes']) AS spilledBytes
    FROM \(log)
    WHERE event_date >= yesterday() AND type != 'QueryStart'
      AND has({ids: Array(String)}, \(id))
    """
  }
}
