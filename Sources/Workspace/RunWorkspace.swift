// The database of one run: made for it, named after it, and dropped at its end.

import ClickHouseClient
import ExportPaths
import Failures

/// Makes workspaces of runs.
package enum RunWorkspace {
  /// Makes a database for one run, named after it, with an unused name.
  ///
  /// - Parameters:
  ///   - run: the run's name.
  ///   - client: the server.
  ///   - database: its name; by default it follows from the run's.
  ///   - resumed: whether a database of that name may be left over from the run's beginning; then
  ///     it is dropped if it bears the mark, because nothing says how far it had come.
  ///   - objects: what there is beyond table and view.
  ///   - keep: whether it is to be there after the run.
  /// - Returns: the empty database.
  /// - Throws: ``UserError`` for one that exists, or a server that is too old.
  package static func create(
    for run: String, on client: Client, named database: Identifier? = nil, resumed: Bool = false,
    with objects: [SchemaObject] = [], keep: Bool = false
  ) async throws -> Workspace {
    let database = try database ?? Workspace.database(of: run)
    let name = database.name
    if resumed, try await Workspace.exists(database, on: client) {
      try await Workspace.open(database, on: client, create: false).drop.database()
    }
    guard let workspace = try await make(database, on: client, with: objects, keep: keep) else {
      throw UserError.server(
        "the server already has a database \(name); choose another --output name")
    }
    return workspace
  }

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
      let database = try Workspace.database(of: number == 1 ? run : "\(run)-\(number)")
      try willTry(database)
      if let workspace = try await make(database, on: client, with: objects, keep: keep) {
        return workspace
      }
    }
    throw UserError.server(
      "the server has a hundred databases of runs named \(run); remove those of killed runs "
        + "with: exportbench cleanup")
  }

  /// Makes a database, and remembers that it has to go unless it is kept; nil if there is one of
  /// that name, also of another process that makes it at the same moment.
  package static func make(
    _ database: Identifier, on client: Client, with objects: [SchemaObject] = [], keep: Bool
  ) async throws -> Workspace? {
    _ = try await Workspace.supportedVersion(of: client)
    guard try await !Workspace.exists(database, on: client) else { return nil }
    let stay: Workspace.Stay = keep ? .kept : .untilRunEnds
    // Before it is made: the answer may get lost.
    let pending = keep ? nil : drop(of: database, on: client)
    do {
      var query = Query(
        "CREATE DATABASE \(database)\(client.onCluster) COMMENT '\(stay.comment)'")
      if client.cluster != nil { query.settings = Cluster.statementSettings }
      try await client.execute(query)
      var workspace = try await Workspace.open(database, on: client, stay: stay)
      workspace.objects = objects
      workspace.pendingDrop = pending
      return workspace
    } catch let error as ClickHouseError
      where error.serverException?.name == "DATABASE_ALREADY_EXISTS"
    {
      pending?.discharge()
      return nil
    } catch {
      if (error as? ClickHouseError)?.serverException != nil || error is UserError {
        pending?.discharge()
      } else {
        try? await pending?.perform()
      }
      throw error
    }
  }

  /// The obligation to drop a run's database, if it is there.
  private static func drop(of database: Identifier, on client: Client) -> PendingCleanup {
    let place = "\(client.endpoint)"
    return PendingCleanup(
      "the database \(database.name) on \(place); remove it with: exportbench cleanup "
        + "--url \(place) --database \(database.name) --older-than 0s", on: place
    ) {
      guard try await Workspace.exists(database, on: client) else { return }
      try await Workspace.open(database, on: client, create: false).drop.database()
    }
  }
}
