// Definition of a table or view as the server reports it: columns, engine, keys, and the table that
// stores a view's rows.

import ClickHouseClient
import ClickHouseSQL
import Failures
import Workspace

/// A row of `system.columns`.
package struct TableColumn: Decodable, Sendable, Equatable {
  package var name: String
  package var type: String
  /// `DEFAULT`, `MATERIALIZED`, `ALIAS`, `EPHEMERAL`, or empty.
  package var defaultKind = ""
  /// Or empty.
  package var defaultExpression = ""
  /// `CODEC(…)`, or empty.
  package var codec = ""
  /// Whether the sorting or partition key uses it.
  package var isInKey = false
}

/// A table, or the table that stores a view's rows.
package struct TableDefinition: Sendable, Equatable {
  package var database: String
  /// For a view without `TO` the generated name, which contains dots.
  package var name: String
  /// With arguments, keys and settings.
  package var engine: String
  /// Or empty.
  package var sortingKey: String
  /// Or empty.
  package var partitionKey: String
  /// In table order.
  package var columns: [TableColumn]

  /// `database.table`, quoted.
  package var qualifiedName: String { "\(Identifier.quoted(database)).\(Identifier.quoted(name))" }

  /// The engine's arguments, such as `updated_at` and `is_deleted`, without the path and replica of
  /// a replicated one.
  package var engineArguments: [String] {
    guard let open = engine.firstIndex(of: "("), !engine[..<open].contains(" "),
      let close = engine[open...].firstIndex(of: ")")
    else { return [] }
    return engine[engine.index(after: open)..<close].split(separator: ",")
      .map { $0.filter { $0 != " " } }.filter { !$0.hasPrefix("'") }
  }

  /// The `TTL` expression, or nil.
  package var timeToLive: String? {
    guard let start = engine.firstRange(of: " TTL ") else { return nil }
    let rest = engine[start.upperBound...]
    return String(rest[..<(rest.firstRange(of: " SETTINGS ")?.lowerBound ?? rest.endIndex)])
  }
}

/// A view: its columns, its `SELECT`, and the table that stores its rows.
package struct ViewDefinition: Sendable, Equatable {
  /// `database.view`, quoted.
  package var qualifiedName: String
  package var columns: [String]
  /// Empty for a table that something else fills.
  package var select: String
  /// The table that stores its rows; the view itself if it is an ordinary one.
  package var stored: TableDefinition
  /// Ordinary views store no rows.
  package var isOrdinary = false
}

extension TableDefinition {
  private struct Entry: Decodable {
    let engine, fullEngine, uuid, sortingKey, partitionKey, select, statement: String
  }

  /// Nil if no such table is visible.
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

  /// Database and name of the table that stores the rows of a table or view.
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
    // Databases with the old engine `Ordinary` name inner tables after the view.
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
  /// - Throws: ``UserError`` if the view does not exist, or its storage is not visible.
  package static func read(_ subject: ObservationTables) async throws -> ViewDefinition {
    let database = subject.database.name
    guard
      let shown = try await TableDefinition.read(subject.view.name, in: database, of: subject)
    else { throw subject.missing(subject.view) }
    let place = try await TableDefinition.stored(subject.view, in: subject)
    guard
      let stored = try await TableDefinition.read(place.name, in: place.database, of: subject)
    else {
      throw UserError.server(
        "the table \(place.database).\(place.name), in which \(database)."
          + "\(subject.view.name) stores its rows, is not visible; GRANT SELECT on it as well")
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
  /// The table does not exist or is not visible.
  package func missing(_ name: Identifier) -> UserError {
    let remedy =
      name == view
      ? "create it with the SQL that exportbench migrate show prints, or give --view"
      : "give --database and --table, or GRANT SELECT on it"
    return UserError.server(
      "there is no \(database.name).\(name.name) that the user may see; \(remedy)")
  }
}
