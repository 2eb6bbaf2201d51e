// Controls merges of a workspace's tables, and waits for replicas.

import ClickHouseClient
import Failures

extension Workspace {
  /// Starts or stops merges, so that a state can be measured repeatedly.
  ///
  /// - Parameter names: of tables; nil for all.
  /// - Throws: ``ClickHouseError``.
  package func setMerges(running: Bool, of names: [String]? = nil) async throws {
    let chosen = if let names { names } else { try await mergeTrees() }
    for table in chosen where table != Self.view {
      let name = Identifier.quoted(table)
      try await run(
        "SYSTEM \(running ? "START" : "STOP") MERGES\(client.onCluster) \(database).\(name)")
    }
  }

  /// Makes a replicated table look for merges every five seconds. By default the interval grows to
  /// a minute, and merges could not be reported as settled.
  package func lookForMergesSteadily() async throws {
    guard client.cluster != nil else { return }
    for table in try await mergeTrees() {
      try await run(
        "ALTER TABLE \(Identifier.quoted(table))\(client.onCluster) "
          + "MODIFY SETTING max_merge_selecting_sleep_ms = 5000")
    }
  }

  /// Merges all tables to one part per partition.
  package func mergeAll() async throws {
    guard client.cluster == nil else { return try await mergeAllReplicas() }
    try await setMerges(running: true)
    for name in try await mergeTrees() {
      try await run("OPTIMIZE TABLE \(Identifier.quoted(name))\(client.onCluster) FINAL")
    }
    try await setMerges(running: false)
  }

  /// On a cluster, without waiting in the statement: a merge blocked by a lost host would block all
  /// other statements on the cluster.
  private func mergeAllReplicas() async throws {
    for _ in 1...10 {
      try await setMerges(running: true)
      for name in try await mergeTrees() {
        try await run(
          "OPTIMIZE TABLE \(Identifier.quoted(name))\(client.onCluster) FINAL",
          settings: ["alter_sync": "0"])
      }
      if try await awaitReplicas(merges: true), try await mostPartsInPartition() <= 1 {
        return try await setMerges(running: false)
      }
    }
    throw UserError(
      .server,
      "the tables of \(database) cannot be merged into one part per month; see "
        + "system.replication_queue")
  }

  /// Maximum over replicas, partitions and tables.
  private func mostPartsInPartition() async throws -> Int {
    struct Row: Decodable { let parts: Int }
    let query = Query(
      """
      SELECT toInt64(max(here)) AS parts FROM (
        SELECT count() AS here FROM \(client.everyReplica("system.parts"))
        WHERE active AND database = {database: String}
        GROUP BY hostName(), tcpPort(), table, partition_id)
      """, parameters: ["database": Parameter(database.name)],
      settings: client.passingOverTheLost)
    return try await client.rows(query, as: Row.self).first?.parts ?? 0
  }

  /// Waits until all reachable replicas have the same parts, because an export may read any.
  ///
  /// Polls the replicas instead of `SYNC`, which a part on a lost host would block for the whole
  /// cluster.
  ///
  /// - Parameter merges: also wait for started merges; while merges are stopped, the server lists
  ///   those that it would start.
  /// - Returns: false if a host was lost with a part that no other host has.
  /// - Throws: ``UserError`` after the timeout, if no host is lost.
  @discardableResult
  package func awaitReplicas(merges: Bool = false) async throws -> Bool {
    guard client.cluster != nil else { return true }
    struct Row: Decodable, Equatable { let behind, left: Int }
    var query = Query(
      """
      WITH inserts_in_queue + if({merges: UInt8}, merges_in_queue, 0) AS open
      SELECT toInt64(countIf(open > 0
          OR log_pointer <= log_max_index AND log_max_index + log_pointer > 0)) AS behind,
        toInt64(sum(open)) AS left
      FROM \(client.everyReplica("system.replicas")) WHERE database = {database: String}
      """, settings: client.passingOverTheLost)
    query.parameters = ["database": Parameter(database.name), "merges": merges ? 1 : 0]
    // Twice, because recent writes may not be in the log yet.
    var quietLooks = 0
    var last = Row(behind: 0, left: 0)
    var changed = ContinuousClock.now
    while quietLooks < 2 {
      let now = try await client.rows(query, as: Row.self).first ?? last
      quietLooks = now.behind == 0 ? quietLooks + 1 : 0
      if now != last { changed = ContinuousClock.now }
      last = now
      let still = ContinuousClock.now - changed
      if still > .seconds(6), try await !lostHosts().isEmpty { return false }
      guard still < .seconds(300) else {
        throw UserError(
          .server,
          "the replicas of \(database) do not reach the same state; see system.replication_queue")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    return true
  }
}
