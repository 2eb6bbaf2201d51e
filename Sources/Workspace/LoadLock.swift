// Prevents concurrent loads into one database, by a table with an entry per load.
//
// A load writes its entry before it reads the others, so of two concurrent loads at least one sees
// the other; the earlier entry wins. Killed loads send no heartbeats and are ignored.

import ClickHouseClient
import Failures
import Foundation
import HTTPTransport
import Units

extension Loader {
  /// Runs `work` while no other load is active in the database, except other shares of the same
  /// load.
  ///
  /// - Parameters:
  ///   - driver: this driver's share; nil for all.
  ///   - work: creates the tables and loads.
  /// - Throws: ``UserError`` if another load is active; errors of `work`.
  package func alone<Value>(
    driver: DriverShard?, _ work: () async throws -> Value
  ) async throws -> Value {
    try await LoadLock.hold(in: workspace, driver: driver, work)
  }
}

final class LoadLock: Sendable {
  /// Visible in `system.processes` for queries of a load.
  static let comment = "exportbench generate"

  /// In the database of the loaded tables.
  static let table = "exportbench_loads"
  /// Interval of heartbeats.
  private static let pulse: Duration = .seconds(3)
  /// A load without heartbeats for this time has ended, in milliseconds.
  private static let silenceMsMax = 10_000

  private let client: Client
  private let database: Identifier
  private let owner = Query.newID()
  private let driver: DriverShard?

  private struct Entry: Decodable {
    let owner: String
    let driver: String
    /// Times of start and last heartbeat, by the server's clock in milliseconds since 1970.
    let began: Int
    let last: Int
    let silenceMs: Int
  }

  private init(_ workspace: Workspace, _ driver: DriverShard?) {
    // One table on one server: the first in the list of all drivers.
    client = Client(workspace.client.endpoints[0], connectionsMax: 2)
    database = workspace.database
    self.driver = driver
  }

  /// Runs `work` while no other load is active in the database, except other shares of the same
  /// load.
  ///
  /// - Parameters:
  ///   - driver: this driver's share; nil for all.
  /// - Throws: ``UserError`` if another load is active; errors of `work`.
  static func hold<Value>(
    in workspace: Workspace, driver: DriverShard?, _ work: () async throws -> Value
  ) async throws -> Value {
    let lock = LoadLock(workspace, driver)
    do {
      try await lock.take()
      let pulse = Task {
        while !Task.isCancelled {
          try? await lock.post("alive")
          try? await Task.sleep(for: Self.pulse)
        }
      }
      defer { pulse.cancel() }
      let value = try await work()
      pulse.cancel()
      await pulse.value
      await lock.release()
      return value
    } catch {
      // After cancellation the end must still be recorded.
      await Task { await lock.release() }.value
      throw error
    }
  }

  private func take() async throws {
    try await makeTable()
    try await post("begin")
    var seen: [String: Int] = [:]
    while true {
      guard let entries = try await entries(), let own = entries.first(where: { $0.owner == owner })
      else {
        // A load that ended has dropped the table.
        try await makeTable()
        try await post("begin")
        continue
      }
      let others = entries.filter {
        $0.owner != owner && isInTheWay($0.driver) && $0.silenceMs < Self.silenceMsMax
          && ($0.began, $0.owner) < (own.began, owner)
      }
      guard let other = others.first else { return }
      // A killed load sends no heartbeats; an active one does.
      guard seen[other.owner] ?? other.last == other.last else {
        throw UserError.server(
          "another exportbench process loads into the database \(database.name); wait until it has "
            + "finished, or choose another --database")
      }
      seen[other.owner] = other.last
      try await post("alive")
      try await Task.sleep(for: .milliseconds(300))
    }
  }

  /// Whether two loads exclude each other.
  private func isInTheWay(_ other: String) -> Bool {
    guard let driver, let other = try? DriverShard(parsing: other) else { return true }
    return other.count != driver.count || other.number == driver.number
  }

  private func makeTable() async throws {
    let query = Query(
      """
      CREATE TABLE IF NOT EXISTS \(Self.table) (
        owner String, driver String, step String, at DateTime64(3) DEFAULT now64(3))
      ENGINE = Memory
      """, database: database.name)
    try await client.execute(query)
  }

  private func post(_ step: String) async throws {
    struct Row: Encodable {
      let owner: String
      let driver: String
      let step: String
    }
    let row = Row(owner: owner, driver: driver.map { "\($0)" } ?? "", step: step)
    let query = Query(
      "INSERT INTO \(Self.table) FORMAT JSONEachRow", settings: ["async_insert": "0"],
      logComment: Self.comment, database: database.name)
    try await client.insert(query, from: bodySource(of: Array(try JSONEncoder().encode(row))))
  }

  /// Nil if the table does not exist.
  private func entries() async throws -> [Entry]? {
    let query = Query(
      """
      SELECT owner, any(driver) AS driver, toInt64(toUnixTimestamp64Milli(min(at))) AS began,
        toInt64(toUnixTimestamp64Milli(max(at))) AS last,
        toInt64(toUnixTimestamp64Milli(now64(3))) - last AS silenceMs
      FROM \(Self.table) GROUP BY owner HAVING countIf(step = 'end') = 0 ORDER BY began, owner
      """, logComment: Self.comment, database: database.name)
    do { return try await client.rows(query, as: Entry.self) } catch let error as ClickHouseError
      where error.serverException?.name == "UNKNOWN_TABLE"
    {
      return nil
    }
  }

  /// Records the end, and drops the table if it is unused and the user may.
  private func release() async {
    try? await post("end")
    guard let entries = try? await entries(), entries.isEmpty else { return }
    let query = Query(
      "DROP TABLE IF EXISTS \(Self.table)", logComment: Self.comment, database: database.name)
    _ = try? await client.execute(query)
  }
}
