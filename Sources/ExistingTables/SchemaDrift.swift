// Schema drift: compares a view's definition with its table's, and produces differences, fixing
// statements, and remarks on what cannot be fixed in place.

import ClickHouseClient
import ClickHouseSQL
import Statistics

package struct SchemaDrift: Sendable, Equatable, Encodable {
  package enum Kind: String, Sendable, Encodable {
    /// Missing in the view.
    case missing
    /// Missing in the table.
    case extra
    case type
    case `default`
    case codec
  }

  package struct Difference: Sendable, Equatable, Encodable {
    package let column: String
    package let kind: Kind
    /// Empty if missing.
    package let table: String
    /// Empty if missing.
    package let view: String
    /// Why no statement fixes it, and what to do instead; nil if one does.
    package let instead: String?
  }

  /// In table order, by column.
  package private(set) var differences: [Difference] = []
  /// Differences of engines and keys, one sentence each.
  package private(set) var remarks: [String] = []
  /// Fixes in order; without semicolons.
  package private(set) var statements: [String] = []
  /// Why there are no fixing statements, in one sentence; nil if there may be some.
  package private(set) var obstacle: String?
  /// Columns that the table's export selects and the view lacks.
  package private(set) var lostToTheExport: [String] = []

  /// Columns that Langfuse's export selects in addition to those of the design document's view.
  package static let exportedBesides = [
    "environment", "parent_observation_id", "version", "provided_model_name", "prompt_name",
    "prompt_version", "event_ts",
  ]

  package init(of view: ViewDefinition, from table: TableDefinition) {
    if view.isOrdinary {
      compare(ordinary: view, table)
    } else {
      compare(stored: view, table)
    }
  }

  private mutating func compare(stored view: ViewDefinition, _ table: TableDefinition) {
    var plan = Plan()
    for column in table.columns where column.defaultKind != "EPHEMERAL" {
      let stored = view.stored.columns.first { $0.name == column.name }
      if let stored, view.columns.contains(column.name) {
        compare(column, stored, view, &plan)
      } else {
        miss(column, stored, &plan)
      }
    }
    addExtras(view, table)
    findLost()
    addStatements(plan, view)
    addRemarks(table, view)
  }

  /// An ordinary view has only the columns of its `SELECT`: no defaults, no codecs, no `ALTER`.
  private mutating func compare(ordinary view: ViewDefinition, _ table: TableDefinition) {
    let instead = "CREATE OR REPLACE VIEW with it in the SELECT"
    for column in table.columns where column.defaultKind != "EPHEMERAL" {
      let shown = view.stored.columns.first { $0.name == column.name }
      if shown == nil { add(column.name, .missing, column.type, "", instead: instead) }
      if let shown, shown.type != column.type {
        add(column.name, .type, column.type, shown.type, instead: instead)
      }
    }
    addExtras(view, table)
    findLost()
    let obstacle =
      "\(view.qualifiedName) is an ordinary view, which holds no rows, evaluates its query at "
      + "every read and ignores FINAL; CREATE OR REPLACE VIEW changes its columns"
    withdrawStatements(because: obstacle)
  }

  /// Keeps the differences and discards the statements.
  package mutating func withdrawStatements(because obstacle: String) {
    self.obstacle = obstacle
    statements = []
    remarks = [obstacle]
  }

  private mutating func findLost() {
    lostToTheExport = Self.exportedBesides.filter { name in
      differences.contains { $0.column == name && $0.kind == .missing }
    }
  }

  /// Fixes collected during the comparison of columns.
  private struct Plan {
    var commands: [String] = []
    var removals: [String] = []
    var newColumns: [String] = []
    var needsQuery = false
  }

  private mutating func miss(_ column: TableColumn, _ stored: TableColumn?, _ plan: inout Plan) {
    differences.append(
      Difference(
        column: column.name, kind: .missing, table: Self.description(of: column), view: "",
        instead: nil))
    if stored == nil {
      plan.commands.append(
        "ADD COLUMN \(Identifier.quoted(column.name)) \(Self.description(of: column))")
    }
    // A column that is not added cannot be selected.
    if !Self.description(of: column).contains(SecretMask.replacement) {
      plan.newColumns.append(column.name)
    }
  }

  private mutating func compare(
    _ column: TableColumn, _ stored: TableColumn, _ view: ViewDefinition, _ plan: inout Plan
  ) {
    var changes = ""
    var type = stored.type
    let isKey =
      stored.isInKey || view.stored.engineArguments.contains(column.name)
    if column.type != stored.type {
      let instead = Self.obstacle(from: stored.type, to: column.type, isKey: isKey)
      add(column.name, .type, column.type, stored.type, instead: instead)
      if instead == nil {
        type = column.type
        changes = " "
        plan.needsQuery = true
      }
    }
    // The view stores the value of the table's alias, so it needs no default.
    let wanted = column.defaultKind == "DEFAULT" ? Self.default(of: column) : ""
    let has = Self.default(of: stored)
    if wanted != has {
      add(column.name, .default, wanted, has)
      changes += wanted.isEmpty ? "" : " \(wanted)"
      if wanted.isEmpty {
        plan.removals.append(
          "MODIFY COLUMN \(Identifier.quoted(column.name)) REMOVE \(stored.defaultKind)")
      }
    }
    if column.codec != stored.codec, column.defaultKind != "ALIAS" {
      add(column.name, .codec, column.codec, stored.codec)
      changes += column.codec.isEmpty ? "" : " \(column.codec)"
      if column.codec.isEmpty {
        plan.removals.append("MODIFY COLUMN \(Identifier.quoted(column.name)) REMOVE CODEC")
      }
    }
    guard !changes.isEmpty else { return }
    let rest = changes.drop { $0 == " " }
    plan.commands.append(
      "MODIFY COLUMN \(Identifier.quoted(column.name)) \(type)\(rest.isEmpty ? "" : " \(rest)")")
  }

  private mutating func addExtras(_ view: ViewDefinition, _ table: TableDefinition) {
    let names = Set(table.columns.map(\.name))
    for column in view.stored.columns where !names.contains(column.name) {
      add(
        column.name, .extra, "", Self.description(of: column),
        instead: "if the view's SELECT computes it, leave it; if the table had it once, inserts "
          + "into the table fail until the view's SELECT is without it")
    }
  }

  private mutating func addStatements(_ plan: Plan, _ view: ViewDefinition) {
    let alter = "ALTER TABLE \(view.stored.qualifiedName)"
    let commands = plan.commands.filter { !$0.contains(SecretMask.replacement) }
    if !commands.isEmpty {
      statements.append("\(alter)\n  \(commands.joined(separator: ",\n  "))")
    }
    for command in plan.commands where command.contains(SecretMask.replacement) {
      remarks.append(
        "a default has a secret, which the server does not show: run by hand, with the secret in "
          + "place of \(SecretMask.replacement), \(alter) \(command)")
    }
    statements += plan.removals.map { "\(alter) \($0)" }
    guard !plan.newColumns.isEmpty || plan.needsQuery, !view.select.isEmpty else { return }
    if view.select.contains(SecretMask.replacement) {
      remarks.append(
        "the SELECT of the view has a secret, which the server does not show: add "
          + "\(plan.newColumns.joined(separator: ", ")) to it by hand, with ALTER TABLE "
          + "\(view.qualifiedName) MODIFY QUERY SELECT …")
    } else if let select = Self.select(view.select, adding: plan.newColumns) {
      statements.append("ALTER TABLE \(view.qualifiedName) MODIFY QUERY\n\(select)")
    } else {
      remarks.append(
        "the SELECT of the view is more than columns of one table: add "
          + "\(plan.newColumns.joined(separator: ", ")) to it by hand, with ALTER TABLE "
          + "\(view.qualifiedName) MODIFY QUERY SELECT …")
    }
  }

  private mutating func add(
    _ column: String, _ kind: Kind, _ table: String, _ view: String, instead: String? = nil
  ) {
    differences.append(
      Difference(column: column, kind: kind, table: table, view: view, instead: instead))
  }

  private mutating func addRemarks(_ table: TableDefinition, _ view: ViewDefinition) {
    remarks += Self.remarks(table, view.stored)
  }
}
