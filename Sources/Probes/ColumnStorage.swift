// Disk usage of each column of a table: `system.parts_columns` and `system.columns`.

import ClickHouseClient

/// Sum over the active parts.
package struct ColumnStorage: Decodable, Sendable, Equatable {
  package let column: String
  package let type: String
  /// Such as `CODEC(ZSTD(3))`; empty for the server's default.
  package let codec: String
  /// Stored size; nil with compact parts, whose columns share one file.
  package let compressedBytes: Int?
  /// Size in memory; nil with compact parts.
  package let uncompressedBytes: Int?

  /// Reads the columns of a table, or of the inner table of a view without `TO`, in table order.
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

/// Sum over the server's disks.
package struct DiskSpace: Decodable, Sendable, Equatable {
  package let freeBytes: Int
  package let totalBytes: Int

  /// Nil if the user may not read it.
  package static func read(from client: Client) async -> DiskSpace? {
    let query = Query(
      """
      SELECT toInt64(sum(free_space)) AS freeBytes, toInt64(sum(total_space)) AS totalBytes
      FROM system.disks HAVING count() > 0
      """)
    return try? await client.rows(query, as: DiskSpace.self).first
  }
}
