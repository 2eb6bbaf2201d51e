// Keeps two loads out of one database: a table in it, in which each load says that it is there.
//
// A load first writes its row and then reads those of others, so of two that begin at once at least
// one sees the other; the earlier row wins. Whoever was killed falls silent, and is passed over.

import ClickHouseClient
import Failures
import Foundation
import HTTPTransport
import Units

extension Loader {
  /// Runs `work` while no other load works in the database, but for other parts of the same one.
  ///
  /// - Parameters:
  ///   - driver: this driver's share; nil for all.
  ///   - work: makes the tables, and loads.
  /// - Returns: what `work` returned.
  /// - Throws: ``UserError`` while another load is under way; what `work` threw.
  package func alone<Value>(
    driver: DriverShard?, _ work: () async throws -> Value
  ) async throws -> Value {
    try await LoadLock.hold(in: workspace, driver: driver, work)
  }
}

/// The right to load into a database, until it is released.
final class LoadLock: Sendable {
  /// What `system.processes` shows of the queries of a load.
  package static let comment = "exportbench generate"

  /// The table, beside those that are loaded.
  package static let table = "exportbench_loads"
  /// How often a load says that it is there.
  private static let pulse: Duration = .seconds(3)
  /// Who has not been heard of for so long is gone, in milliseconds.
  private static let silenceMsMax = 10_000

  private let client: Client
  private let database: Identifier
  private let owner = Query.newID()
  private let driver: DriverShard?

  private struct Entry: Decodable {
    let owner: String
    let driver: String
    /// When it began and was last heard of, by the server's clock in milliseconds since 1970.
    let began: Int
    let last: Int
    let silenceMs: Int
  }

  private init(_ workspace: Workspace, _ driver: DriverShard?) {
    // One table on one server, whichever of a cluster: the first that is named to all drivers.
    client = Client(workspace.client.endpoints[0], connectionsMax: 2)
    database = workspace.database
    self.driver = driver
  }

  /// Runs `work` while no other load works in the database, but for other parts of the same one.
  ///
  /// - Parameters:
  ///   - workspace: the database.
  ///   - driver: this driver's share; nil for all.
  ///   - work: loads.
  /// - Returns: what `work` returned.
  /// - Throws: ``UserError`` while another load is under way; what `work` threw.
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
      // A task that was cancelled must still say that it is gone.
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
        // Somebody who ended has dropped the table.
        try await makeTable()
        try await post("begin")
        continue
      }
      let others = entries.filter {
        $0.owner != owner && isInTheWay($0.driver) && $0.silenceMs < Self.silenceMsMax
          && ($0.began, $0.owner) < (own.began, owner)
      }
      guard let other = others.first else { return }
      // One that was killed is silent, and one that works is heard of again.
      guard seen[other.owner] ?? other.last == other.last else {
        throw UserError(
          .server,
          "another exportbench loads into the database \(database.name); wait for its end, or "
            + "choose another --database")
      }
      seen[other.owner] = other.last
      try await post("alive")
      try await Task.sleep(for: .milliseconds(300))
    }
  }

  /// Whether two loads cannot go on side by side.
  private func isInTheWay(_ other: String) -> Bool {
    guard let driver, let other = try? DriverShard(parsing: other) else { return true }
    return other.count != driver.count || other.number == driver.number
  }

  private func makeTable() async throws {
    var query = Query(
      """
      CREATE TABLE IF NOT EXISTS \(Self.table) (
        owner String, driver String, step String, at DateTime64(3) DEFAULT now64(3))
      ENGINE = Memory
      """)
    query.database = database.name
    try await client.execute(query)
  }

  private func post(_ step: String) async throws {
    struct Row: Encodable {
      let owner: String
      let driver: String
      let step: String
    }
    let row = Row(owner: owner, driver: driver.map { "\($0)" } ?? "", step: step)
    var query = Query("INSERT INTO \(Self.table) FORMAT JSONEachRow")
    query.database = database.name
    query.settings["async_insert"] = "0"
    query.logComment = Self.comment
    try await client.insert(query, from: bodySource(of: Array(try JSONEncoder().encode(row))))
  }

  /// Loads that have not ended; nil where the table is gone.
  private func entries() async throws -> [Entry]? {
    var query = Query(
      """
      SELECT owner, any(driver) AS driver, toInt64(toUnixTimestamp64Milli(min(at))) AS began,
        toInt64(toUnixTimestamp64Milli(max(at))) AS last,
        toInt64(toUnixTimestamp64Milli(now64(3))) - last AS silenceMs
      FROM \(Self.table) GROUP BY owner HAVING countIf(step = 'end') = 0 ORDER BY began, owner
      """)
    query.database = database.name
    query.logComment = Self.comment
    do { return try await client.rows(query, as: Entry.self) } catch let error as ClickHouseError
      where error.serverException?.name == "UNKNOWN_TABLE"
    {
      return nil
    }
  }

  /// Says that the load has ended, and drops the table where nobody needs it and the user may.
  private func release() async {
    try? await post("end")
    guard let entries = try? await entries(), entries.isEmpty else { return }
    var query = Query("DROP TABLE IF EXISTS \(Self.table)")
    query.database = database.name
    query.logComment = Self.comment
    _ = try? await client.execute(query)
  }
}
