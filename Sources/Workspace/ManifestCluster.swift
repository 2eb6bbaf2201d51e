// Describes the cluster of a client in the manifest.

import Probes
import ClickHouseClient
import Failures
import RunStore

extension Manifest.Cluster {
  /// Nil for a single server.
  package init?(of client: Client) async throws {
    guard let cluster = client.cluster else { return nil }
    let hosts = try await Replica.all(from: client)
    guard !hosts.isEmpty else {
      throw UserError.server(
        "\(client.endpoint) knows no cluster '\(cluster)'; those that it knows are in "
          + "system.clusters")
    }
    self.init(
      name: cluster.name, shards: Set(hosts.map(\.shard)).count, hosts: hosts.map(\.description))
  }
}
