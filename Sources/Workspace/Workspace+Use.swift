// Opens databases given by users for commands that write: refuses a run's database, and one used by
// another exportbench.

import ClickHouseClient
import ExportPaths
import Failures

extension Workspace {
  /// Creates a database for a run, named after the run, with a numeric suffix if the name is taken.
  ///
  /// - Parameters:
  ///   - objects: schema objects besides table and view.
  ///   - keep: keep the database after the run.
  ///   - willTry: called with each name before it is created.
  /// - Returns: the empty database.
  /// - Throws: ``UserError`` for an unsupported server version, or too many databases of the name.
  package static func createNext(
    for run: String, on client: Client, with objects: [SchemaObject], keep: Bool,
    willTry: (Identifier) throws -> Void = { _ in }
  ) async throws -> Workspace {
    for number in 1...100 {
      let database = try Self.database(of: number == 1 ? run : "\(run)-\(number)")
      try willTry(database)
      if let workspace = try await make(database, on: client, with: objects, keep: keep) {
        return workspace
      }
    }
    throw UserError(
      .server,
      "the server has a hundred databases of runs named \(run); remove those of killed runs "
        + "with: exportbench cleanup")
  }

  /// Opens a database for loading or migrating.
  ///
  /// - Parameters:
  ///   - create: create it if missing.
  /// - Throws: ``UserError`` for a database without the mark, of a run, or in use.
  package static func openForWriting(
    _ database: Identifier, on client: Client, create: Bool = true
  ) async throws -> Workspace {
    let client = client.adding(["log_comment": LoadLock.comment])
    _ = try await supportedVersion(of: client)
    guard let comment = try await comments(of: [database], on: client).first else {
      return try await open(database, on: client, create: create)
    }
    guard comment != Stay.untilRunEnds.comment else {
      throw UserError(
        .server,
        "the database \(database.name) belongs to a run of exportbench, which drops it at the end; "
          + "choose another --database, or, after a killed run, remove it with: exportbench "
          + "cleanup")
    }
    let workspace = try await open(database, on: client, create: create)
    try await workspace.refuseIfInUse()
    return workspace
  }

  /// Checks for queries in a database; a measuring command is rarely without a query.
  private static let looks = (count: 10, pause: Duration.milliseconds(60))

  /// Refuses a database in which another exportbench measures or backfills. Loads use LoadLock.
  private func refuseIfInUse() async throws {
    struct Row: Decodable { let id: String }
    var query = Query(
      """
      SELECT query_id AS id FROM \(client.everyReplica("system.processes"))
      WHERE http_user_agent = 'exportbench' AND has({names: Array(String)}, current_database)
        AND Settings['log_comment'] != {own: String}
      LIMIT 1
      """, settings: client.passingOverTheLost)
    query.parameters = [
      "names": Parameter(databases.map(\.name)), "own": Parameter(LoadLock.comment),
    ]
    for _ in 0..<Self.looks.count {
      do {
        guard try await client.rows(query, as: Row.self).isEmpty else {
          throw UserError(
            .server,
            "another exportbench process works in the database \(database.name); wait until it has "
              + "finished, or choose another --database")
        }
      } catch let error as ClickHouseError where error.serverException?.name == "ACCESS_DENIED" {
        return
      }
      try await Task.sleep(for: Self.looks.pause)
    }
  }
}
