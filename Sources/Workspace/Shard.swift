// The shards of a cluster one by one, for work that each of them does alone.

import ClickHouseClient
import Failures

/// A shard of a cluster, by one of its servers.
package struct Shard: Sendable {
  /// Which one, from 1; nil of a server by itself.
  package let number: Int?
  /// Asks that server, and no other.
  package let client: Client

  package init(number: Int? = nil, client: Client) { (self.number, self.client) = (number, client) }

  /// The shards of the client's cluster, each by the first of the client's servers that is of it
  /// and answers.
  ///
  /// - Parameter client: of a cluster, or of a server by itself.
  /// - Returns: all shards in their order; the server itself where it is of no cluster.
  /// - Throws: ``UserError`` for a shard of which the client has no server; ``ClickHouseError``.
  package static func all(of client: Client) async throws -> [Shard] {
    guard let cluster = client.cluster else { return [Shard(number: nil, client: client)] }
    struct Row: Decodable { let shard: Int }
    let own = Query(
      """
      SELECT toInt64(shard_num) AS shard FROM system.clusters
      WHERE cluster = {cluster: String} AND is_local
      """, parameters: ["cluster": Parameter(cluster.name)])
    var found: [Int: Client] = [:]
    for endpoint in client.endpoints {
      let server = Client(endpoint, timeouts: client.timeouts)
      do {
        guard let shard = try await server.rows(own, as: Row.self).first?.shard else { continue }
        found[shard] = found[shard] ?? server
      } catch ClickHouseError.transport {
        // Another replica of its shard may be there.
      }
    }
    let lacking = try await addresses(in: cluster, by: client).first { found[$0.shard] == nil }
    if let lacking {
      throw UserError(
        .server,
        "no server of shard \(lacking.shard) of the cluster \(cluster) answers; name one of each "
          + "shard in --url, here the HTTP address of \(lacking.address) or of another replica")
    }
    return found.sorted { $0.key < $1.key }.map { Shard(number: $0.key, client: $0.value) }
  }

  /// How many shards share the rows of the client's tables: one of a server by itself.
  ///
  /// - Throws: ``UserError`` for a cluster that the server does not know; ``ClickHouseError``.
  package static func count(of client: Client) async throws -> Int {
    guard let cluster = client.cluster else { return 1 }
    return try await addresses(in: cluster, by: client).count
  }

  private struct Address: Decodable {
    let shard: Int
    let address: String
  }

  /// Every shard as the server knows it, with the native address of one of its replicas.
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
      throw UserError(
        .server, "the server knows no cluster \(cluster); see its system.clusters for the name")
    }
    return known
  }
}
