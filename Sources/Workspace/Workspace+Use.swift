// A database that a user names, for a command that writes into it: refused while it is a run's, or
// while another exportbench is at work in it.

import ClickHouseClient
import ExportPaths
import Failures

extension Workspace {
  /// Makes a database for one run, whatever databases of runs of the same name there are: named
  /// after the run, or with a number behind the name.
  ///
  /// - Parameters:
  ///   - run: the run's name.
  ///   - client: the server.
  ///   - objects: what there is beyond table and view.
  ///   - keep: whether it is to be there after the run.
  ///   - willTry: hears each name before it is tried.
  /// - Returns: the empty database.
  /// - Throws: ``UserError`` for a server that is too old, or has too many of them.
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
      "the server has a hundred databases of runs called \(run); remove what killed runs left "
        + "with: exportbench cleanup")
  }

  /// Opens a database for loading or migrating.
  ///
  /// - Parameters:
  ///   - database: made if it is missing and `create` is set.
  ///   - client: the server.
  ///   - create: whether to make it.
  /// - Returns: the database.
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
        "the database \(database.name) belongs to a run of exportbench, which drops it at its end; "
          + "choose another --database, or remove what a killed run left with: exportbench cleanup")
    }
    let workspace = try await open(database, on: client, create: create)
    try await workspace.refuseIfInUse()
    return workspace
  }

  /// How often queries in a database are looked for, and how long in all: a command that measures
  /// has hardly a moment without a query.
  private static let looks = (count: 10, pause: Duration.milliseconds(60))

  /// Refuses a database in which another exportbench measures or fills a view. Those that load have
  /// a lock of their own.
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
            "another exportbench works in the database \(database.name); wait for its end, or "
              + "choose another --database")
        }
      } catch let error as ClickHouseError where error.serverException?.name == "ACCESS_DENIED" {
        return
      }
      try await Task.sleep(for: Self.looks.pause)
    }
  }
}
