// Drops what a workspace made, down to its files.

import ClickHouseClient
import ExportPaths

extension Workspace {
  package var drop: WorkspaceDrop { WorkspaceDrop(workspace: self) }
}

/// The removal of a workspace's database or tables.
package struct WorkspaceDrop {
  let workspace: Workspace

  private var client: Client { workspace.client }

  /// Drops the database, if it still has the mark.
  package func database() async throws {
    try await workspace.checkMark()
    try await dropPatiently(of: nil) { workspace in
      for name in workspace.databases.reversed() {
        try await workspace.run(
          "DROP DATABASE IF EXISTS \(name)\(client.onCluster) SYNC", inDatabase: false)
      }
    }
  }

  package func table(_ table: String) async throws {
    try await dropPatiently(of: table) { workspace in
      for place in workspace.databases.reversed() {
        try await workspace.run(
          "DROP TABLE IF EXISTS \(place).\(try Identifier(table))\(client.onCluster) SYNC")
      }
    }
  }

  /// Drops table and view, and waits until their files are gone.
  package func tables() async throws {
    for object in workspace.objects.reversed() {
      // A projection goes with its table.
      try await table(object.name)
    }
    _ = try await view()
    try await table(Workspace.table)
  }

  /// Drops the design document's view. Returns the names of the migrations, the last one first.
  package func view() async throws -> [String] {
    if workspace.front != workspace.database {
      try await workspace.run(
        "DROP TABLE IF EXISTS \(workspace.front).\(Workspace.view)\(client.onCluster) SYNC")
    }
    let migrations = try Catalogue.migrations(workspace.form).reversed()
    try await dropPatiently(of: Workspace.view) { workspace in
      for migration in migrations { try await workspace.runAll(migration.down) }
    }
    return migrations.map(\.name)
  }

  /// Drops something and waits until its files are gone; on one server for no longer than half a
  /// minute, if its name is gone by then.
  ///
  /// A server deletes files when its wall clock has come to the moment of the drop: one that is set
  /// back meanwhile has a statement with `SYNC` wait for as long.
  private func dropPatiently(
    of table: String?, by drop: (Workspace) async throws -> Void
  ) async throws {
    guard client.cluster == nil else { return try await drop(workspace) }
    let hasty = Workspace(
      client: client.giving(upAfter: .seconds(30)), version: workspace.version,
      database: workspace.database, front: workspace.front, objects: workspace.objects)
    do { try await drop(hasty) } catch ClickHouseError.transport(let error)
      where error.kind == .timedOut(.idle)
    {
      if let table {
        guard try await !workspace.tables().contains(table) else {
          throw ClickHouseError.transport(error)
        }
      } else if try await Workspace.exists(workspace.database, on: client) {
        throw ClickHouseError.transport(error)
      }
    }
  }
}
