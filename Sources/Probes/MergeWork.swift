// Parts and merges of tables over an interval: `system.part_log`, `system.parts` and
// `system.merges`.
//
// Logs identify tables by UUID, because they contain earlier tables of the same name. On a cluster
// a part counts once, whichever replica wrote it; all replicas are waited for.

import ClickHouseClient

/// A MergeTree table.
package struct StoredTable: Decodable, Sendable, Hashable {
  /// The inner table of a view has a name such as `.inner_id.…`.
  package let name: String
  package let id: String

  /// Whether it belongs to a view.
  package var isInner: Bool { name.hasPrefix(".") }
}

/// New parts and merges of one table from `system.part_log`.
package struct PartWork: Decodable, Sendable, Equatable {
  /// The table's UUID.
  package let id: String
  /// Parts written by inserts.
  package let newParts: Int
  package let newRows: Int
  /// On disk.
  package let newBytes: Int
  /// Successful merges.
  package let merges: Int
  package let failedMerges: Int
  package let readRows: Int
  /// By merges.
  package let writtenRows: Int
  /// By merges, on disk.
  package let writtenBytes: Int
  /// Total duration of merges.
  package let mergeMs: Double
  /// CPU time of merges; nil if the server did not record it.
  package let cpuMs: Double?
  /// Largest peak of a merge.
  package let memoryPeakBytes: Int
}

package struct ActiveParts: Decodable, Sendable, Equatable {
  package let table: String
  package let parts: Int
  /// Active parts that the log does not contain yet.
  fileprivate let unlogged: Int
}

/// Active parts and running merges of some tables at one moment.
package struct PartsLook: Decodable, Sendable, Equatable {
  package let running: Int
  /// Largest number of active parts in one partition of one table.
  package let mostInPartition: Int
  /// Changes with the set of parts.
  package let parts: String
}

/// Result of waiting for merges.
package struct MergeRest: Sendable, Equatable {
  /// Whether merges stopped before the timeout.
  package var isSettled: Bool
  /// Whether nothing is left to merge: every partition has one part.
  package var isFinal: Bool
  /// From the start of the wait to the last observed change.
  package var lastChangeMs: Double
}

