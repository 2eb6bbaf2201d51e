// One look at how a database stands while inserts go on: parts, merges and the server's memory.

import ClickHouseClient

/// What was seen in one look.
package struct WriteLook: Decodable, Sendable, Equatable {
  /// Active parts by table.
  package let parts: [String: Int]
  /// Merges that run.
  package let runningMerges: Int
  /// Bytes on disk that they read.
  package let mergingBytes: Int
  /// The server's resident memory in bytes, by its own account of the last second; nil where it
  /// keeps none.
  package let serverMemoryBytes: Double?
  /// The server's memory tracker (`MemoryTracking`), in bytes.
  package let serverTrackedBytes: Int?

  /// Looks at a database; of a cluster at one replica of each shard, and at the memory of the host
  /// that uses most.
  package static func take(at database: String, from client: Client) async throws -> WriteLook {
    var query = Query(
      """
      SELECT
        (SELECT CAST((groupArray(table), groupArray(toInt64(parts))), 'Map(String, Int64)')
          FROM (SELECT table, count() AS parts FROM \(client.everyShard("system.parts"))
            WHERE active AND database = {database: String} GROUP BY table)) AS parts,
        toInt64(count()) AS runningMerges,
        toInt64(sum(total_size_bytes_compressed)) AS mergingBytes,
        (SELECT max(toNullable(value)) FROM \(client.everyReplica("system.asynchronous_metrics"))
          WHERE metric = 'MemoryResident') AS serverMemoryBytes,
        (SELECT max(toNullable(value)) FROM \(client.everyReplica("system.metrics"))
          WHERE metric = 'MemoryTracking') AS serverTrackedBytes
      FROM \(client.everyShard("system.merges")) WHERE database = {database: String}
      """, settings: client.passingOverTheLost)
    query.parameters["database"] = Parameter(database)
    guard let look = try await client.rows(query, as: WriteLook.self).first else {
      throw ClickHouseError.undecodable("system.merges gave no row")
    }
    return look
  }
}
