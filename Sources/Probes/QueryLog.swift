// Reads finished queries from `system.query_log`. `memory_usage` is the peak of the query's memory
// tracker, not resident memory, and misses up to `max_untracked_memory` per thread.

import ClickHouseClient

/// One finished query in `system.query_log`.
package struct QueryLogEntry: Decodable, Sendable, Equatable {
  package let queryID: String
  /// 0, or ClickHouse's error code.
  package let exceptionCode: Int
  /// Wall time on the server, with a resolution of a microsecond.
  package let durationMs: Double
  /// CPU time of all threads; nil if the server did not record it.
  package let cpuMs: Double?
  /// Peak of the query's memory tracker; nil if not recorded, as in older servers after
  /// MEMORY_LIMIT_EXCEEDED.
  package let memoryPeakBytes: Int?
  /// From tables.
  package let readRows: Int
  /// Uncompressed, from tables.
  package let readBytes: Int
  /// Nil if the engine does not count them.
  package let resultRows: Int?
  /// In memory, before encoding.
  package let resultBytes: Int?
  package let selectedParts: Int
  /// Marks (granules) read.
  package let selectedMarks: Int
  /// Compressed bytes that sorts and aggregations wrote to disk for lack of memory.
  package let spilledBytes: Int
  /// Work of the other hosts of a cluster; nil for a single server.
  package var shards: ShardWork?
}

/// Work of a cluster's other hosts for one query.
package struct ShardWork: Decodable, Sendable, Equatable {
  /// Their number.
  package var queries = 0
  /// Largest peak of one of them; nil if not recorded.
  package var memoryPeakBytes: Int?
  /// Sum of their peaks: an upper bound of their simultaneous memory.
  package var memorySumBytes: Int?

  /// Sequential work: queries and sums add up; the largest peak wins.
  package static func + (left: ShardWork, right: ShardWork) -> ShardWork {
    ShardWork(
      queries: left.queries + right.queries,
      memoryPeakBytes: [left, right].compactMap(\.memoryPeakBytes).max(),
      memorySumBytes: [left, right].compactMap(\.memorySumBytes).max())
  }
}

extension QueryLogEntry {
  /// Several sequential queries as one: work adds up, the largest peak wins.
  ///
  /// - Parameters:
  ///   - entries: at least one.
  ///   - answers: the ids of the queries whose rows are the result.
  /// - Returns: their total under the id of the first; nil if empty.
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
      resultRows: answering.map(\.resultRows).total,
      resultBytes: answering.map(\.resultBytes).total,
      selectedParts: sum(\.selectedParts), selectedMarks: sum(\.selectedMarks),
      spilledBytes: sum(\.spilledBytes),
      shards: shards.isEmpty ? nil : shards.reduce(ShardWork(), +))
  }

  /// A query with the work of other hosts. Its own entry has the rows and bytes that all of them
  /// read; its memory, CPU time, parts, marks and spilled bytes are those of its host only.
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

extension [Int?] {
  /// Nil if one is missing.
  package var total: Int? {
    let present = compactMap(\.self)
    return present.count == count ? present.reduce(0, +) : nil
  }
}

package struct QueryLog: Sendable {
  private let client: Client
  private let flush: LogFlush

  package init(_ client: Client, version: ServerVersion) {
    self.client = client
    flush = LogFlush(client, version: version, log: "query_log")
  }

  /// The finished entries of these queries, unordered; nil if they are incomplete at the timeout.
  ///
  /// - Parameters:
  ///   - inDoubt: whether an entry may never appear, which shortens the timeout.
  ///   - partly: whether at least one entry suffices.
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

  /// Nil if it does not appear before the timeout.
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

  /// The same on a cluster, where each host logs only its own work.
  private func entriesOfAll(
    _ queryIDs: [String], inDoubt: Bool, partly: Bool
  ) async throws -> [QueryLogEntry]? {
    let log = client.everyReplica("system.query_log")
    // The number of queries of the cluster that have started for it: all must have finished in the
    // log.
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

  // Milliseconds come from the monotonic clock and microseconds from the wall clock, which may be
  // set during a query: they are used if the two agree. A failed query can have a zero clock in
  // ProfileEvents. A missing event counts as 0, except CPU time, which every query uses and some
  // kernels do not count.
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