package struct MergeWork: Sendable {
  private let client: Client
  private let database: String
  private let flush: LogFlush

  /// Polling interval.
  package static let interval: Duration = .milliseconds(200)
  /// How long no change must be seen while parts could still be merged: an idle server looks for
  /// merges every ten seconds.
  package static let quiet: Duration = .seconds(15)
  /// How long no change must be seen before dependent work continues: longer than the server's
  /// interval between merges, which is five seconds for replicated tables.
  package var calm: Duration { client.cluster == nil ? .seconds(2) : .seconds(6) }
  package static let timeout: Duration = .seconds(300)

  package init(_ client: Client, version: ServerVersion, database: String) {
    self.client = client
    self.database = database
    flush = LogFlush(client, version: version, log: "part_log")
  }

  /// The tables with parts, inner tables of views included.
  package func tables() async throws -> [StoredTable] {
    var query = Query(
      """
      SELECT name, toString(uuid) AS id FROM system.tables
      WHERE database = {database: String} AND engine LIKE '%MergeTree'
      """)
    query.parameters["database"] = Parameter(database)
    return try await client.rows(query, as: StoredTable.self)
  }

  /// Waits until no merge runs and none will start: every partition has one part, or no change was
  /// seen for `quiet`.
  ///
  /// - Parameter start: the state before merges could run.
  /// - Returns: whether merges stopped, whether for good, and when the last change was seen.
  package func rest(
    of tables: [StoredTable], from start: PartsLook, quiet: Duration = MergeWork.quiet,
    timeout: Duration = MergeWork.timeout
  ) async throws -> MergeRest {
    let clock = ContinuousClock()
    let began = clock.now
    var changed = began
    var last = start
    // Twice, because a selected merge may not be listed yet.
    var idlePolls = 0
    func answer(settled: Bool, final: Bool = false) -> MergeRest {
      MergeRest(
        isSettled: settled, isFinal: final, lastChangeMs: (changed - began) / .milliseconds(1))
    }
    while true {
      let look = try await self.look(at: tables)
      if look.running > 0 || look.parts != last.parts { changed = clock.now }
      idlePolls = look.running == 0 && look.mostInPartition <= 1 ? idlePolls + 1 : 0
      last = look
      if idlePolls >= 2 { return answer(settled: true, final: true) }
      if clock.now - changed >= quiet { return answer(settled: true) }
      guard clock.now - began < timeout else { return answer(settled: false) }
      try await Task.sleep(for: Self.interval)
    }
  }

  /// The work of each table since its creation, and its active parts; a table without work has no
  /// entry. Reads the log until it contains every active part, or until the timeout.
  package func work(
    of tables: [StoredTable]
  ) async throws -> (written: [PartWork], left: [ActiveParts]) {
    var written = Query(workSQL, settings: client.passingOverTheLost)
    written.parameters["ids"] = Parameter(tables.map(\.id))
    var left = Query(leftSQL, settings: client.passingOverTheLost)
    left.parameters = parameters(tables)
    left.parameters["ids"] = Parameter(tables.map(\.id))
    var last: (written: [PartWork], left: [ActiveParts]) = ([], [])
    return try await flush.until(inDoubt: true) {
      // A row of the log that this query sees, later queries see too.
      last.left = try await client.rows(left, as: ActiveParts.self)
      last.written = try await client.rows(written, as: PartWork.self)
      return last.left.allSatisfy { $0.unlogged == 0 } ? last : nil
    } ?? last
  }

  /// Active parts and running merges now; of every replica on a cluster.
  package func look(at tables: [StoredTable]) async throws -> PartsLook {
    let query = Query(
      """
      SELECT
        (SELECT toInt64(count()) FROM \(client.everyReplica("system.merges"))
          WHERE database = {database: String} AND has({names: Array(String)}, table)) AS running,
        toInt64(max(here)) AS mostInPartition,
        toString(sum(hash)) AS parts
      FROM (
        SELECT count() AS here, sum(cityHash64(table, name)) AS hash
        FROM \(client.everyReplica("system.parts"))
        WHERE active AND database = {database: String} AND has({names: Array(String)}, table)
        GROUP BY hostName(), tcpPort(), table, partition_id)
      """, parameters: parameters(tables), settings: client.passingOverTheLost)
    guard let look = try await client.rows(query, as: PartsLook.self).first else {
      throw ClickHouseError.undecodable("system.parts gave no row")
    }
    return look
  }

  private func parameters(_ tables: [StoredTable]) -> [String: Parameter] {
    ["database": Parameter(database), "names": Parameter(tables.map(\.name))]
  }

  private var leftSQL: String {
    """
    SELECT table, toInt64(count()) AS parts,
      toInt64(countIf((host, port, table, name) NOT IN (
        SELECT hostName(), tcpPort(), table, part_name
        FROM \(client.everyShard("system.part_log"))
        WHERE event_date >= yesterday() AND has({ids: Array(String)}, toString(table_uuid))
      ))) AS unlogged
    FROM (
      SELECT hostName() AS host, tcpPort() AS port, table, name
      FROM \(client.everyShard("system.parts"))
      WHERE active AND database = {database: String} AND has({names: Array(String)}, table))
    GROUP BY table
    """
  }

  // Each replica of a shard merges by itself, to the same bytes, or fetches the result of another
  // one: the first counts. Until it can do either, it logs a merge with an error without a reason.
  private var workSQL: String {
    """
    SELECT toString(table_uuid) AS id,
      toInt64(countIf(made)) AS newParts,
      toInt64(sumIf(rows, made)) AS newRows,
      toInt64(sumIf(size_in_bytes, made)) AS newBytes,
      toInt64(countIf(merged)) AS merges,
      toInt64(countIf(tried AND error != 0)) AS failedMerges,
      toInt64(sumIf(read_rows, merged)) AS readRows,
      toInt64(sumIf(rows, merged)) AS writtenRows,
      toInt64(sumIf(size_in_bytes, merged)) AS writtenBytes,
      sumIf(duration_ms, merged) + 0.0 AS mergeMs,
      if(merges = 0, toNullable(0.0), nullIf(
        sumIf(ProfileEvents['OSCPUVirtualTimeMicroseconds'], merged), 0) / 1000) AS cpuMs,
      toInt64(maxIf(peak_memory_usage, merged)) AS memoryPeakBytes
    FROM (
      SELECT *, event_type = 'NewPart' AS made,
        event_type = 'MergeParts' AND merge_reason != 'NotAMerge' AS tried,
        tried AND error = 0 AND row_number() OVER (
          PARTITION BY table_uuid, tried, error, part_name, rows, size_in_bytes
          ORDER BY event_time_microseconds) = 1 AS merged
      FROM \(client.everyReplica("system.part_log"))
      WHERE event_date >= yesterday() AND has({ids: Array(String)}, toString(table_uuid)))
    GROUP BY table_uuid
    """
  }
}
