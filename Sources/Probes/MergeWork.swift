// What a table wrote over a while, and whether its merges have come to rest: `system.part_log`,
// `system.parts` and `system.merges`.
//
// In the log tables go by their UUID, because it remembers earlier tables of the same name.

import ClickHouse

/// A table of the MergeTree family.
public struct StoredTable: Decodable, Sendable, Hashable {
  /// Its name; of a view's inner table one such as `.inner_id.…`.
  public let name: String
  /// Its UUID.
  public let id: String

  /// Whether it belongs to a view.
  public var isInner: Bool { name.hasPrefix(".") }
}

/// New parts and merges of one table, added up, from `system.part_log`.
public struct PartWork: Decodable, Sendable, Equatable {
  /// The table's UUID.
  public let id: String
  /// Parts that inserts made.
  public let newParts: Int
  /// Rows in them.
  public let newRows: Int
  /// Their bytes on disk.
  public let newBytes: Int
  /// Merges that ended well.
  public let merges: Int
  /// Merges that ended with an error.
  public let failedMerges: Int
  /// Parts that the merges took away.
  public let mergedParts: Int
  /// Rows that merges read.
  public let readRows: Int
  /// Rows that merges wrote.
  public let writtenRows: Int
  /// Bytes on disk that merges wrote.
  public let writtenBytes: Int
  /// How long merges took, added up, in milliseconds.
  public let mergeMs: Double
  /// CPU time of merges, in milliseconds; nil where the server did not count it.
  public let cpuMs: Double?
  /// The most memory that a merge used, in bytes.
  public let memoryPeakBytes: Int

  /// Parts that must be active if these are all the events of a table that began empty.
  public var partsLeft: Int { newParts + merges - mergedParts }
}

/// The active parts of some tables, and what runs on them, at one moment.
public struct PartsLook: Decodable, Sendable, Equatable {
  /// Merges that run.
  public let running: Int
  /// Active parts.
  public let count: Int
  /// The most of them in one partition of one table.
  public let mostInPartition: Int
  /// Differs when the parts do.
  public let parts: String
}

/// What came of waiting for merges.
public struct MergeRest: Sendable, Equatable {
  /// Whether they came to rest in time.
  public var isSettled: Bool
  /// Whether nothing is left to merge: every partition has one part.
  public var isFinal: Bool
  /// From the beginning of the wait to the last change that was seen, in milliseconds.
  public var lastChangeMs: Double
}

/// Watches the merges of a database's tables.
public struct MergeWork: Sendable {
  private let client: Client
  private let database: String
  private let flush: LogFlush

  /// How often parts and merges are looked at.
  public static let interval: Duration = .milliseconds(200)
  /// How long nothing must happen where there would still be parts to merge: the server looks for
  /// work every ten seconds when it found none.
  public static let quiet: Duration = .seconds(15)
  /// How long nothing must happen where something else waits for these merges to be over.
  public static let calm: Duration = .seconds(2)
  /// How long to wait for merges at most.
  public static let patience: Duration = .seconds(300)

  /// - Parameters:
  ///   - client: the server that is watched.
  ///   - version: the server's.
  ///   - database: where the tables are.
  public init(_ client: Client, version: ServerVersion, database: String) {
    self.client = client
    self.database = database
    flush = LogFlush(client, version: version, log: "part_log")
  }

  /// The tables that have parts, inner tables of views among them.
  public func tables() async throws -> [StoredTable] {
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
  ///   - patience: how long to wait at most.
  /// - Returns: whether they came to rest, for good or not, and when the last change was seen.
  /// - Throws: ``ClickHouseError``, and `CancellationError`.
  public func rest(
    of tables: [StoredTable], from start: PartsLook, quiet: Duration = MergeWork.quiet,
    patience: Duration = MergeWork.patience
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
      guard clock.now - began < patience else { return answer(settled: false) }
      try await Task.sleep(for: Self.interval)
    }
  }

  /// What each table wrote since it was made; a table that wrote nothing has no entry.
  ///
  /// The log is read until it explains the parts that are there, or, after a while, as it is.
  public func work(of tables: [StoredTable]) async throws -> [PartWork] {
    var query = Query(Self.workSQL)
    query.parameters["ids"] = Parameter(tables.map(\.id))
    var last: [PartWork] = []
    let whole = try await flush.until(inDoubt: true) { () async throws -> [PartWork]? in
      last = try await client.rows(query, as: PartWork.self)
      let look = try await self.look(at: tables)
      return last.map(\.partsLeft).reduce(0, +) == look.count ? last : nil
    }
    return whole ?? last
  }

  /// The active parts and running merges of tables, now.
  public func look(at tables: [StoredTable]) async throws -> PartsLook {
    var query = Query(
      """
      SELECT
        (SELECT toInt64(count()) FROM system.merges
          WHERE database = {database: String} AND has({names: Array(String)}, table)) AS running,
        toInt64(sum(here)) AS count,
        toInt64(max(here)) AS mostInPartition,
        toString(sum(hash)) AS parts
      FROM (
        SELECT count() AS here, sum(cityHash64(table, name)) AS hash
        FROM system.parts
        WHERE active AND database = {database: String} AND has({names: Array(String)}, table)
        GROUP BY table, partition_id)
      """)
    query.parameters = [
      "database": Parameter(database), "names": Parameter(tables.map(\.name)),
    ]
    guard let look = try await client.rows(query, as: PartsLook.self).first else {
      throw ClickHouseError.undecodable("system.parts gave no row")
    }
    return look
  }

  private static let workSQL = """
    SELECT toString(table_uuid) AS id,
      toInt64(countIf(event_type = 'NewPart')) AS newParts,
      toInt64(sumIf(rows, event_type = 'NewPart')) AS newRows,
      toInt64(sumIf(size_in_bytes, event_type = 'NewPart')) AS newBytes,
      toInt64(countIf(merged)) AS merges,
      toInt64(countIf(event_type = 'MergeParts' AND error != 0)) AS failedMerges,
      toInt64(sumIf(length(merged_from), merged)) AS mergedParts,
      toInt64(sumIf(read_rows, merged)) AS readRows,
      toInt64(sumIf(rows, merged)) AS writtenRows,
      toInt64(sumIf(size_in_bytes, merged)) AS writtenBytes,
      sumIf(duration_ms, merged) + 0.0 AS mergeMs,
      if(merges = 0, toNullable(0.0), nullIf(
        sumIf(ProfileEvents['OSCPUVirtualTimeMicroseconds'], merged), 0) / 1000) AS cpuMs,
      toInt64(maxIf(peak_memory_usage, merged)) AS memoryPeakBytes
    FROM (
      SELECT *, event_type = 'MergeParts' AND error = 0 AS merged FROM system.part_log
      WHERE event_date >= yesterday() AND has({ids: Array(String)}, toString(table_uuid)))
    GROUP BY table_uuid
    """
}
