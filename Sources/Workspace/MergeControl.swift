// Starts and stops the merges of a workspace's tables, and waits for replicas.

import ClickHouseClient
import Failures

extension Workspace {
  package var merges: MergeControl { MergeControl(workspace: self) }
}

/// The merges of a workspace.
package struct MergeControl {
  let workspace: Workspace

  private var client: Client { workspace.client }

  /// Lets merges run.
  ///
  /// - Parameter names: of which tables; nil for all.
  /// - Throws: ``ClickHouseError``.
  package func start(of names: [String]? = nil) async throws { try await set("START", names) }

  /// Stops merges, so that a state can be measured again.
  package func stop(of names: [String]? = nil) async throws { try await set("STOP", names) }

  private func set(_ verb: String, _ names: [String]?) async throws {
    let chosen = if let names { names } else { try await workspace.mergeTrees() }
    for table in chosen where table != Workspace.view {
      let name = Identifier.quoted(table)
      try await workspace.run(
        "SYSTEM \(verb) MERGES\(client.onCluster) \(workspace.database).\(name)")
    }
  }

  /// Has a replicated table look for merges every five seconds, also where there were none for
  /// long: it would come to look once a minute, and the end of merges would stay unknown.
  package func lookSteadily() async throws {
    guard client.cluster != nil else { return }
    for table in try await workspace.mergeTrees() {
      try await workspace.run(
        "ALTER TABLE \(Identifier.quoted(table))\(client.onCluster) "
          + "MODIFY SETTING max_merge_selecting_sleep_ms = 5000")
    }
  }

  /// Merges table, view and all else down to one part per partition.
  package func mergeAll() async throws {
    guard client.cluster == nil else { return try await mergeAllReplicas() }
    try await start()
    for name in try await workspace.mergeTrees() {
      try await workspace.run("OPTIMIZE TABLE \(Identifier.quoted(name))\(client.onCluster) FINAL")
    }
    try await stop()
  }

  /// The same on a cluster. No statement waits for its merges there: one that a lost host holds up
  /// would hold up every other statement on the cluster.
  private func mergeAllReplicas() async throws {
    for _ in 1...10 {
      try await start()
      for name in try await workspace.mergeTrees() {
        try await workspace.run(
          "OPTIMIZE TABLE \(Identifier.quoted(name))\(client.onCluster) FINAL",
          settings: ["alter_sync": "0"])
      }
      if try await awaitReplicas(merges: true), try await mostPartsInPartition() <= 1 {
        return try await stop()
      }
    }
    throw UserError.server(
      "the tables of \(workspace.database) cannot be merged into one part for each month; see "
        + "system.replication_queue")
  }

  /// The most active parts that a replica has in one partition of one table.
  private func mostPartsInPartition() async throws -> Int {
    let query = Query(
      """
      SELECT toInt64(max(here)) AS parts FROM (
        SELECT count() AS here FROM \(client.everyReplica("system.parts"))
        WHERE active AND database = {database: String}
        GROUP BY hostName(), tcpPort(), table, partition_id)
      """, parameters: ["database": Parameter(workspace.database.name)],
      settings: client.passingOverTheLost)
    return try await client.values(query, as: Int.self).first ?? 0
  }

  /// Waits until every existing replica has what the other one has: an export may read any.
  ///
  /// The replicas are asked, and not told to `SYNC`: a part that only a lost host has would hold up
  /// every statement on the cluster.
  ///
  /// - Parameter merges: whether merges that were begun must be done as well; while they are
  ///   stopped the server still lists those that it would make.
  /// - Returns: false where they cannot, because a host went with a part that no other one has.
  /// - Throws: ``UserError`` where they do not in time, and no host is missed.
  @discardableResult
  package func awaitReplicas(merges: Bool = false) async throws -> Bool {
    guard client.cluster != nil else { return true }
    struct Row: Decodable, Equatable { let behind, left: Int }
    let query = Query(
      """
      WITH inserts_in_queue + if({merges: UInt8}, merges_in_queue, 0) AS open
      SELECT toInt64(countIf(open > 0
          OR log_pointer <= log_max_index AND log_max_index + log_pointer > 0)) AS behind,
        toInt64(sum(open)) AS left
      FROM \(client.everyReplica("system.replicas")) WHERE database = {database: String}
      """, parameters: ["database": Parameter(workspace.database.name), "merges": merges ? 1 : 0],
      settings: client.passingOverTheLost)
    // Twice, for what has just been written may not be in the log yet.
    var quietLooks = 0
    var last = Row(behind: 0, left: 0)
    var changed = ContinuousClock.now
    while quietLooks < 2 {
      let now = try await client.rows(query, as: Row.self).first ?? last
      quietLooks = now.behind == 0 ? quietLooks + 1 : 0
      if now != last { changed = ContinuousClock.now }
      last = now
      let still = ContinuousClock.now - changed
      if still > .seconds(6), try await !workspace.lostHosts().isEmpty { return false }
      guard still < .seconds(300) else {
        throw UserError.server(
          "the replicas of \(workspace.database) do not become equal; see system.replication_queue")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    return true
  }
}
