// Drops what a workspace created, including files.

import ClickHouseClient
import ExportPaths

extension Workspace {
  /// Drops the database if it still has the mark.
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

  /// Returns when their files are deleted.
  package func dropTables() async throws {
    for object in objects.reversed() {
      // Projections are dropped with their table.
      try await drop(object.name)
    }
    _ = try await migrateDown()
    try await drop(Self.table)
  }

  /// Returns the names of the migrations, last first.
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

  /// Drops an object and waits until its files are deleted; on a single server for at most half a
  /// minute if its name no longer exists.
  ///
  /// A server deletes files when its wall clock reaches the time of the drop: if the clock is set
  /// back meanwhile, a statement with `SYNC` waits.
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
