// How large each column of a table is on disk: `system.parts_columns` and `system.columns`.

import ClickHouseClient

/// One column of the active parts of a table, added up.
package struct ColumnStorage: Decodable, Sendable, Equatable {
  /// The column's name.
  package let column: String
  package let type: String
  /// Its codec as the table declares it, such as `CODEC(ZSTD(3))`; empty for the server's default.
  package let codec: String
  /// Data as stored; nil where a part is compact, because its columns share one file and are not
  /// counted apart.
  package let compressedBytes: Int?
  /// Data in memory; nil likewise.
  package let uncompressedBytes: Int?

  /// Reads the columns of a table, or of the inner table of a view made without `TO`, in the
  /// table's order.
  package static func read(
    _ table: String, in database: String, from client: Client
  ) async throws -> [ColumnStorage] {
    var query = Query(
      """
      WITH (SELECT if(engine = 'MaterializedView', '.inner_id.' || toString(uuid), name)
        FROM system.tables WHERE database = {database: String} AND name = {table: String}) AS stored
      SELECT c.name AS column, c.type AS type, c.compression_codec AS codec,
        if(p.compact > 0, NULL, toInt64(p.compressed)) AS compressedBytes,
        if(p.compact > 0, NULL, toInt64(p.uncompressed)) AS uncompressedBytes
      FROM system.columns AS c
      INNER JOIN (
        SELECT column, sum(column_data_compressed_bytes) AS compressed,
          sum(column_data_uncompressed_bytes) AS uncompressed,
          countIf(part_type = 'Compact') AS compact
        FROM \(client.everyShard("system.parts_columns"))
        WHERE active AND database = {database: String} AND table = stored
        GROUP BY column) AS p ON p.column = c.name
      WHERE c.database = {database: String} AND c.table = stored
      ORDER BY c.position
      """, settings: client.passingOverTheLost)
    query.parameters = ["database": Parameter(database), "table": Parameter(table)]
    return try await client.rows(query, as: ColumnStorage.self)
  }
}

/// The disks that a server keeps its data on, added up.
package struct DiskSpace: Decodable, Sendable, Equatable {
  package let freeBytes: Int
  package let totalBytes: Int

  /// Reads the space of the disks; nil where the user may not see it.
  package static func read(from client: Client) async -> DiskSpace? {
    let query = Query(
      """
      SELECT toInt64(sum(free_space)) AS freeBytes, toInt64(sum(total_space)) AS totalBytes
      FROM system.disks HAVING count() > 0
      """)
    return try? await client.rows(query, as: DiskSpace.self).first
  }
}
