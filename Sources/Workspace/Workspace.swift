// The database that the suite works in: made by it, marked by it, and the only one it writes to.
//
// The mark is the database's comment, which is there from the moment the database is, and which any
// operator sees in `system.databases`.

import ClickHouseClient
import ExportPaths
import Failures

/// A marked database on a server.
package struct Workspace: Sendable {
  /// The server.
  package let client: Client
  /// The server's version.
  package let version: ServerVersion
  /// The database; on a cluster that of each shard's own tables.
  package let database: Identifier
  /// The database that exports read and inserts go to: on a cluster that of the tables over all
  /// shards, which have the same names, and otherwise the same.
  package let front: Identifier
  /// What the run's paths read beyond table and view; made and dropped with the view.
  package var objects: [SchemaObject] = []
  /// That a database of a run has to be dropped; nil for one that stays.
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

  /// What the comment of a database begins with that the suite made.
  package static let mark = "made by exportbench"
  /// What the name of a run's database begins with.
  package static let prefix = "exportbench_"
  /// Older servers lack what the measurements need.
  package static let oldestVersion = ServerVersion(24, 3)

  /// The table that is exported.
  package static let table = "observations"
  /// The table of the same shape without a view behind it, for measuring writes.
  package static let plainTable = "observations_plain"
  /// The design document's view.
  package static let view = "observations_export_mv"

  /// How long a database is there for, which its comment says behind the mark.
  package enum Stay: Sendable {
    /// Until its run has ended, however that ends; then `exportbench cleanup` may drop it.
    case untilRunEnds
    /// Until somebody drops it: it was asked for.
    case kept

    package var comment: String {
      switch self {
      case .untilRunEnds: "\(mark); it may be dropped when no exportbench runs"
      case .kept: "\(mark), and asked for; exportbench cleanup keeps it"
      }
    }
  }

  /// Makes the database, or opens it if the suite made it before.
  ///
  /// - Throws: ``UserError`` for a server that is too old, or a database without the mark.
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

  /// The version of a server that is not too old.
  package static func supportedVersion(of client: Client) async throws -> ServerVersion {
    let version = try await client.serverVersion()
    guard version >= oldestVersion else {
      throw ClickHouseError.unsupportedVersion(version, needed: oldestVersion)
    }
    return version
  }

  /// Makes a database for one run, named after it, which nobody has yet.
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
  /// - Throws: ``UserError`` for one that is there already, or a server that is too old.
  package static func create(
    for run: String, on client: Client, named database: Identifier? = nil, resumed: Bool = false,
    with objects: [SchemaObject] = [], keep: Bool = false
  ) async throws -> Workspace {
    let database = try database ?? Self.database(of: run)
    let name = database.name
    if resumed, try await exists(database, on: client) {
      try await open(database, on: client, create: false).drop()
    }
    guard let workspace = try await make(database, on: client, with: objects, keep: keep) else {
      throw UserError(
        .server, "the server has a database \(name) already; give the run another --output name")
    }
    return workspace
  }

  /// Makes a database, and remembers that it has to go unless it is kept; nil if there is one of
  /// that name, also of another process that makes it at the same moment.
  package static func make(
    _ database: Identifier, on client: Client, with objects: [SchemaObject] = [], keep: Bool
  ) async throws -> Workspace? {
    _ = try await supportedVersion(of: client)
    guard try await !exists(database, on: client) else { return nil }
    let stay: Stay = keep ? .kept : .untilRunEnds
    // Before it is made: nobody may hear whether it was.
    let pending = keep ? nil : drop(of: database, on: client)
    do {
      var query = Query(
        "CREATE DATABASE \(database)\(client.onCluster) COMMENT '\(stay.comment)'")
      if client.cluster != nil { query.settings = Cluster.statementSettings }
      try await client.execute(query)
      var workspace = try await open(database, on: client, stay: stay)
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
      guard try await exists(database, on: client) else { return }
      try await open(database, on: client, create: false).drop()
    }
  }

  /// Drops a database that was made for a run, also in a task that was cancelled; a kept one stays.
  package func end() async throws { try await pendingDrop?.perform() }

  /// The database that holds the tables over all shards of those of a database.
  package static func overShards(_ database: Identifier) throws(ClickHouseError) -> Identifier {
    try Identifier(database.name + "_all")
  }

  package static func database(of run: String) throws(ClickHouseError) -> Identifier {
    let letters = run.prefix(100).map {
      $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_"
    }
    return try Identifier(prefix + letters.joined())
  }

  /// Whether a database of that name is there, on whatever host, and whoever made it.
  package static func exists(_ database: Identifier, on client: Client) async throws -> Bool {
    try await !comments(of: [database], on: client).isEmpty
  }

  var databases: [Identifier] { front == database ? [database] : [database, front] }

  /// Makes the table that is exported, unless it is there.
  package func createTable() async throws {
    guard try await !tables().contains(Self.table) else { return }
    do { try await runAll(try Catalogue.observations(form)) } catch let error as ClickHouseError
      where error.serverException?.name == "TABLE_ALREADY_EXISTS"
    {
      // Another driver that shares the dataset was quicker.
    }
    try await spread(Self.table)
  }

  /// Which form of the SQL files makes the tables.
  package var form: Migration.Form { client.cluster == nil ? .unclustered : .clustered }

  /// Makes the table over all shards, on a cluster.
  private func spread(_ table: String) async throws {
    guard let cluster = client.cluster else { return }
    let text = try Catalogue.distributed(
      Identifier.quoted(table), in: "\(front)", over: "\(database)",
      on: Identifier.quoted(cluster.name))
    for statement in Migration.statements(of: text) { try await run(statement) }
  }

  /// Makes the twin without a view.
  package func createPlainTable() async throws { try await createTwin(Self.plainTable) }

  /// Drops the twin and waits until its files are gone.
  package func dropPlainTable() async throws { try await drop(Self.plainTable) }

  /// Makes a table like the one that is exported, without a view behind it, unless it is there.
  func createTwin(_ name: String) async throws {
    try await run(
      "CREATE TABLE IF NOT EXISTS \(try Identifier(name))\(client.onCluster) AS \(Self.table)")
    try await spread(name)
  }

  /// Makes such a table anew.
  package func renewTwin(_ name: String) async throws {
    try await drop(name)
    try await createTwin(name)
  }

  /// Makes the design document's view. Returns the names of the migrations, in their order.
  @discardableResult
  package func migrateUp() async throws -> [String] {
    let migrations = try Catalogue.migrations(form)
    for migration in migrations { try await runAll(migration.up) }
    try await spread(Self.view)
    return migrations.map(\.name)
  }

  /// Makes what there is beyond table and view.
  package func createObjects() async throws {
    for object in objects {
      try await runAll(object.text(form))
      // A projection is in its table.
      if try await tables().contains(object.name) { try await spread(object.name) }
    }
  }

  /// Runs every statement of an `.sql` file, in order.
  package func runAll(_ text: String) async throws {
    let text = client.cluster.map { Migration.retargeted(text, to: $0.onCluster) } ?? text
    for statement in Migration.statements(of: text) { try await run(statement) }
  }

  /// Runs one statement in the database.
  package func run(
    _ statement: String, inDatabase: Bool = true, settings: [String: String] = [:]
  ) async throws {
    var query = Query(statement)
    if inDatabase { query.database = database.name }
    // The table behind a view would stay on disk for eight minutes.
    query.settings["database_atomic_wait_for_drop_and_detach_synchronously"] = "1"
    if client.cluster != nil { query.settings.merge(Cluster.statementSettings) { $1 } }
    query.settings.merge(settings) { $1 }
    try await client.executeRepeatable(query)
  }

  /// Every table of the database by name, the inner tables of views among them.
  package func tables() async throws -> [String] {
    struct Row: Decodable { let name: String }
    var query = Query("SELECT name FROM system.tables WHERE database = {database: String}")
    query.parameters["database"] = Parameter(database.name)
    return try await client.rows(query, as: Row.self).map(\.name)
  }

  /// The tables that hold rows: views store theirs in inner tables, which are among these.
  func mergeTrees() async throws -> [String] {
    struct Row: Decodable { let name: String }
    var query = Query(
      """
      SELECT name FROM system.tables
      WHERE database = {database: String} AND engine LIKE '%MergeTree'
      """)
    query.parameters["database"] = Parameter(database.name)
    return try await client.rows(query, as: Row.self).map(\.name)
  }

  /// How many different ids a table holds. Its rows say less: a ReplacingMergeTree drops versions
  /// that meet in one insert.
  package func uniqueIDs(in table: String) async throws -> Int {
    struct Row: Decodable { let ids: Int }
    var query = Query("SELECT toInt64(uniqExact(id)) AS ids FROM \(Identifier.quoted(table))")
    query.database = front.name
    return try await client.rows(query, as: Row.self).first?.ids ?? 0
  }

  func checkMark() async throws {
    let comments = try await Self.comments(of: databases, on: client)
    guard !comments.isEmpty else {
      throw UserError(
        .server,
        "there is no database \(database.name), or the user may not see it; make it with: "
          + "exportbench migrate up --database \(database.name.shellWord)")
    }
    guard comments.allSatisfy({ $0.hasPrefix(Self.mark) }) else {
      throw UserError(
        .server,
        "the database \(database.name) was not made by exportbench, which writes only to databases "
          + "that it made; choose another name with --database")
    }
  }

  /// The comments of the databases that are there, on every host.
  package static func comments(
    of databases: [Identifier], on client: Client
  ) async throws -> [String] {
    struct Row: Decodable { let comment: String }
    var query = Query(
      """
      SELECT comment FROM \(client.everyReplica("system.databases"))
      WHERE has({databases: Array(String)}, name)
      """, settings: client.passingOverTheLost)
    query.parameters["databases"] = Parameter(databases.map(\.name))
    return try await client.rows(query, as: Row.self).map(\.comment)
  }
}
