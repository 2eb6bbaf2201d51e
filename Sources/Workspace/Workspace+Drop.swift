// How what a workspace made goes again, down to its files.

import ClickHouseClient
import ExportPaths

extension Workspace {
  /// Drops the database, if it still bears the mark.
  package func drop() async throws {
    try await checkMark()
    try await letGo(of: nil) { workspace in
      for name in databases.reversed() {
        try await workspace.run(
          "DROP DATABASE IF EXISTS \(name)\(client.onCluster) SYNC", inDatabase: false)
      }
    }
  }

  package func drop(_ table: String) async throws {
    try await letGo(of: table) { workspace in
      for place in databases.reversed() {
        try await workspace.run(
          "DROP TABLE IF EXISTS \(place).\(try Identifier(table))\(client.onCluster) SYNC")
      }
    }
  }

  /// Drops table and view, and waits until their files are gone.
  package func dropTables() async throws {
    for object in objects.reversed() {
      // A projection goes with its table.
      try await drop(object.name)
    }
    _ = try await migrateDown()
    try await drop(Self.table)
  }

  /// Drops the design document's view. Returns the names of the migrations, the last one first.
  package func migrateDown() async throws -> [String] {
    if front != database {
      try await run("DROP TABLE IF EXISTS \(front).\(Self.view)\(client.onCluster) SYNC")
    }
    let migrations = try Catalogue.migrations(form).reversed()
    try await letGo(of: Self.view) { workspace in
      for migration in migrations { try await workspace.runAll(migration.down) }
    }
    return migrations.map(\.name)
  }

  /// Drops something and waits until its files are gone; on one server for no longer than half a
  /// minute, if its name is gone by then.
  ///
  /// A server deletes files when its wall clock has come to the moment of the drop: one that is set
  /// back meanwhile has a statement with `SYNC` wait for as long.
  private func letGo(
    of table: String?, by drop: (Workspace) async throws -> Void
  ) async throws {
    guard client.cluster == nil else { return try await drop(self) }
    let hasty = Workspace(
      client: client.giving(upAfter: .seconds(30)), version: version, database: database,
      front: front, objects: objects)
    do { try await drop(hasty) } catch ClickHouseError.transport(let error)
      where error.kind == .timedOut(.idle)
    {
      if let table {
        guard try await !tables().contains(table) else { throw ClickHouseError.transport(error) }
      } else if try await Self.exists(database, on: client) {
        throw ClickHouseError.transport(error)
      }
    }
  }
}
