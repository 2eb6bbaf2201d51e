// The shards of a cluster, for work that each does separately.

import ClickHouseClient
import Failures

/// A shard with one of its servers.
package struct Shard: Sendable {
  /// From 1; nil for a single server.
  package let number: Int?
  /// Queries only this server.
  package let client: Client

  package init(number: Int? = nil, client: Client) { (self.number, self.client) = (number, client) }

  /// The shards of the client's cluster, each with the first of the client's servers that belongs
  /// to it and answers; a single server counts as one shard.
  ///
  /// - Returns: all shards in order.
  /// - Throws: ``UserError`` for a shard without a reachable server in the client;
  ///   ``ClickHouseError``.
  package static func all(of client: Client) async throws -> [Shard] {
    guard let cluster = client.cluster else { return [Shard(number: nil, client: client)] }
    let own = Query(
      """
      SELECT toInt64(shard_num) AS shard FROM system.clusters
      WHERE cluster = {cluster: String} AND is_local
      """, parameters: ["cluster": Parameter(cluster.name)])
    var found: [Int: Client] = [:]
    for endpoint in client.endpoints {
      let server = Client(endpoint, timeouts: client.timeouts)
      do {
        guard let shard = try await server.values(own, as: Int.self).first else { continue }
        found[shard] = found[shard] ?? server
      } catch ClickHouseError.transport {
        // Another replica of the shard may answer.
      }
    }
    let lacking = try await addresses(in: cluster, by: client).first { found[$0.shard] == nil }
    if let lacking {
      throw UserError.server(
        "no server of shard \(lacking.shard) of the cluster \(cluster) answers; give one of each "
          + "shard in --url, here the HTTP address of \(lacking.address) or of another replica")
    }
    return found.sorted { $0.key < $1.key }.map { Shard(number: $0.key, client: $0.value) }
  }

  /// Number of shards with rows of the client's tables; 1 for a single server.
  ///
  /// - Throws: ``UserError`` for an unknown cluster; ``ClickHouseError``.
  package static func count(of client: Client) async throws -> Int {
    guard let cluster = client.cluster else { return 1 }
    return try await addresses(in: cluster, by: client).count
  }

  private struct Address: Decodable {
    let shard: Int
    let address: String
  }

  /// Every shard with the native address of one replica.
  private static func addresses(
    in cluster: Cluster, by client: Client
  ) async throws -> [Address] {
    let query = Query(
      """
      SELECT toInt64(shard_num) AS shard, min(concat(host_name, ':', toString(port))) AS address
      FROM system.clusters WHERE cluster = {cluster: String} GROUP BY shard_num ORDER BY shard_num
      """, parameters: ["cluster": Parameter(cluster.name)])
    let known = try await client.rows(query, as: Address.self)
    guard !known.isEmpty else {
      throw UserError.server(
        "the server knows no cluster \(cluster); see its system.clusters for the name")
    }
    return known
  }
}
