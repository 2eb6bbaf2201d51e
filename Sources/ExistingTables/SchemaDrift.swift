// How far a view has drifted from its table: two definitions in, differences and the statements
// that mend them out. Pure. What a remark says cannot be mended in place.

import ClickHouseClient
import ClickHouseSQL
import Statistics

/// What a view lacks, or has otherwise than its table.
package struct SchemaDrift: Sendable, Equatable, Encodable {
  /// How a column differs.
  package enum Kind: String, Sendable, Encodable {
    /// The table has it, and the view has not.
    case missing
    /// The view has it, and the table has not.
    case extra
    /// Other types.
    case type
    /// Other defaults.
    case `default`
    /// Other codecs.
    case codec
  }

  package struct Difference: Sendable, Equatable, Encodable {
    package let column: String
    /// How it differs.
    package let kind: Kind
    /// What the table has; empty for nothing.
    package let table: String
    /// What the view has; empty for nothing.
    package let view: String
    /// Why no statement mends it, and what to do instead; nil if one does.
    package let instead: String?
  }

  /// By column, in the order of the table.
  package private(set) var differences: [Difference] = []
  /// What engines and keys make different, one sentence each.
  package private(set) var remarks: [String] = []
  /// What mends the differences, in order; without semicolons.
  package private(set) var statements: [String] = []
  /// Why there are no statements for the differences, in one sentence; nil if there may be some.
  package private(set) var obstacle: String?
  /// The columns that the export of the table selects and that the view lacks.
  package private(set) var lostToTheExport: [String] = []

  /// What Langfuse's own export selects beside the columns of the document's view.
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

  /// An ordinary view has the columns of its `SELECT`: no defaults, no codecs, and no `ALTER`.
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

  /// Leaves the differences and takes the statements back.
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

  /// What to do, gathered while the columns are gone through.
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
    // A column that is not added cannot be selected either.
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
    // What an alias computes in the table, the view stores: it needs no default.
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
