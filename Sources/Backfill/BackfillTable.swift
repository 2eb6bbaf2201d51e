// Definition of a view to backfill: source table, columns, and the rule by which one of two rows
// with the same key survives. Reads `system.tables` and `system.columns`; refuses a view that
// cannot be filled without losing rows.

import ClickHouseClient
import ExistingTables
import Failures
import Workspace

package struct BackfillTable: Sendable {
  /// A column of the view that its query fills.
  package struct Column: Sendable {
    package let name: String
    /// The type in the view.
    package let type: String
    /// Whether the view's query returns another type, which the insert converts.
    let isConverted: Bool
  }

  package let database: Identifier
  package let view: Identifier
  /// The source table, as `` `database`.`table` ``.
  package let table: String
  /// The table that stores the view's rows, as `` `database`.`table` ``.
  package let target: String

  let tableName: (database: String, name: String)
  package let targetName: (database: String, name: String)
  /// The view's query as stored: the text before its `SELECT`, and after it.
  let selection: (with: String, list: String)
  /// The table's name in the view's query.
  let rowName: String
  package let columns: [Column]
  /// The sorting key of the view's table, an expression list: the key of a row.
  package let key: String
  /// Of the view's table.
  package let version: Column
  let tableVersion: (name: String, type: String)?
  /// Whether other servers may add parts to one of the two tables.
  package let isReplicated: Bool
  /// Active parts in a partition above which the server delays inserts.
  let partsToDelay: Int

  private struct Described: Decodable {
    let database: String
    let name: String
    let engine: String
    let engineFull: String
    let create: String
    let select: String
    let partition: String
    let sorting: String
    let uuid: String
    /// Whether this table feeds the view.
    let feeds: Int
  }

  private struct ColumnRow: Decodable {
    let name: String
    let type: String
    let kind: String
    let expression: String
  }

  /// - Throws: ``UserError`` for a view that does not exist or cannot be filled;
  ///   ``ClickHouseError``.
  package init(_ view: Identifier, in database: Identifier, on client: Client) async throws {
    _ = try await Workspace.supportedVersion(of: client)
    let name = "\(database.name).\(view.name)"
    let all = try await Self.describe(view, database, client)
    guard
      let own = all.first(where: { $0.database == database.name && $0.name == view.name })
    else {
      throw UserError.server(
        "there is no view \(name), or the user may not see it; create it first, with the SQL that "
          + "exportbench migrate show prints, so that it receives rows inserted meanwhile")
    }
    guard own.engine == "MaterializedView" else {
      throw UserError.input("\(name) is a \(own.engine) , not a materialized view; give --view")
    }
    let feeders = all.filter { $0.feeds == 1 }
    guard feeders.count == 1, let source = feeders.first else {
      throw UserError.server(
        "\(name) is fed by \(feeders.count) tables that the user may see; a backfill needs SELECT "
          + "on the one that feeds it")
    }
    let wanted = StoredDefinition.targetName(of: own.create, own.uuid, in: database.name, view.name)
    guard let held = all.first(where: { $0.database == wanted.0 && $0.name == wanted.1 }) else {
      throw UserError.server(
        "the table \(wanted.0).\(wanted.1), which holds the rows of \(name), is not visible; "
          + "GRANT SHOW TABLES, SELECT ON `\(wanted.0)`.* to the user")
    }
    self.database = database
    self.view = view
    tableName = (source.database, source.name)
    targetName = (held.database, held.name)
    table = "\(Identifier.quoted(source.database)).\(Identifier.quoted(source.name))"
    target = "\(Identifier.quoted(held.database)).\(Identifier.quoted(held.name))"
    let versionName = try Self.check(held, source, of: name)
    let sourceColumns = try await Self.columns(of: tableName, client)
    let query = try await Self.refillable(own.select, of: name, source, sourceColumns, client)
    rowName = query.tableAlias.map(Identifier.quoted) ?? table
    guard let parts = ViewQuery.parts(of: own.select) else {
      throw UserError.input("the query of \(name) has no plain SELECT")
    }
    selection = parts
    key = held.sorting
    columns = try await Self.columns(
      of: own.select, view: (database.name, view.name), target: targetName, client)
    guard let version = columns.first(where: { $0.name == versionName }) else {
      throw UserError.input(
        "the query of \(name) does not fill \(versionName), which decides what survives")
    }
    self.version = version
    guard sourceColumns.contains(where: { $0.name == "start_time" }) else {
      throw UserError.input(
        "\(table) has no column start_time, by whose days a backfill is divided")
    }
    let tableVersion = StoredDefinition.arguments(of: source.engineFull).first
    self.tableVersion = sourceColumns.first { $0.name == tableVersion }.map { ($0.name, $0.type) }
    isReplicated = [source, held].contains { $0.engine.hasPrefix("Replicated") }
    partsToDelay = try await Self.partsToDelay(held.engineFull, client)
  }

  private static func describe(
    _ view: Identifier, _ database: Identifier, _ client: Client
  ) async throws -> [Described] {
    let query = Query(
      """
      SELECT database, name, engine, engine_full AS engineFull, create_table_query AS create,
        as_select AS select, partition_key AS partition, sorting_key AS sorting,
        toString(uuid) AS uuid,
        toInt64(has(arrayZip(dependencies_database, dependencies_table),
          ({database: String}, {view: String}))) AS feeds
      FROM system.tables
      WHERE (database = {database: String} AND name = {view: String})
        OR engine LIKE '%MergeTree' OR feeds
      """, parameters: ["database": Parameter(database.name), "view": Parameter(view.name)])
    return try await client.rows(query, as: Described.self)
  }

  /// Checks what both tables must have so that no row is lost. Returns the name of the column that
  /// decides which row survives.
  private static func check(
    _ held: Described, _ source: Described, of name: String
  ) throws -> String {
    for (table, role) in [(source, "feeds"), (held, "holds the rows of")]
    where !table.engine.hasSuffix("MergeTree") || table.engine.hasPrefix("Shared") {
      throw UserError.input(
        "\(table.name), which \(role) \(name), is a \(table.engine); a backfill is for tables "
          + "whose rows a server has itself, of the MergeTree family, replicated or not")
    }
    guard held.engine.hasSuffix("ReplacingMergeTree"),
      let version = StoredDefinition.arguments(of: held.engineFull).first
    else {
      throw UserError.input(
        "\(held.name), which holds the rows of \(name), is not a ReplacingMergeTree with a "
          + "version column: an older row that is inserted later would win over a newer one; "
          + "create the view with ReplacingMergeTree(version)")
    }
    guard held.partition == source.partition else {
      throw UserError.input(
        "\(name) is partitioned by '\(held.partition)' and \(source.name) by "
          + "'\(source.partition)'; a backfill by partition needs both to be the same: create the "
          + "view with the table's PARTITION BY")
    }
    return version
  }

  /// The view's query, if it maps a table row to one view row deterministically.
  private static func refillable(
    _ select: String, of name: String, _ source: Described, _ columns: [ColumnRow],
    _ client: Client
  ) async throws -> ViewQuery {
    func read(_ select: String) async throws -> ViewQuery {
      do {
        return try await ViewQuery.read(select, in: source.database, on: client)
      } catch let error as ClickHouseError {
        guard let exception = error.serverException, exception.name != "ACCESS_DENIED" else {
          throw error
        }
        throw UserError.input(
          "the server cannot evaluate the query of \(name) again (\(exception.name)); see SHOW "
            + "CREATE TABLE \(name), and recreate the view")
      }
    }
    let query = try await read(select)
    var obstacle = query.obstacle
    // An alias of the table is computed on every read.
    var names = Set(query.identifiers.map { $0.split(separator: ".").last.map(String.init) ?? $0 })
    var seen: Set<String> = []
    while obstacle == nil,
      let alias = columns.first(where: {
        $0.kind == "ALIAS" && names.contains($0.name) && !seen.contains($0.name)
      })
    {
      seen.insert(alias.name)
      let made = try await read(
        "SELECT \(alias.expression) FROM \(Identifier.quoted(source.database))."
          + Identifier.quoted(source.name))
      names.formUnion(made.identifiers)
      obstacle = made.obstacle.map {
        ViewQuery.Obstacle(
          construct: "\($0.construct) in the ALIAS column \(alias.name)",
          effect: $0.effect)
      }
    }
    guard let obstacle else { return query }
    let reason =
      obstacle.effect == .otherValues
      ? ", so a recomputed row differs from the one that an insert made"
      : "; a backfill needs a query that makes one row of each row of "
        + "\(source.database).\(source.name) by SELECT, FROM and WHERE alone"
    throw UserError.input(
      "the query of \(name) has \(obstacle.construct)\(reason); fill the view with an INSERT … "
        + "SELECT, or create it without that")
  }

  private static func columns(
    of table: (database: String, name: String), _ client: Client
  ) async throws -> [ColumnRow] {
    let query = Query(
      """
      SELECT name, type, default_kind AS kind, default_expression AS expression
      FROM system.columns
      WHERE database = {database: String} AND table = {table: String} ORDER BY position
      """, parameters: ["database": Parameter(table.database), "table": Parameter(table.name)])
    return try await client.rows(query, as: ColumnRow.self)
  }

  /// What an insert into the table passes to the view: columns of both the query and the target,
  /// matched by name.
  private static func columns(
    of select: String, view: (String, String), target: (database: String, name: String),
    _ client: Client
  ) async throws -> [Column] {
    struct Made: Decodable {
      let name: String
      let type: String
    }
    let made = try await client.rows(Query("DESCRIBE TABLE (\(select))"), as: Made.self)
    let kept = try await columns(of: target, client).filter {
      $0.kind != "ALIAS" && $0.kind != "MATERIALIZED"
    }
    let shown = Set(try await columns(of: view, client).map(\.name))
    if let hidden = kept.first(where: { column in
      !shown.contains(column.name) && made.contains { $0.name == column.name }
    }) {
      throw UserError.input(
        "\(view.0).\(view.1) does not show the column \(hidden.name) of \(target.name), which its "
          + "query fills; recreate the view")
    }
    return kept.compactMap { column in
      made.first { $0.name == column.name }.map {
        Column(name: column.name, type: column.type, isConverted: $0.type != column.type)
      }
    }
  }

  private static func partsToDelay(_ engine: String, _ client: Client) async throws -> Int {
    let own = engine.ranges(of: "parts_to_delay_insert = ").last.flatMap {
      Int(engine[$0.upperBound...].prefix { $0.isNumber })
    }
    if let own { return own }
    let query = Query(
      """
      SELECT toInt64(value) AS value FROM system.merge_tree_settings
      WHERE name = 'parts_to_delay_insert'
      """)
    return try await client.values(query, as: Int.self).first ?? 150
  }
}
