// What an insert wrote, by table: `system.part_log`, `system.query_views_log` and
// `system.asynchronous_insert_log`.
//
// The first two differ because ReplacingMergeTree deduplicates within an insert block: the views'
// log counts rows passed to the view, the part log rows written.

import ClickHouseClient

/// New parts of one table from one insert.
package struct WrittenParts: Decodable, Sendable, Equatable {
  package let queryID: String
  /// A view's inner table has a name such as `.inner_id.…`.
  package let table: String
  package let parts: Int
  package let rows: Int
  /// On disk.
  package let bytes: Int

  /// Whether they belong to a view: a view without `TO` has a table whose name begins with a dot.
  package var isInner: Bool { table.hasPrefix(".") }
}

/// The work of views for one insert.
package struct ViewWork: Decodable, Sendable, Equatable {
  package let queryID: String
  /// Rows passed to the view.
  package let rows: Int
  package let durationMs: Double
}

package struct WriteLogs: Sendable {
  private let client: Client
  private let partFlush: LogFlush
  private let viewFlush: LogFlush
  private let asyncFlush: LogFlush

  package init(_ client: Client, version: ServerVersion) {
    self.client = client
    partFlush = LogFlush(client, version: version, log: "part_log")
    viewFlush = LogFlush(client, version: version, log: "query_views_log")
    asyncFlush = LogFlush(client, version: version, log: "asynchronous_insert_log")
  }

  /// By insert and table; nil if an insert has none before the timeout.
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

  /// New parts with their insert's query id. On a cluster a shard writes them under another id,
  /// which the query log maps to the insert's; other replicas fetch a part and log no new one.
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

  /// Nil if an insert has none before the timeout.
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

  /// The queries that wrote the data of these asynchronous inserts, by insert.
  ///
  /// - Parameter queryIDs: successful inserts.
  /// - Returns: the flush's id for each buffered insert, and the insert's own id if the server
  ///   wrote it at once because it exceeds `async_insert_max_data_size`. Inserts that the logs do
  ///   not mention are missing.
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

  /// Inserts that wrote parts under their own id. A part is logged before its insert returns, so
  /// one query suffices.
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
