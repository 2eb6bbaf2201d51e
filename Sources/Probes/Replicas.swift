// Which hosts of a cluster are there: `system.clusters` names them, and each is asked.

import ClickHouseClient

/// One host of a cluster.
package struct Replica: Decodable, Sendable, Hashable, CustomStringConvertible {
  /// Which shard, from 1.
  package let shard: Int
  /// Which replica of it, from 1.
  package let replica: Int
  /// Its host and the port of its native protocol, as the cluster's own definition has them.
  package let address: String
  /// 1 if it answered.
  package let answers: Int

  /// `shard 2, replica 1 (10.0.0.7:9000)`
  package var description: String { "shard \(shard), replica \(replica) (\(address))" }

  /// Asks every host of the client's cluster.
  ///
  /// - Parameter client: of a cluster, or of a server by itself.
  /// - Returns: all hosts in the order of the definition; none of a server by itself.
  /// - Throws: ``ClickHouseError``.
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
