// Cluster name and how statements and queries reach all its servers. The servers define the
// topology in `remote_servers`.

/// A cluster name that is safe in SQL text.
package struct Cluster: Sendable, Hashable, CustomStringConvertible {
  package let name: String

  /// Validates like ``Identifier``.
  package init(_ name: String) throws(ClickHouseError) {
    guard Identifier.isName(name) else { throw .badCluster(Identifier.shown(name)) }
    self.name = name
  }

  package var description: String { name }

  package var onCluster: String { "ON CLUSTER \(Identifier.quoted(name))" }

  /// Settings of an `ON CLUSTER` statement: it waits for the active servers; an inactive one
  /// executes it from the queue when it returns.
  package static let statementSettings = ["distributed_ddl_output_mode": "throw_only_active"]
}

extension Client {
  /// ` ON CLUSTER` with the name; empty for a single server.
  package var onCluster: String { cluster.map { " \($0.onCluster)" } ?? "" }

  /// The `FROM` operand that reads a `system` table, such as `system.query_log`, on every available
  /// replica of every shard; the table itself for a single server.
  package func everyReplica(_ table: String) -> String {
    cluster.map { "clusterAllReplicas(\(Identifier.literal($0.name)), \(table))" } ?? table
  }

  /// The same on one replica of each shard, so that data shared by replicas counts once.
  package func everyShard(_ table: String) -> String {
    cluster.map { "cluster(\(Identifier.literal($0.name)), \(table))" } ?? table
  }

  /// Settings of a query to ``everyReplica(_:)`` or ``everyShard(_:)``: unavailable replicas are
  /// skipped. Never for an export, which would silently lack a shard.
  package var passingOverTheLost: [String: String] {
    cluster == nil ? [:] : ["skip_unavailable_shards": "1", "load_balancing": "in_order"]
  }
}

extension ClickHouseError {
  /// Whether the error reports a lost host of a cluster, or a lost Keeper session.
  package var isOfLostHost: Bool {
    switch self {
    case .transport: true
    case .server(let exception):
      // ATTEMPT_TO_READ_AFTER_EOF, SOCKET_TIMEOUT, NETWORK_ERROR, ABORTED, TABLE_IS_READ_ONLY,
      // ALL_CONNECTION_TRIES_FAILED, UNKNOWN_STATUS_OF_INSERT, KEEPER_EXCEPTION.
      [32, 209, 210, 236, 242, 279, 319, 999].contains(exception.code)
    default: false
    }
  }
}
