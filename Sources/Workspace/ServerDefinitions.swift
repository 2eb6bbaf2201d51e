// The server's own descriptions of a workspace's tables.

import ClickHouseClient
import ClickHouseSQL

extension Workspace {
  package var definitions: ServerDefinitions { ServerDefinitions(workspace: self) }
}

/// The definitions of a workspace's tables, as the server has them.
package struct ServerDefinitions {
  let workspace: Workspace

  /// Whether every table of the database knows an insert again by its token: replicated ones do
  /// unless their window is 0, others if they have one. A distributed table hands the question on.
  package func deduplicateInserts() async throws -> Bool {
    struct Row: Decodable { let all, knowing: Int }
    let query = Query(
      """
      SELECT toInt64(count()) AS all, toInt64(countIf(
        engine LIKE 'Replicated%' AND NOT match(engine_full, '[ ,]replicated_dedup[a-z_]* = 0')
        OR engine LIKE 'Shared%'
        OR toUInt64OrZero(extract(
          engine_full, 'non_replicated_deduplication_window = ([0-9]+)')) > 0)) AS knowing
      FROM system.tables
      WHERE database = {database: String} AND (engine LIKE '%MergeTree' OR engine = 'Distributed')
      """, parameters: ["database": Parameter(workspace.database.name)])
    let row = try await workspace.client.rows(query, as: Row.self).first
    return row.map { $0.all > 0 && $0.all == $0.knowing } ?? false
  }

  /// How the server itself describes a table: its `CREATE` statement, without secrets.
  ///
  /// - Parameters:
  ///   - table: its name.
  ///   - isFront: whether it is the one over all shards.
  /// - Returns: the statement; nothing of a table that is not there.
  /// - Throws: ``ClickHouseError``.
  package func statement(of table: String, isFront: Bool = false) async throws -> String {
    let query = Query(
      """
      SELECT create_table_query AS text FROM system.tables
      WHERE database = {database: String} AND name = {table: String}
      """,
      parameters: [
        "database": Parameter((isFront ? workspace.front : workspace.database).name),
        "table": Parameter(table),
      ])
    return SecretMask.masked(
      sql: try await workspace.client.values(query, as: String.self).first ?? "")
  }
}
