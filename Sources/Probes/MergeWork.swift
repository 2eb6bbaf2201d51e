// What a table wrote over a while, and whether its merges have come to rest: `system.part_log`,
// `system.parts` and `system.merges`.
//
// In the log tables go by their UUID, because it remembers earlier tables of the same name.
//
// On a cluster a part counts once, whichever replicas made it, so that what an insert and its
// merges write is there once, as on a server by itself; all replicas are waited for.

import ClickHouseClient

/// A table of the MergeTree family.
package struct StoredTable: Decodable, Sendable, Hashable {
  /// Its name; of a view's inner table one such as `.inner_id.…`.
  package let name: String
  /// Its UUID.
  package let id: String

  /// Whether it belongs to a view.
  package var isInner: Bool { name.hasPrefix(".") }
}

/// New parts and merges of one table, added up, from `system.part_log`.
package struct PartWork: Decodable, Sendable, Equatable {
  /// The table's UUID.
  package let id: String
  /// Parts that inserts made.
  package let newParts: Int
  package let newRows: Int
  /// Their bytes on disk.
  package let newBytes: Int
  /// Merges that ended well.
  package let merges: Int
  /// Merges that ended with an error.
  package let failedMerges: Int
  package let readRows: Int
  /// Rows that merges wrote.
  package let writtenRows: Int
  /// Bytes on disk that merges wrote.
  package let writtenBytes: Int
  /// How long merges took, added up, in milliseconds.
  package let mergeMs: Double
  /// CPU time of merges, in milliseconds; nil where the server did not count it.
  package let cpuMs: Double?
  /// The most memory that a merge used, in bytes.
  package let memoryPeakBytes: Int
}

/// The active parts of one table.
package struct ActiveParts: Decodable, Sendable, Equatable {
  /// The table's name.
  package let table: String
  package let parts: Int
  /// How many of them the log does not know yet.
  fileprivate let unlogged: Int
}

/// The active parts of some tables, and what runs on them, at one moment.
package struct PartsLook: Decodable, Sendable, Equatable {
  /// Merges that run.
  package let running: Int
  /// The most active parts in one partition of one table.
  package let mostInPartition: Int
  /// Differs when the parts do.
  package let parts: String
}

/// What came of waiting for merges.
package struct MergeRest: Sendable, Equatable {
  /// Whether they came to rest in time.
  package var isSettled: Bool
  /// Whether nothing is left to merge: every partition has one part.
  package var isFinal: Bool
  /// From the beginning of the wait to the last change that was seen, in milliseconds.
  package var lastChangeMs: Double
}

/// Watches the merges of a database's tables.
package struct MergeWork: Sendable {
  private let client: Client
  private let database: String
  private let flush: LogFlush

  /// How often parts and merges are looked at.
  package static let interval: Duration = .milliseconds(200)
  /// How long nothing must happen where there would still be parts to merge: the server looks for
  /// work every ten seconds when it found none.
  package static let quiet: Duration = .seconds(15)
  /// How long nothing must happen where something else waits for these merges to be over: longer
  /// than the server looks away while there is work, which of a replicated table is five seconds.
  package var calm: Duration { client.cluster == nil ? .seconds(2) : .seconds(6) }
  /// How long to wait for merges at most.
  package static let timeout: Duration = .seconds(300)

  /// - Parameters:
  ///   - client: the server that is watched.
  ///   - version: the server's.
  ///   - database: where the tables are.
  package init(_ client: Client, version: ServerVersion, database: String) {
    self.client = client
    self.database = database
    flush = LogFlush(client, version: version, log: "part_log")
  }

  /// The tables that have parts, inner tables of views among them.
  package func tables() async throws -> [StoredTable] {
    var query = Query(
      """
      SELECT name, toString(uuid) AS id FROM system.tables
      WHERE database = {database: String} AND engine LIKE '%MergeTree'
      """)
    query.parameters["database"] = Parameter(database)
    return try await client.rows(query, as: StoredTable.self)
  }

  /// Waits until no merge runs and none will: every partition has one part, or nothing has happened
  /// for a while although more could be merged.
  ///
  /// - Parameters:
  ///   - tables: whose merges are awaited.
  ///   - start: what was there before they could run.
  ///   - quiet: how long that while is.
  ///   - timeout: how long to wait at most.
  /// - Returns: whether they came to rest, for good or not, and when the last change was seen.
  /// - Throws: ``ClickHouseError``, and `CancellationError`.
  package func rest(
    of tables: [StoredTable], from start: PartsLook, quiet: Duration = MergeWork.quiet,
    timeout: Duration = MergeWork.timeout
  ) async throws -> MergeRest {
    let clock = ContinuousClock()
    let began = clock.now
    var changed = began
    var last = start
    // Twice, for a merge that has been chosen may not be in the list yet.
    var looksWithoutWork = 0
    func answer(settled: Bool, final: Bool = false) -> MergeRest {
      MergeRest(
        isSettled: settled, isFinal: final, lastChangeMs: (changed - began) / .milliseconds(1))
    }
    while true {
      let look = try await self.look(at: tables)
      if look.running > 0 || look.parts != last.parts { changed = clock.now }
      looksWithoutWork = look.running == 0 && look.mostInPartition <= 1 ? looksWithoutWork + 1 : 0
      last = look
      if looksWithoutWork >= 2 { return answer(settled: true, final: true) }
      if clock.now - changed >= quiet { return answer(settled: true) }
      guard clock.now - began < timeout else { return answer(settled: false) }
      try await Task.sleep(for: Self.interval)
    }
  }

  /// What each table wrote since it was made, and its active parts; a table that wrote nothing has
  /// no entry.
  ///
  /// The log is read until it knows every part that is there, or, after a while, as it is.
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
      // What the log knows when it is asked for its parts, it knows afterwards.
      last.left = try await client.rows(left, as: ActiveParts.self)
      last.written = try await client.rows(written, as: PartWork.self)
      return last.left.allSatisfy { $0.unlogged == 0 } ? last : nil
    } ?? last
  }

  /// The active parts and running merges of tables, now; of a cluster those of every replica.
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

  // Each replica of a shard merges for itself, to the same bytes, or fetches what another one has
  // merged: the first counts. Until a replica can, it logs a merge with an error and no reason.
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
