// When parts of a workspace's tables are merged, and when replicas have the same ones.

import ClickHouse

extension Workspace {
  /// Lets merges run, or stops them: a state in which nothing moves can be measured again.
  ///
  /// - Parameters:
  ///   - running: whether they may run.
  ///   - names: of which tables; of all unless some are named.
  /// - Throws: ``ClickHouseError``.
  public func setMerges(running: Bool, of names: [String]? = nil) async throws {
    let all = try await mergeTrees()
    for table in names ?? all where table != Self.view {
      let name = try tableName(table)
      try await run(
        "SYSTEM \(running ? "START" : "STOP") MERGES\(client.onCluster) \(database).\(name)")
    }
  }

  /// Merges table, view and all else down to one part per partition.
  public func mergeAll() async throws {
    try await setMerges(running: true)
    for name in try await mergeTrees() {
      try await run("OPTIMIZE TABLE \(try tableName(name))\(client.onCluster) FINAL")
    }
    try await awaitReplicas()
    try await setMerges(running: false)
  }

  /// Waits until every replica that is there has what the other one has: an export may read any.
  func awaitReplicas() async throws {
    guard client.cluster != nil else { return }
    for name in try await mergeTrees() {
      try await run(
        "SYSTEM SYNC REPLICA\(client.onCluster) \(database).\(try tableName(name))")
    }
  }
}
