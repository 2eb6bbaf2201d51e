// The database that the suite works in: created and marked by it, and the only one it writes to.
//
// The mark is the comment of the database, set when it is created and visible in
// `system.databases`.

import ClickHouseClient
import ExportPaths
import Failures

package struct Workspace: Sendable {
  package let client: Client
  package let version: ServerVersion
  /// On a cluster, of each shard's own tables.
  package let database: Identifier
  /// Database of exports and inserts: on a cluster that of the tables over all shards, otherwise
  /// the same.
  package let front: Identifier
  /// Schema objects besides table and view; created and dropped with the view.
  package var objects: [SchemaObject] = []
  /// Of every table that is created; a twin takes them from its original.
  package var tableSettings = TableSettings()
  /// Drops a run's database; nil for one that is kept.
  var pendingDrop: PendingCleanup?

  package init(
    client: Client, version: ServerVersion, database: Identifier, front: Identifier,
    objects: [SchemaObject] = [], pendingDrop: PendingCleanup? = nil
  ) {
    self.client = client
    self.version = version
    self.database = database
    self.front = front
    self.objects = objects
    self.pendingDrop = pendingDrop
  }

  /// Start of the comment of databases created by the suite.
  package static let mark = "made by exportbench"
  /// Prefix of the names of runs' databases.
  package static let prefix = "exportbench_"
  /// Older versions lack required features.
  package static let oldestVersion = ServerVersion(24, 3)

  package static let table = "observations"
  /// The same table without a view, for measuring writes.
  package static let plainTable = "observations_plain"
  package static let view = "observations_export_mv"

  /// Lifetime of a database, part of its comment.
  package enum Stay: Sendable {
    /// Dropped when its run has ended; afterwards `exportbench cleanup` may drop it.
    case untilRunEnds
    /// Kept until it is dropped by hand: created on request.
    case kept

    package var comment: String {
      switch self {
      case .untilRunEnds: "\(mark); it may be dropped when no exportbench runs"
      case .kept: "\(mark), and asked for; exportbench cleanup keeps it"
      }
    }
  }

  /// Creates the database, or opens one created by the suite.
  ///
  /// - Throws: ``UserError`` for an unsupported server version, or a database without the mark.
  package static func open(
    _ database: Identifier, on client: Client, create: Bool = true, stay: Stay = .kept
  ) async throws -> Workspace {
    let version = try await supportedVersion(of: client)
    let front = client.cluster == nil ? database : try overShards(database)
    let workspace = Workspace(client: client, version: version, database: database, front: front)
    if create {
      for name in workspace.databases {
        try await workspace.run(
          "CREATE DATABASE IF NOT EXISTS \(name)\(client.onCluster) COMMENT '\(stay.comment)'",
          inDatabase: false)
      }
    }
    try await workspace.checkMark()
    return workspace
  }

  /// - Throws: ``UserError`` for an unsupported version.
  package static func supportedVersion(of client: Client) async throws -> ServerVersion {
    let version = try await client.serverVersion()
    guard version >= oldestVersion else {
      throw ClickHouseError.unsupportedVersion(version, needed: oldestVersion)
    }
    return version
  }

  /// Drops a run's database, even in a cancelled task; a kept one remains.
  package func end() async throws { try await pendingDrop?.perform() }

  /// The database of the tables over all shards.
  package static func overShards(_ database: Identifier) throws(ClickHouseError) -> Identifier {
    try Identifier(database.name + "_all")
  }

  package static func database(of run: String) throws(ClickHouseError) -> Identifier {
    let letters = run.prefix(100).map {
      $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_"
    }
    return try Identifier(prefix + letters.joined())
  }

  /// On any host, by any creator.
  package static func exists(_ database: Identifier, on client: Client) async throws -> Bool {
    try await !comments(of: [database], on: client).isEmpty
  }

  var databases: [Identifier] { front == database ? [database] : [database, front] }

  /// Does nothing if the table exists.
  package func createTable() async throws {
    guard try await !tables().contains(Self.table) else { return }
    do { try await runAll(try Catalogue.observations(form)) } catch let error as ClickHouseError
      where error.serverException?.name == "TABLE_ALREADY_EXISTS"
    {
      // Another driver with the same dataset created it first.
    }
    try await spread(Self.table)
  }

  /// Form of the SQL files.
  package var form: Migration.Form { client.cluster == nil ? .unclustered : .clustered }

  /// On a cluster, creates the table over all shards.
  private func spread(_ table: String) async throws {
    guard let cluster = client.cluster else { return }
    let text = try Catalogue.distributed(
      Identifier.quoted(table), in: "\(front)", over: "\(database)",
      on: Identifier.quoted(cluster.name))
    for statement in Migration.statements(of: text) { try await run(statement) }
  }

  package func createPlainTable() async throws { try await createTwin(Self.plainTable) }

  /// Returns when its files are deleted.
  package func dropPlainTable() async throws { try await drop.table(Self.plainTable) }

  /// A table like the exported one, without a view; does nothing if it exists.
  func createTwin(_ name: String) async throws {
    try await run(
      "CREATE TABLE IF NOT EXISTS \(try Identifier(name))\(client.onCluster) AS \(Self.table)")
    try await spread(name)
  }

  package func renewTwin(_ name: String) async throws {
    try await drop.table(name)
    try await createTwin(name)
  }

  /// Returns the names of the migrations, in order.
  @discardableResult
  package func migrateUp() async throws -> [String] {
    let migrations = try Catalogue.migrations(form)
    for migration in migrations { try await runAll(migration.up) }
    try await spread(Self.view)
    return migrations.map(\.name)
  }

  package func createObjects() async throws {
    for object in objects {
      try await runAll(object.text(form))
      // Projections are part of their table.
      if try await tables().contains(object.name) { try await spread(object.name) }
    }
  }

  /// In order.
  package func runAll(_ text: String) async throws {
    let text = client.cluster.map { Migration.retargeted(text, to: $0.onCluster) } ?? text
    for statement in Migration.statements(of: text) {
      try await run(tableSettings.adding(to: statement))
    }
  }

  package func run(
    _ statement: String, inDatabase: Bool = true, settings: [String: String] = [:]
  ) async throws {
    var query = Query(statement)
    if inDatabase { query.database = database.name }
    // Otherwise a view's inner table would remain on disk for eight minutes.
    query.settings["database_atomic_wait_for_drop_and_detach_synchronously"] = "1"
    if client.cluster != nil { query.settings.merge(Cluster.statementSettings) { $1 } }
    query.settings.merge(settings) { $1 }
    try await client.executeRepeatable(query)
  }

  /// Including the inner tables of views.
  package func tables() async throws -> [String] {
    let query = Query(
      "SELECT name FROM system.tables WHERE database = {database: String}",
      parameters: ["database": Parameter(database.name)])
    return try await client.values(query, as: String.self)
  }

  /// Tables with rows, including the inner tables of views.
  func mergeTrees() async throws -> [String] {
    let query = Query(
      """
      SELECT name FROM system.tables
      WHERE database = {database: String} AND engine LIKE '%MergeTree'
      """, parameters: ["database": Parameter(database.name)])
    return try await client.values(query, as: String.self)
  }

  /// Distinct ids. The number of rows depends on versions dropped by a ReplacingMergeTree.
  package func uniqueIDs(in table: String) async throws -> Int {
    let query = Query(
      "SELECT toInt64(uniqExact(id)) AS ids FROM \(Identifier.quoted(table))", database: front.name)
    return try await client.values(query, as: Int.self).first ?? 0
  }

  func checkMark() async throws {
    let comments = try await Self.comments(of: databases, on: client)
    guard !comments.isEmpty else {
      throw UserError.server(
        "there is no database \(database.name), or it is not visible to the user; create it with: "
          + "exportbench migrate up --database \(database.name.shellWord)")
    }
    guard comments.allSatisfy({ $0.hasPrefix(Self.mark) }) else {
      throw UserError.server(
        "the database \(database.name) was not made by exportbench, which writes only to databases "
          + "that it made; choose another name with --database")
    }
  }

  /// Of existing databases, on every host.
  package static func comments(
    of databases: [Identifier], on client: Client
  ) async throws -> [String] {
    let query = Query(
      """
      SELECT comment FROM \(client.everyReplica("system.databases"))
      WHERE has({databases: Array(String)}, name)
      """, parameters: ["databases": Parameter(databases.map(\.name))],
      settings: client.passingOverTheLost)
    return try await client.values(query, as: String.self)
  }
}
