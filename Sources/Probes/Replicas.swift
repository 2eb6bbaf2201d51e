// Availability of a cluster's hosts: queries each host named in `system.clusters`.

import ClickHouseClient

package struct Replica: Decodable, Sendable, Hashable, CustomStringConvertible {
  /// From 1.
  package let shard: Int
  /// From 1.
  package let replica: Int
  /// Host and native port, as in the cluster's definition.
  package let address: String
  /// 1 if it responded.
  package let answers: Int

  package var description: String { "shard \(shard), replica \(replica) (\(address))" }

  /// All hosts in the order of the definition; empty for a single server.
  package static func all(from client: Client) async throws -> [Replica] {
    guard let cluster = client.cluster else { return [] }
    let query = Query(
      """
      WITH (SELECT groupUniqArray(_shard_num) FROM \(client.everyReplica("system.one"))) AS answered
      SELECT toInt64(shard_num) AS shard, toInt64(replica_num) AS replica,
        concat(host_name, ':', toString(port)) AS address,
        toInt64(has(answered, rowNumberInAllBlocks() + 1)) AS answers
      FROM (
        SELECT * FROM system.clusters WHERE cluster = {cluster: String}
        ORDER BY shard_num, replica_num)
      """, parameters: ["cluster": Parameter(cluster.name)], settings: client.passingOverTheLost)
    return try await client.rows(query, as: Replica.self)
  }
}
