// Copy phase of a backfill: inserts chunk after chunk without exceeding the parts that the server
// can merge.

import ClickHouseClient
import Failures
import Units

extension Backfill {
  /// Timeout for an insert of an earlier backfill, and for pending merges.
  package static let timeout: Duration = .seconds(600)
  /// Retries of a chunk while the server has too many parts.
  static let triesMax = 10

  package func copy(_ plan: BackfillPlan) async throws {
    let total = plan.chunks.map(\.lacking).reduce(0, +)
    guard total > 0 else { return tell(.step("the view lacks nothing")) }
    let chunks = "\(Count(plan.chunks.count)) chunk\(plan.chunks.count == 1 ? "" : "s")"
    tell(.step("copying \(Count(total)) of the view's keys in \(chunks)"))
    var done = 0
    let began = clock.now
    for chunk in plan.chunks {
      let news = { @Sendable [tell, clock, done] (rows: Int) in
        tell(
          .progress(
            "copying \(chunk.partition)", done: done + min(rows, chunk.lacking), of: total,
            unit: "keys", seconds: (clock.now - began) / .seconds(1)))
      }
      try await copy(chunk, of: plan, news)
      done += chunk.lacking
      news(chunk.lacking)
    }
  }

  private func copy(
    _ chunk: BackfillChunk, of plan: BackfillPlan, _ news: @escaping @Sendable (Int) -> Void
  ) async throws {
    for attempt in 1...Self.triesMax {
      let began = clock.now
      try await waitForParts(in: chunk.partition)
      let waited = (clock.now - began) / .milliseconds(1)
      news(0)
      var answer = try await runner.execute(.copy, chunk.partition, sql.copy(chunk), watch: news)
      describe(chunk, plan, in: &answer.sample)
      answer.sample.waitedMs = waited
      try keep(answer.sample)
      do {
        return try answer.result.get()
      } catch let error as ClickHouseError {
        // Rows inserted before the error remain, and are not copied again.
        guard error.serverException?.name == "TOO_MANY_PARTS", attempt < Self.triesMax else {
          throw explained(error, chunk)
        }
        tell(.step("the view has too many parts; waiting for merges"))
        try await Task.sleep(for: .seconds(2 * attempt))
      }
    }
  }

  private func explained(_ error: ClickHouseError, _ chunk: BackfillChunk) -> any Error {
    guard error.serverException?.name == "MEMORY_LIMIT_EXCEEDED" else { return error }
    return UserError(
      .server,
      "copying \(chunk.firstDate) to \(chunk.lastDate) needs more than "
        + "\(ByteCount(limits.memoryBytes)) on the server; give it more with --max-memory, or "
        + "fewer --chunk-rows; what was copied stays")
  }

  /// Waits until the partition has half as many parts as would slow down inserts, so that the
  /// users' inserts are not delayed; or until merges have stopped above that.
  private func waitForParts(in partition: String) async throws {
    let most = max(1, table.partsToDelay / 2)
    var query = Query(
      """
      WITH (SELECT count() FROM system.merges
        WHERE database = {database:String} AND table = {table:String}) AS merges
      SELECT toInt64(if(merges = 0 AND count() < {delay:UInt64}, 0, count())) AS count
      FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String}
        AND partition_id = {partition:String}
      """)
    query.parameters = [
      "database": Parameter(table.targetName.database), "table": Parameter(table.targetName.name),
      "partition": Parameter(partition), "delay": Parameter(table.partsToDelay),
    ]
    try await wait("merges", until: query) { $0 <= most }
  }

  /// An insert of a killed backfill continues on the server, and could write after the last
  /// comparison.
  func waitForEarlier() async throws {
    var query = Query(
      """
      SELECT toInt64(count()) AS count FROM system.processes
      WHERE Settings['log_comment'] = {comment:String} AND query_id != queryID()
      """)
    query.parameters = ["comment": Parameter(runner.comment)]
    try await wait("the queries of another backfill of this view", until: query) { $0 == 0 }
  }

  /// Waits until the server has everything that other replicas had when this was called: otherwise
  /// rows from before the view on another replica would be missed. Rows that the view's replica
  /// still lacks are copied again, with the same result.
  func waitForReplicas() async throws {
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
    // Both are 0 for a log without entries.
    var behind = Query(
      """
      SELECT toInt64(log_pointer <= {newest:Int64} AND {newest:Int64} > 0) AS count
      FROM system.replicas WHERE database = {database:String} AND table = {table:String}
      """, parameters: here)
    behind.parameters["newest"] = Parameter(newest)
    try await wait("\(name) to learn of other replicas' parts", until: behind) { $0 == 0 }
    // Entries are numbered in order of arrival; later ones are from other inserts.
    let last = try await count(Self.fetches("max(toInt64(substring(node_name, 7)))", here))
    var open = Self.fetches("countIf(toInt64(substring(node_name, 7)) <= {last:Int64})", here)
    open.parameters["last"] = Parameter(last)
    try await wait("\(name) to fetch other replicas' parts", until: open) { $0 == 0 }
  }

  /// A figure of the parts to be fetched; an entry is named `queue-0000000123`.
  private static func fetches(_ figure: String, _ table: [String: Parameter]) -> Query {
    Query(
      """
      SELECT toInt64(\(figure)) AS count FROM system.replication_queue
      WHERE database = {database:String} AND table = {table:String} AND type = 'GET_PART'
      """, parameters: table)
  }

  func waitForMerges(_ timeout: Duration) async throws {
    var query = Query(
      """
      SELECT toInt64(count()) AS count FROM system.merges
      WHERE database = {database:String} AND table = {table:String}
      """)
    query.parameters = [
      "database": Parameter(table.targetName.database), "table": Parameter(table.targetName.name),
    ]
    let deadline = clock.now + timeout
    var quiet = 0
    // No merge may run for a moment between two merges.
    while quiet < 3, clock.now < deadline {
      quiet = try await count(query) == 0 ? quiet + 1 : 0
      if quiet == 1, timeout > .seconds(1) { tell(.step("waiting for merges")) }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  private func wait(_ what: String, until query: Query, _ isEnough: (Int) -> Bool) async throws {
    let deadline = clock.now + Self.timeout
    var isTold = false
    while true {
      let count = try await count(query)
      if isEnough(count) { return }
      guard clock.now < deadline else {
        throw UserError(
          .server,
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
