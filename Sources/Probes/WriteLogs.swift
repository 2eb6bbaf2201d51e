// What an insert wrote, and where: `system.part_log`, `system.query_views_log` and, for those that
// the server gathered, `system.asynchronous_insert_log`.
//
// The first two differ on purpose: the view's log counts what was handed to the view, the part log
// what was written. ReplacingMergeTree de-duplicates inside an insert block.

import ClickHouseClient

/// The rows and bytes that one insert wrote as new parts of one table.
package struct WrittenParts: Decodable, Sendable, Equatable {
  /// The insert's query id.
  package let queryID: String
  /// The table that the parts belong to; a view's inner table has a name such as `.inner_id.…`.
  package let table: String
  /// New parts.
  package let parts: Int
  package let rows: Int
  /// Their bytes on disk.
  package let bytes: Int

  /// Whether they belong to a view: one made without `TO` keeps its rows in a table whose name
  /// begins with a dot.
  package var isInner: Bool { table.hasPrefix(".") }
}

/// What one insert handed to the views behind its table.
package struct ViewWork: Decodable, Sendable, Equatable {
  /// The insert's query id.
  package let queryID: String
  /// Rows handed to the view.
  package let rows: Int
  /// Time in the view, in milliseconds.
  package let durationMs: Double
}

/// Reads these logs of a server.
package struct WriteLogs: Sendable {
  private let client: Client
  private let partFlush: LogFlush
  private let viewFlush: LogFlush
  private let asyncFlush: LogFlush

  /// - Parameters:
  ///   - client: the server whose logs are read.
  ///   - version: the server's.
  package init(_ client: Client, version: ServerVersion) {
    self.client = client
    partFlush = LogFlush(client, version: version, log: "part_log")
    viewFlush = LogFlush(client, version: version, log: "query_views_log")
    asyncFlush = LogFlush(client, version: version, log: "asynchronous_insert_log")
  }

  /// The new parts of these inserts, by insert and table; nil if some insert has none in time.
  package func parts(of queryIDs: [String]) async throws -> [WrittenParts]? {
    var query = Query(
      """
      SELECT queryID, table, toInt64(count()) AS parts, toInt64(sum(rows)) AS rows,
        toInt64(sum(size_in_bytes)) AS bytes
      FROM (\(newParts)) WHERE has({ids: Array(String)}, queryID) GROUP BY queryID, table
      """, settings: client.passingOverTheLost)
    query.parameters["ids"] = Parameter(queryIDs)
    return try await partFlush.until {
      let found = try await client.rows(query, as: WrittenParts.self)
      return Set(found.map(\.queryID)).count >= queryIDs.count ? found : nil
    }
  }

  /// New parts with the insert that brought them. On a cluster a shard writes them under an id
  /// of its own, of which the query log knows for whom it was; the other replica fetches a part,
  /// and has no new one.
  private var newParts: String {
    guard client.cluster != nil else {
      return """
        SELECT query_id AS queryID, table, rows, size_in_bytes FROM system.part_log
        WHERE event_date >= yesterday() AND event_type = 'NewPart'
        """
    }
    return """
      SELECT q.initial AS queryID, p.table AS table, p.rows AS rows,
        p.size_in_bytes AS size_in_bytes
      FROM (
        SELECT query_id, table, rows, size_in_bytes
        FROM \(client.everyReplica("system.part_log"))
        WHERE event_date >= yesterday() AND event_type = 'NewPart') AS p
      INNER JOIN (
        SELECT DISTINCT query_id, initial_query_id AS initial
        FROM \(client.everyReplica("system.query_log"))
        WHERE event_date >= yesterday() AND has({ids: Array(String)}, initial_query_id)) AS q
      ON p.query_id = q.query_id
      """
  }

  /// The views' work for these inserts; nil if some insert has none in time.
  package func views(of queryIDs: [String]) async throws -> [ViewWork]? {
    var query = Query(
      """
      SELECT initial_query_id AS queryID, toInt64(sum(read_rows)) AS rows,
        sum(view_duration_ms) + 0.0 AS durationMs
      FROM \(client.everyReplica("system.query_views_log"))
      WHERE event_date >= yesterday() AND status != 'QueryStart'
        AND has({ids: Array(String)}, initial_query_id)
      GROUP BY initial_query_id
      """, settings: client.passingOverTheLost)
    query.parameters["ids"] = Parameter(queryIDs)
    return try await viewFlush.until {
      let found = try await client.rows(query, as: ViewWork.self)
      return found.count >= queryIDs.count ? found : nil
    }
  }

  /// The queries that wrote what these asynchronous inserts brought, by insert.
  ///
  /// - Parameter queryIDs: inserts that ended well.
  /// - Returns: the id of the flush for each that the server gathered, and its own for each that
  ///   the server wrote at once, because it was larger than `async_insert_max_data_size`. One of
  ///   which the logs say nothing is not in it.
  /// - Throws: ``ClickHouseError``.
  package func writers(of queryIDs: [String]) async throws -> [String: String] {
    struct Row: Decodable {
      let queryID: String
      let flushID: String
    }
    guard !queryIDs.isEmpty else { return [:] }
    let own = Set(try await directParts(of: queryIDs))
    let gathered = queryIDs.filter { !own.contains($0) }
    var writers = Dictionary(own.map { ($0, $0) }, uniquingKeysWith: { first, _ in first })
    guard !gathered.isEmpty else { return writers }
    var query = Query(
      """
      SELECT query_id AS queryID, any(flush_query_id) AS flushID
      FROM \(client.everyReplica("system.asynchronous_insert_log"))
      WHERE event_date >= yesterday() AND status = 'Ok' AND has({ids: Array(String)}, query_id)
      GROUP BY query_id
      """, settings: client.passingOverTheLost)
    query.parameters["ids"] = Parameter(gathered)
    let found = try await asyncFlush.until {
      let rows = try await client.rows(query, as: Row.self)
      return rows.count >= gathered.count ? rows : nil
    }
    for row in found ?? [] { writers[row.queryID] = row.flushID }
    return writers
  }

  /// Which of these inserts made parts under their own id. A part is in the log before its insert
  /// is answered, so one look is enough.
  private func directParts(of queryIDs: [String]) async throws -> [String] {
    struct Row: Decodable { let queryID: String }
    var query = Query(
      "SELECT DISTINCT queryID FROM (\(newParts)) WHERE has({ids: Array(String)}, queryID)",
      settings: client.passingOverTheLost)
    query.parameters["ids"] = Parameter(queryIDs)
    return try await partFlush.until { try await client.rows(query, as: Row.self) }?
      .map(\.queryID) ?? []
  }
}
