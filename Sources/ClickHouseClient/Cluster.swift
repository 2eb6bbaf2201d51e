// A cluster as its servers know it: a name in `remote_servers`. Knows how statements and questions
// reach all of it, and no topology: that is the servers' own.

/// The name of a cluster, safe in the text of a query.
package struct Cluster: Sendable, Hashable, CustomStringConvertible {
  package let name: String

  /// Checks a name, as ``Identifier`` does.
  package init(_ name: String) throws(ClickHouseError) {
    guard Identifier.isName(name) else { throw .badCluster(Identifier.shown(name)) }
    self.name = name
  }

  package var description: String { name }

  package var onCluster: String { "ON CLUSTER \(Identifier.quoted(name))" }

  /// Settings of a statement `ON CLUSTER`: it waits for the servers that are there. One that is
  /// gone finds the statement in the queue when it is back.
  package static let statementSettings = ["distributed_ddl_output_mode": "throw_only_active"]
}

extension Client {
  /// ` ON CLUSTER` with the name, to be put into a statement; empty for a server by itself.
  package var onCluster: String { cluster.map { " \($0.onCluster)" } ?? "" }

  /// What stands after `FROM` to read a table of `system` on every replica of every shard that is
  /// there.
  ///
  /// - Parameter table: such as `system.query_log`.
  /// - Returns: the table itself for a server by itself.
  package func everyReplica(_ table: String) -> String {
    cluster.map { "clusterAllReplicas(\(Identifier.literal($0.name)), \(table))" } ?? table
  }

  /// The same on one replica of each shard, so that what replicas have in common is there once.
  package func everyShard(_ table: String) -> String {
    cluster.map { "cluster(\(Identifier.literal($0.name)), \(table))" } ?? table
  }

  /// Settings of a question to ``everyReplica(_:)`` or ``everyShard(_:)``: a replica that is gone
  /// is passed over. Never of an export, which would lack a shard without a word.
  package var passingOverTheLost: [String: String] {
    cluster == nil ? [:] : ["skip_unavailable_shards": "1", "load_balancing": "in_order"]
  }
}

extension ClickHouseError {
  /// Whether it says that a host of a cluster went, or that Keeper's session with one did.
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
