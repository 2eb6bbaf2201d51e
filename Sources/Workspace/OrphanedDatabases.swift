// Finds databases that killed runs left on a server, by their mark, and drops those that no run can
// use any more.
//
// A run queries its databases at least every few minutes, or has a running query. A database is
// unused if no query runs in it and none has for a long time; the databases of a run, which have a
// common name, are judged together.

import ClickHouseClient
import Foundation
import Units

/// A database with the mark.
package struct OrphanedDatabase: Sendable, Equatable {
  package enum CleanupAction: Sendable, Equatable {
    case drop
    /// Created on request: `generate`, `migrate up`, `run --keep`.
    case keptOnPurpose
    /// A query is running in it.
    case inUse(queries: Int)
    /// Used too recently.
    case recent
    /// The time of its last use is unknown.
    case unknownAge
  }

  package let database: Identifier
  /// Visible tables.
  package let tables: Int
  /// On disk.
  package let bytes: Int
  /// Time since its last use; nil if unknown.
  package let idle: TimeSpan?
  package let action: CleanupAction
}

package struct OrphanedDatabases: Sendable {
  private let client: Client

  package init(_ client: Client) { self.client = client }

  private struct Row: Decodable {
    let name: String
    let comment: String
    let tables: Int
    let bytes: Int
    /// Seconds since 1970; 0 if there is none.
    let made: Int
  }

  private struct Use: Decodable {
    let name: String
    let count: Int
  }

  /// The databases with the mark, by name.
  ///
  /// - Parameters:
  ///   - age: minimum time since the last use of a database to drop.
  ///   - database: only this one; nil for all.
  /// - Throws: ``ClickHouseError``.
  package func find(olderThan age: TimeSpan, only database: Identifier? = nil) async throws
    -> [OrphanedDatabase]
  {
    let rows = try await marked()
    guard !rows.isEmpty else { return [] }
    let names = rows.map(\.name)
    let running = try await uses(Self.runningSQL, names)
    let asked = try await optional { try await uses(Self.askedSQL, names) }
    let written = try await optional { try await uses(Self.writtenSQL, names) }
    let now = try await serverTime()
    func latest(_ row: Row) -> Int {
      max(row.made, asked[row.name] ?? 0, written[row.name] ?? 0)
    }
    return rows.compactMap { row -> OrphanedDatabase? in
      // A mark that was copied to another name does not count.
      guard let name = try? Identifier(row.name), database == nil || database == name else {
        return nil
      }
      let family = rows.filter { Self.areOfOneRun($0.name, row.name) }
      let last = family.map(latest).max() ?? 0
      let idle = last > 0 ? TimeSpan(milliseconds: max(0, now - last) * 1000) : nil
      let queries = family.map { running[$0.name] ?? 0 }.reduce(0, +)
      return OrphanedDatabase(
        database: name, tables: row.tables, bytes: row.bytes, idle: idle,
        action: Self.action(
          isKept: Self.isKept(row.name, row.comment), queries: queries, idle: idle,
          olderThan: age))
    }
  }

  /// Drops a database if it still has the mark; ignores one that no longer exists.
  package func drop(_ orphan: OrphanedDatabase) async throws {
    guard try await Workspace.exists(orphan.database, on: client) else { return }
    try await Workspace.open(orphan.database, on: client, create: false).drop.database()
  }

  // MARK: - Judging

  package static func action(isKept: Bool, queries: Int, idle: TimeSpan?, olderThan age: TimeSpan)
    -> OrphanedDatabase.CleanupAction
  {
    if isKept { return .keptOnPurpose }
    if queries > 0 { return .inUse(queries: queries) }
    guard let idle else { return age.milliseconds == 0 ? .drop : .unknownAge }
    return idle >= age ? .drop : .recent
  }

  /// A run has a database, and a second one for its writes whose name starts with the first's.
  static func areOfOneRun(_ one: String, _ other: String) -> Bool {
    one == other || one.hasPrefix(other + "_") || other.hasPrefix(one + "_")
  }

  /// Databases of older versions have no such comment; those of runs have a prefix.
  static func isKept(_ name: String, _ comment: String) -> Bool {
    comment != Workspace.Stay.untilRunEnds.comment || !name.hasPrefix(Workspace.prefix)
  }

  // MARK: - Asking

  private func marked() async throws -> [Row] {
    let query = Query(
      """
      SELECT d.name AS name, any(d.comment) AS comment, toInt64(countIf(t.name != '')) AS tables,
        toInt64(sum(ifNull(t.total_bytes, 0))) AS bytes,
        toInt64(toUnixTimestamp(max(t.metadata_modification_time))) AS made
      FROM system.databases AS d LEFT JOIN system.tables AS t ON t.database = d.name
      WHERE startsWith(d.comment, {mark: String}) GROUP BY d.name ORDER BY d.name
      """, parameters: ["mark": Parameter(Workspace.mark)])
    return try await client.rows(query, as: Row.self)
  }

  private func uses(_ sql: String, _ names: [String]) async throws -> [String: Int] {
    let rows = try await client.rows(
      Query(sql, parameters: ["names": Parameter(names)]), as: Use.self)
    return Dictionary(rows.map { ($0.name, $0.count) }, uniquingKeysWith: +)
  }

  /// Empty without permission.
  private func optional(_ read: () async throws -> [String: Int]) async throws -> [String: Int] {
    do { return try await read() } catch let error as ClickHouseError
      where ["ACCESS_DENIED", "UNKNOWN_TABLE"].contains(error.serverException?.name ?? "")
    { return [:] }
  }

  private func serverTime() async throws -> Int {
    let query = Query("SELECT toInt64(toUnixTimestamp(now())) AS now")
    return try await client.values(query, as: Int.self).first ?? 0
  }

  private static let runningSQL = """
    SELECT current_database AS name, toInt64(count()) AS count FROM system.processes
    WHERE has({names: Array(String)}, current_database) AND query_id != queryID()
    GROUP BY current_database
    """
  private static let askedSQL = """
    SELECT current_database AS name, toInt64(toUnixTimestamp(max(event_time))) AS count
    FROM system.query_log
    WHERE event_date >= today() - 30 AND has({names: Array(String)}, current_database)
    GROUP BY current_database
    """
  private static let writtenSQL = """
    SELECT database AS name, toInt64(toUnixTimestamp(max(modification_time))) AS count
    FROM system.parts WHERE active AND has({names: Array(String)}, database)
    GROUP BY database
    """
}
