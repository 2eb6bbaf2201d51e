// Disk usage, parts and merges of a table: `system.parts` and `system.merges`.

import ClickHouseClient

/// Sum over active parts unless noted otherwise.
package struct TableStorage: Decodable, Sendable, Equatable {
  package let parts: Int
  package let rows: Int
  /// Column data as stored.
  package let compressedBytes: Int
  /// Column data in memory.
  package let uncompressedBytes: Int
  /// Everything: data, marks, primary keys, skip indexes, checksums.
  package let onDiskBytes: Int
  /// As stored.
  package let marksBytes: Int
  /// As stored.
  package let primaryKeyBytes: Int
  /// Inactive parts that are still on disk.
  package let outdatedParts: Int
  package let outdatedBytes: Int
  package let runningMerges: Int

  /// Sum over the replicas of a cluster.
  package struct Copies: Decodable, Sendable, Equatable {
    /// Hosts that responded.
    package let replicas: Int
    /// Of active parts.
    package let onDiskBytes: Int
  }

  private static let stored = """
    SELECT if(engine = 'MaterializedView', '.inner_id.' || toString(uuid), name) AS stored_name
    FROM system.tables WHERE database = {database: String} AND name = {table: String}
    """

  /// Nil for a single server.
  package static func copies(
    of table: String, in database: String, from client: Client
  ) async throws -> Copies? {
    guard client.cluster != nil else { return nil }
    let query = Query(
      """
      SELECT toInt64(uniqExact(hostName(), tcpPort())) AS replicas,
        toInt64(sum(bytes_on_disk)) AS onDiskBytes
      FROM \(client.everyReplica("system.parts"))
      WHERE active AND database = {database: String} AND table IN (\(stored))
      """,
      parameters: ["database": Parameter(database), "table": Parameter(table)],
      settings: client.passingOverTheLost)
    return try await client.rows(query, as: Copies.self).first
  }

  /// Reads the storage of a table, or of the inner table of a view without `TO`. On a cluster reads
  /// one replica of each shard, so that every row counts once.
  package static func read(
    _ table: String, in database: String, from client: Client
  ) async throws -> TableStorage {
    var query = Query(
      """
      SELECT
        toInt64(countIf(active)) AS parts,
        toInt64(sumIf(p.rows, active)) AS rows,
        toInt64(sumIf(data_compressed_bytes, active)) AS compressedBytes,
        toInt64(sumIf(data_uncompressed_bytes, active)) AS uncompressedBytes,
        toInt64(sumIf(bytes_on_disk, active)) AS onDiskBytes,
        toInt64(sumIf(p.marks_bytes, active)) AS marksBytes,
        toInt64(sumIf(primary_key_size, active)) AS primaryKeyBytes,
        toInt64(countIf(NOT active)) AS outdatedParts,
        toInt64(sumIf(bytes_on_disk, NOT active)) AS outdatedBytes,
        (SELECT toInt64(count()) FROM \(client.everyShard("system.merges"))
          WHERE database = {database: String} AND table IN (\(stored))) AS runningMerges
      FROM \(client.everyShard("system.parts")) AS p
      WHERE database = {database: String} AND table IN (\(stored))
      """, settings: client.passingOverTheLost)
    query.parameters = ["database": Parameter(database), "table": Parameter(table)]
    guard let storage = try await client.rows(query, as: TableStorage.self).first else {
      throw ClickHouseError.undecodable("system.parts gave no row for table '\(table)'")
    }
    return storage
  }
}
