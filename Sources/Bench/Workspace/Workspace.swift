// The database that the suite works in: made by it, marked by it, and the only one it writes to.
//
// The mark is the database's comment, which is there from the moment the database is, and which any
// operator sees in `system.databases`.

import ClickHouse
import Exports

/// A marked database on a server.
public struct Workspace: Sendable {
  /// The server.
  public let client: Client
  /// The server's version.
  public let version: ServerVersion
  /// The database.
  public let database: Identifier
  /// What the run's paths read beyond table and view; made and dropped with the view.
  public var objects: [SchemaObject] = []

  /// What the comment of a database begins with that the suite made.
  public static let mark = "made by exportbench"
  /// What the name of a run's database begins with.
  static let prefix = "exportbench_"
  /// Older servers lack what the measurements need.
  public static let oldestVersion = ServerVersion(24, 3)

  /// The table that is exported.
  public static let table = "observations"
  /// The table of the same shape without a view behind it, for measuring writes.
  public static let plainTable = "observations_plain"
  /// The design document's view.
  public static let view = "observations_export_mv"

  /// How long a database is there for, which its comment says behind the mark.
  public enum Stay: Sendable {
    /// Until its run has ended, however that ends; then `exportbench cleanup` may drop it.
    case untilRunEnds
    /// Until somebody drops it: it was asked for.
    case kept

    var comment: String {
      switch self {
      case .untilRunEnds: "\(mark); it may be dropped when no exportbench runs"
      case .kept: "\(mark), and asked for; exportbench cleanup keeps it"
      }
    }
  }

  /// Makes the database, or opens it if the suite made it before.
  ///
  /// - Throws: ``BenchError`` for a server that is too old, or a database without the mark.
  public static func open(
    _ database: Identifier, on client: Client, create: Bool = true, stay: Stay = .kept
  ) async throws -> Workspace {
    let version = try await client.serverVersion()
    guard version >= oldestVersion else {
      throw ClickHouseError.unsupportedVersion(version, needed: oldestVersion)
    }
    let workspace = Workspace(client: client, version: version, database: database)
    if create {
      try await workspace.run(
        "CREATE DATABASE IF NOT EXISTS \(database) COMMENT '\(stay.comment)'", inDatabase: false)
    }
    try await workspace.checkMark()
    return workspace
  }

  /// Makes a database for one run, named after it, which nobody has yet.
  ///
  /// - Parameters:
  ///   - run: the run's name.
  ///   - client: the server.
  ///   - resumed: whether a database of that name may be left over from the run's beginning; then
  ///     it is dropped if it bears the mark, because nothing says how far it had come.
  ///   - objects: what there is beyond table and view.
  ///   - keep: whether it is to be there after the run.
  /// - Returns: the empty database.
  /// - Throws: ``BenchError`` for one that is there already, or a server that is too old.
  public static func create(
    for run: String, on client: Client, resumed: Bool = false, with objects: [SchemaObject] = [],
    keep: Bool = false
  ) async throws -> Workspace {
    let database = try Self.database(of: run)
    let name = database.name
    if resumed, try await exists(database, on: client) {
      try await open(database, on: client, create: false).drop()
    }
    guard try await !exists(database, on: client) else {
      throw BenchError(
        .server, "the server has a database \(name) already; give the run another --output name")
    }
    var workspace = try await open(database, on: client, stay: keep ? .kept : .untilRunEnds)
    workspace.objects = objects
    return workspace
  }

  /// What the database of a run is called.
  static func database(of run: String) throws(ClickHouseError) -> Identifier {
    let letters = run.prefix(100).map {
      $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_"
    }
    return try Identifier(prefix + letters.joined())
  }

  /// Whether a database of that name is there, whoever made it.
  public static func exists(_ database: Identifier, on client: Client) async throws -> Bool {
    try await comment(of: database, on: client) != nil
  }

  /// Makes the table that is exported, unless it is there.
  public func createTable() async throws {
    guard try await !tables().contains(Self.table) else { return }
    try await runAll(try Catalogue.observations())
  }

  /// Drops table and view, and waits until their files are gone.
  func dropTables() async throws {
    for object in objects.reversed() {
      // A projection goes with its table.
      try await run("DROP TABLE IF EXISTS \(try Identifier(object.name)) SYNC")
    }
    _ = try await migrateDown()
    try await run("DROP TABLE IF EXISTS \(Self.table) SYNC")
  }

  /// Makes the twin without a view.
  public func createPlainTable() async throws {
    try await run("CREATE TABLE IF NOT EXISTS \(Self.plainTable) AS \(Self.table)")
  }

  /// Drops the twin and waits until its files are gone.
  public func dropPlainTable() async throws {
    try await run("DROP TABLE IF EXISTS \(Self.plainTable) SYNC")
  }

  /// Makes the design document's view. Returns the names of the migrations, in their order.
  @discardableResult
  public func migrateUp() async throws -> [String] {
    let migrations = try Catalogue.migrations(.unclustered)
    for migration in migrations { try await runAll(migration.up) }
    return migrations.map(\.name)
  }

  /// Makes what there is beyond table and view.
  func createObjects() async throws {
    for object in objects { try await runAll(object.text) }
  }

  /// Drops the design document's view. Returns the names of the migrations, the last one first.
  public func migrateDown() async throws -> [String] {
    let migrations = try Catalogue.migrations(.unclustered).reversed()
    for migration in migrations { try await runAll(migration.down) }
    return migrations.map(\.name)
  }

