// What a server says of a table's shape: columns, engine, keys; and of a view where its rows are
// stored. Reads and takes apart; compares nothing: see SchemaDrift.

import ClickHouseClient
import ClickHouseSQL
import Failures
import Workspace

/// A column as `system.columns` describes it.
package struct TableColumn: Decodable, Sendable, Equatable {
  package var name: String
  package var type: String
  /// `DEFAULT`, `MATERIALIZED`, `ALIAS`, `EPHEMERAL`, or empty.
  package var defaultKind: String
  /// The expression of the default, or empty.
  package var defaultExpression: String
  /// `CODEC(…)`, or empty.
  package var codec: String
  /// Whether the sorting or the partition key needs it.
  package var isInKey: Bool

  package init(
    _ name: String, _ type: String, defaultKind: String = "", defaultExpression: String = "",
    codec: String = "", isInKey: Bool = false
  ) {
    self.name = name
    self.type = type
    self.defaultKind = defaultKind
    self.defaultExpression = defaultExpression
    self.codec = codec
    self.isInKey = isInKey
  }
}

/// A table as the server describes it, or the table in which a view keeps its rows.
package struct TableDefinition: Sendable, Equatable {
  package var database: String
  /// Its name; of a view without `TO` the server's own, with dots in it.
  package var name: String
  /// The engine with its arguments, keys and settings.
  package var engine: String
  /// The sorting key, or empty.
  package var sortingKey: String
  /// The partition key, or empty.
  package var partitionKey: String
  /// In the order of the table.
  package var columns: [TableColumn]

  package init(
    database: String, name: String, engine: String, sortingKey: String, partitionKey: String,
    columns: [TableColumn]
  ) {
    self.database = database
    self.name = name
    self.engine = engine
    self.sortingKey = sortingKey
    self.partitionKey = partitionKey
    self.columns = columns
  }

  /// `database.table`, in backquotes.
  package var qualifiedName: String { "\(Identifier.quoted(database)).\(Identifier.quoted(name))" }

  /// The arguments of the engine, such as `updated_at` and `is_deleted`; the path and the replica
  /// of a replicated one are left out.
  package var engineArguments: [String] {
    guard let open = engine.firstIndex(of: "("), !engine[..<open].contains(" "),
      let close = engine[open...].firstIndex(of: ")")
    else { return [] }
    return engine[engine.index(after: open)..<close].split(separator: ",")
      .map { $0.filter { $0 != " " } }.filter { !$0.hasPrefix("'") }
  }

  /// The expression of `TTL`, or nil.
  package var timeToLive: String? {
    guard let start = engine.firstRange(of: " TTL ") else { return nil }
    let rest = engine[start.upperBound...]
    return String(rest[..<(rest.firstRange(of: " SETTINGS ")?.lowerBound ?? rest.endIndex)])
  }
}

/// A materialized view: the columns that it shows, its `SELECT`, and where it keeps the rows.
package struct ViewDefinition: Sendable, Equatable {
  /// `database.view`, in backquotes.
  package var qualifiedName: String
  /// The names of the columns that it shows.
  package var columns: [String]
  /// The `SELECT` that fills it; empty if it is a table that something else fills.
  package var select: String
  /// The table that holds its rows; the view itself, if it is an ordinary one.
  package var stored: TableDefinition
  /// Whether it is an ordinary view, which holds no rows.
  package var isOrdinary: Bool

  package init(
    qualifiedName: String, columns: [String], select: String, stored: TableDefinition,
    isOrdinary: Bool = false
  ) {
    self.isOrdinary = isOrdinary
    self.qualifiedName = qualifiedName
    self.columns = columns
    self.select = select
    self.stored = stored
  }
}

extension TableDefinition {
  private struct Entry: Decodable {
    let engine, fullEngine, uuid, sortingKey, partitionKey, select, statement: String
  }

