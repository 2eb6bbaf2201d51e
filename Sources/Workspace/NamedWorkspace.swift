// A database that a user names, for a command that writes into it: refused while it is a run's, or
// while another exportbench process works in it.

import ClickHouseClient
import Failures

/// Opens a workspace for loading or migrating.
package struct NamedWorkspace {
  private let workspace: Workspace

  /// Opens a database for loading or migrating.
  ///
  /// - Parameters:
  ///   - database: made if it is missing and `create` is set.
  ///   - client: the server.
  ///   - create: whether to make it.
  /// - Returns: the database.
  /// - Throws: ``UserError`` for a database without the mark, of a run, or in use.
  package static func open(
    _ database: Identifier, on client: Client, create: Bool = true
  ) async throws -> Workspace {
    let client = client.adding(["log_comment": LoadLock.comment])
    _ = try await Workspace.supportedVersion(of: client)
    guard let comment = try await Workspace.comments(of: [database], on: client).first else {
      return try await Workspace.open(database, on: client, create: create)
    }
    guard comment != Workspace.Stay.untilRunEnds.comment else {
      throw UserError.server(
        "the database \(database.name) belongs to a run of exportbench, which drops it at the end; "
          + "choose another --database, or, after a killed run, remove it with: exportbench "
          + "cleanup")
    }
    let workspace = try await Workspace.open(database, on: client, create: create)
    try await NamedWorkspace(workspace: workspace).refuseIfInUse()
    return workspace
  }

  /// How often queries in a database are looked for, and how long in all: a command that measures
  /// has hardly a moment without a query.
  private static let looks = (count: 10, pause: Duration.milliseconds(60))

  /// Refuses a database in which another exportbench measures or fills a view. Those that load have
  /// a separate lock.
  private func refuseIfInUse() async throws {
    let query = Query(
      """
      SELECT query_id AS id FROM \(workspace.client.everyReplica("system.processes"))
      WHERE http_user_agent = 'exportbench' AND has({names: Array(String)}, current_database)
        AND Settings['log_comment'] != {own: String}
      LIMIT 1
      """,
      parameters: [
        "names": Parameter(workspace.databases.map(\.name)), "own": Parameter(LoadLock.comment),
      ], settings: workspace.client.passingOverTheLost)
    for _ in 0..<Self.looks.count {
      do {
        guard try await workspace.client.values(query, as: String.self).isEmpty else {
          throw UserError.server(
            "another exportbench process works in the database "
              + "\(workspace.database.name); wait for its end, or choose another --database")
        }
      } catch let error as ClickHouseError where error.serverException?.name == "ACCESS_DENIED" {
        return
      }
      try await Task.sleep(for: Self.looks.pause)
    }
  }
}
