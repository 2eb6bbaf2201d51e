// Samples a database during inserts: parts, merges and the server's memory.

import ClickHouseClient

package struct WriteLook: Decodable, Sendable, Equatable {
  /// By table.
  package let parts: [String: Int]
  package let runningMerges: Int
  /// Bytes on disk that running merges read.
  package let mergingBytes: Int
  /// The server's resident memory of the last second; nil if it does not record it.
  package let serverMemoryBytes: Double?
  /// The server's memory tracker (`MemoryTracking`).
  package let serverTrackedBytes: Int?

  /// On a cluster samples one replica of each shard, and the memory of the host that uses most.
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