  /// Runs every statement of an `.sql` file, in order.
  public func runAll(_ text: String) async throws {
    for statement in Migration.statements(of: text) { try await run(statement) }
  }

  /// Runs one statement in the database.
  public func run(_ statement: String, inDatabase: Bool = true) async throws {
    var query = Query(statement)
    if inDatabase { query.database = database.name }
    // The table behind a view would stay on disk for eight minutes.
    query.settings["database_atomic_wait_for_drop_and_detach_synchronously"] = "1"
    _ = try await client.execute(query)
  }

  /// Lets merges run, or stops them: a state in which nothing moves can be measured again.
  ///
  /// - Parameters:
  ///   - running: whether they may run.
  ///   - names: of which tables; of all unless some are named.
  /// - Throws: ``ClickHouseError``.
  public func setMerges(running: Bool, of names: [String]? = nil) async throws {
    let all = try await mergeTrees()
    for table in names ?? all where table != Self.view {
      let name = try tableName(table)
      try await run("SYSTEM \(running ? "START" : "STOP") MERGES \(database).\(name)")
    }
  }

  /// Merges table, view and all else down to one part per partition.
  public func mergeAll() async throws {
    try await setMerges(running: true)
    for name in try await mergeTrees() {
      try await run("OPTIMIZE TABLE \(try tableName(name)) FINAL")
    }
    try await setMerges(running: false)
  }

  /// Drops the database, if it still bears the mark.
  public func drop() async throws {
    try await checkMark()
    try await run("DROP DATABASE IF EXISTS \(database) SYNC", inDatabase: false)
  }

  /// Every table of the database by name, the inner tables of views among them.
  public func tables() async throws -> [String] {
    struct Row: Decodable { let name: String }
    var query = Query("SELECT name FROM system.tables WHERE database = {database: String}")
    query.parameters["database"] = Parameter(database.name)
    return try await client.rows(query, as: Row.self).map(\.name)
  }

  /// The tables that hold rows: views store theirs in inner tables, which are among these.
  private func mergeTrees() async throws -> [String] {
    struct Row: Decodable { let name: String }
    var query = Query(
      """
      SELECT name FROM system.tables
      WHERE database = {database: String} AND engine LIKE '%MergeTree'
      """)
    query.parameters["database"] = Parameter(database.name)
    return try await client.rows(query, as: Row.self).map(\.name)
  }

  /// Whether every table of the database knows an insert again by its token: replicated ones do
  /// unless their window is 0, others if they have one. A distributed table hands the question on.
  public func deduplicatesInserts() async throws -> Bool {
    struct Row: Decodable { let all, knowing: Int }
    var query = Query(
      """
      SELECT toInt64(count()) AS all, toInt64(countIf(
        engine LIKE 'Replicated%' AND NOT match(engine_full, '[ ,]replicated_dedup[a-z_]* = 0')
        OR engine LIKE 'Shared%'
        OR toUInt64OrZero(extract(
          engine_full, 'non_replicated_deduplication_window = ([0-9]+)')) > 0)) AS knowing
      FROM system.tables
      WHERE database = {database: String} AND (engine LIKE '%MergeTree' OR engine = 'Distributed')
      """)
    query.parameters["database"] = Parameter(database.name)
    let row = try await client.rows(query, as: Row.self).first
    return row.map { $0.all > 0 && $0.all == $0.knowing } ?? false
  }

  /// How many different ids a table holds. Its rows say less: a ReplacingMergeTree drops versions
  /// that meet in one insert.
  public func uniqueIDs(in table: String) async throws -> Int {
    struct Row: Decodable { let ids: Int }
    var query = Query("SELECT toInt64(uniqExact(id)) AS ids FROM \(try tableName(table))")
    query.database = database.name
    return try await client.rows(query, as: Row.self).first?.ids ?? 0
  }

  /// How the server itself describes a table: its `CREATE` statement.
  public func definition(of table: String) async throws -> String {
    struct Row: Decodable { let text: String }
    var query = Query(
      """
      SELECT create_table_query AS text FROM system.tables
      WHERE database = {database: String} AND name = {table: String}
      """)
    query.parameters = ["database": Parameter(database.name), "table": Parameter(table)]
    return try await client.rows(query, as: Row.self).first?.text ?? ""
  }

  // The server's own names of inner tables have dots in them; ours are identifiers.
  private func tableName(_ name: String) throws -> String {
    guard !name.contains("`"), !name.contains("\\") else {
      throw BenchError(.server, "a table of \(database) has a name that cannot be quoted")
    }
    return "`\(name)`"
  }

  private func checkMark() async throws {
    guard let comment = try await Self.comment(of: database, on: client) else {
      throw BenchError(
        .server, "there is no database \(database.name); make it with: exportbench migrate up")
    }
    guard comment.hasPrefix(Self.mark) else {
      throw BenchError(
        .server,
        "the database \(database.name) was not made by exportbench, which writes only to databases "
          + "that it made; choose another name with --database")
    }
  }

  private static func comment(
    of database: Identifier, on client: Client
  ) async throws -> String? {
    struct Row: Decodable { let comment: String }
    var query = Query("SELECT comment FROM system.databases WHERE name = {database: String}")
    query.parameters["database"] = Parameter(database.name)
    return try await client.rows(query, as: Row.self).first?.comment
  }
}