  /// The table as it is, or nil if there is none that the user may see.
  package static func read(
    _ name: String, in database: String, of subject: ObservationTables
  ) async throws -> TableDefinition? {
    guard let entry = try await entry(name, in: database, of: subject) else { return nil }
    var columns: [TableColumn] = try await subject.client.rows(
      subject.query(
        """
        SELECT name, type, default_kind AS defaultKind, default_expression AS defaultExpression,
          compression_codec AS codec,
          toBool(is_in_sorting_key OR is_in_partition_key OR is_in_primary_key) AS isInKey
        FROM system.columns WHERE database = {database: String} AND table = {table: String}
        ORDER BY position
        """, ["database": Parameter(database), "table": Parameter(name)]))
    for place in columns.indices {
      columns[place].defaultExpression = SecretMask.masked(sql: columns[place].defaultExpression)
    }
    return TableDefinition(
      database: database, name: name, engine: SecretMask.masked(sql: entry.fullEngine),
      sortingKey: entry.sortingKey,
      partitionKey: entry.partitionKey, columns: columns)
  }

  /// The database and the table in which a table or view keeps its rows.
  package static func stored(
    _ name: Identifier, in subject: ObservationTables
  ) async throws -> (database: String, name: String) {
    let database = subject.database.name
    guard let entry = try await entry(name.name, in: database, of: subject),
      entry.engine == "MaterializedView"
    else { return (database, name.name) }
    if let target = viewTarget(of: entry.statement) {
      return (target.database ?? database, target.name)
    }
    // Databases of the old engine `Ordinary` name inner tables after the view.
    let ordinary = ".inner.\(name.name)"
    let isOrdinary = try await self.entry(ordinary, in: database, of: subject) != nil
    return (database, isOrdinary ? ordinary : ".inner_id.\(entry.uuid)")
  }

  private static func entry(
    _ name: String, in database: String, of subject: ObservationTables
  ) async throws -> Entry? {
    try await subject.client.rows(
      subject.query(
        """
        SELECT engine, engine_full AS fullEngine, toString(uuid) AS uuid,
          sorting_key AS sortingKey, partition_key AS partitionKey, as_select AS select,
          create_table_query AS statement
        FROM system.tables WHERE database = {database: String} AND name = {table: String}
        """, ["database": Parameter(database), "table": Parameter(name)]), as: Entry.self
    ).first
  }
}

extension ViewDefinition {
  /// The view as it is.
  ///
  /// - Throws: ``UserError``, if there is none, or the user may not see where it keeps its rows.
  package static func read(_ subject: ObservationTables) async throws -> ViewDefinition {
    let database = subject.database.name
    guard
      let shown = try await TableDefinition.read(subject.view.name, in: database, of: subject)
    else { throw subject.missing(subject.view) }
    let place = try await TableDefinition.stored(subject.view, in: subject)
    guard
      let stored = try await TableDefinition.read(place.name, in: place.database, of: subject)
    else {
      throw UserError(
        .server,
        "the table \(place.database).\(place.name), in which \(database)."
          + "\(subject.view.name) keeps its rows, cannot be seen; GRANT SELECT on it as well")
    }
    struct Row: Decodable { let select, engine: String }
    let row = try await subject.client.rows(
      subject.query(
        """
        SELECT as_select AS select, engine FROM system.tables
        WHERE database = {database: String} AND name = {table: String}
        """,
        ["database": Parameter(database), "table": Parameter(subject.view.name)]), as: Row.self
    ).first
    return ViewDefinition(
      qualifiedName: "\(Identifier.quoted(database)).\(Identifier.quoted(subject.view.name))",
      columns: shown.columns.map(\.name),
      select: SecretMask.masked(sql: row?.select ?? ""), stored: stored,
      isOrdinary: row?.engine == "View")
  }
}

extension ObservationTables {
  /// There is no such table, or none that the user may see.
  package func missing(_ name: Identifier) -> UserError {
    let remedy =
      name == view
      ? "make it with the SQL that exportbench migrate show prints, or give --view"
      : "give --database and --table, or GRANT SELECT on it"
    return UserError(
      .server, "there is no \(database.name).\(name.name) that the user may see; \(remedy)")
  }
}
