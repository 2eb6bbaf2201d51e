// What a backfill waits for on the server: merges, replicas, and earlier backfills.

import ClickHouseClient
import Failures

/// Waits for a server, within a bound.
struct BackfillWaits {
  let runner: BackfillRunner
  let tell: @Sendable (BackfillNews) -> Void

  /// How long an insert of an earlier backfill may go on, or merges may lag behind.
  private static let timeout: Duration = .seconds(600)

  private var table: BackfillTable { runner.table }

  /// Waits until the partition has half as many parts as slow inserts down, so that users can still
  /// insert; or until merges have stopped before that many.
  func forParts(in partition: String) async throws {
    let most = max(1, table.partsToDelay / 2)
    let query = Query(
      """
      WITH (SELECT count() FROM system.merges
        WHERE database = {database:String} AND table = {table:String}) AS merges
      SELECT toInt64(if(merges = 0 AND count() < {delay:UInt64}, 0, count())) AS count
      FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String}
        AND partition_id = {partition:String}
      """,
      parameters: [
        "database": Parameter(table.targetName.database), "table": Parameter(table.targetName.name),
        "partition": Parameter(partition), "delay": Parameter(table.partsToDelay),
      ])
    try await wait("merges", until: query) { $0 <= most }
  }

  /// An insert of a backfill that was killed goes on in the server, and could write after the last
  /// comparison.
  func forEarlierBackfills() async throws {
    let query = Query(
      """
      SELECT toInt64(count()) AS count FROM system.processes
      WHERE Settings['log_comment'] = {comment:String} AND query_id != queryID()
      """, parameters: ["comment": Parameter(runner.comment)])
    try await wait("the queries of another backfill of this view", until: query) { $0 == 0 }
  }

  /// Waits until the server has what other replicas had of the table when this was called: rows
  /// from before the view, which another replica took, would be missed. What it lacks of the view
  /// is copied once more, with the same result.
  func forReplicas() async throws {
    struct Row: Decodable { let newest: Int }
    let name = table.tableName.name
    let here = ["database": Parameter(table.tableName.database), "table": Parameter(name)]
    let newest = try await runner.rows(
      Query(
        """
        SELECT toInt64(log_max_index) AS newest FROM system.replicas
        WHERE database = {database:String} AND table = {table:String}
        """, parameters: here), as: Row.self
    ).first?.newest
    guard let newest else { return }
    // Of a log without entries both are 0.
    let behind = Query(
      """
      SELECT toInt64(log_pointer <= {newest:Int64} AND {newest:Int64} > 0) AS count
      FROM system.replicas WHERE database = {database:String} AND table = {table:String}
      """, parameters: here.merging(["newest": Parameter(newest)]) { $1 })
    try await wait("\(name) to learn of other replicas' parts", until: behind) { $0 == 0 }
    // Entries are numbered as they come in; later ones are other inserts'.
    let last = try await count(Self.fetches("max(toInt64(substring(node_name, 7)))", here))
    var open = Self.fetches("countIf(toInt64(substring(node_name, 7)) <= {last:Int64})", here)
    open.parameters["last"] = Parameter(last)
    try await wait("\(name) to fetch other replicas' parts", until: open) { $0 == 0 }
  }

  /// A figure of the parts that are to be fetched; an entry is named `queue-0000000123`.
  private static func fetches(_ figure: String, _ table: [String: Parameter]) -> Query {
    Query(
      """
      SELECT toInt64(\(figure)) AS count FROM system.replication_queue
      WHERE database = {database:String} AND table = {table:String} AND type = 'GET_PART'
      """, parameters: table)
  }

  func forMerges(_ timeout: Duration) async throws {
    let query = Query(
      """
      SELECT toInt64(count()) AS count FROM system.merges
      WHERE database = {database:String} AND table = {table:String}
      """,
      parameters: [
        "database": Parameter(table.targetName.database), "table": Parameter(table.targetName.name),
      ])
    let deadline = ContinuousClock.now + timeout
    var quiet = 0
    // Between two merges there may be a moment without one.
    while quiet < 3, ContinuousClock.now < deadline {
      quiet = try await count(query) == 0 ? quiet + 1 : 0
      if quiet == 1, timeout > .seconds(1) { tell(.step("waiting for merges")) }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  private func wait(_ what: String, until query: Query, _ isEnough: (Int) -> Bool) async throws {
    let deadline = ContinuousClock.now + Self.timeout
    var isTold = false
    while true {
      let count = try await count(query)
      if isEnough(count) { return }
      guard ContinuousClock.now < deadline else {
        throw UserError.server(
          "waited for \(what) for \(Self.timeout), and there are still \(count); check the "
            + "server, and run this again: what was copied stays")
      }
      if !isTold { tell(.step("waiting for \(what)")) }
      isTold = true
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  private func count(_ query: Query) async throws -> Int {
    struct Row: Decodable { let count: Int }
    return try await runner.rows(query, as: Row.self).first?.count ?? 0
  }
}
