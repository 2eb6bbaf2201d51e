// Which differences between a table and its view are found, and which statements mend them. That
// the statements work on a server is in IntegrationTests.

import Testing
@testable import ExistingTables
@testable import ExportBenchmark
@testable import Verification
@testable import Workspace

@Suite struct SchemaDriftTests {
  private static func table(_ columns: [TableColumn], engine: String = "MergeTree")
    -> TableDefinition
  {
    TableDefinition(
      database: "db", name: "t", engine: "\(engine) ORDER BY id SETTINGS index_granularity = 8192",
      sortingKey: "id", partitionKey: "", columns: columns)
  }

  private static func view(
    _ columns: [TableColumn], shows: [String]? = nil, select: String = "SELECT id FROM db.t",
    engine: String = "MergeTree"
  ) -> ViewDefinition {
    var stored = table(columns, engine: engine)
    stored.name = ".inner_id.1"
    return ViewDefinition(
      qualifiedName: "`db`.`v`", columns: shows ?? columns.map(\.name), select: select,
      stored: stored)
  }

  private static let id = TableColumn("id", "String", isInKey: true)

  @Test func nothingDiffersNothingIsSaid() {
    let drift = SchemaDrift(of: Self.view([Self.id]), from: Self.table([Self.id]))
    #expect(drift.differences.isEmpty && drift.remarks.isEmpty && drift.statements.isEmpty)
    #expect(drift.script(of: "v", from: "t") == "-- nothing to alter\n")
  }

  @Test func aMissingColumnIsAddedAndSelected() {
    let column = TableColumn(
      "environment", "LowCardinality(String)", defaultKind: "DEFAULT",
      defaultExpression: "'default'", codec: "CODEC(ZSTD(3))")
    let drift = SchemaDrift(of: Self.view([Self.id]), from: Self.table([Self.id, column]))
    #expect(drift.differences.map(\.kind) == [.missing])
    #expect(drift.lostToTheExport == ["environment"])
    #expect(
      drift.statements == [
        "ALTER TABLE `db`.`.inner_id.1`\n  ADD COLUMN `environment` LowCardinality(String) "
          + "DEFAULT 'default' CODEC(ZSTD(3))",
        "ALTER TABLE `db`.`v` MODIFY QUERY\nSELECT id, `environment` FROM db.t",
      ])
  }

  @Test func aColumnThatIsStoredAndNotSelectedNeedsTheQueryOnly() {
    let column = TableColumn("a", "String")
    let drift = SchemaDrift(
      of: Self.view([Self.id, column], shows: ["id"]), from: Self.table([Self.id, column]))
    #expect(drift.statements == ["ALTER TABLE `db`.`v` MODIFY QUERY\nSELECT id, `a` FROM db.t"])
  }

  @Test func whatIsComputedInTheTableIsStoredInTheView() {
    let alias = TableColumn(
      "model", "String", defaultKind: "ALIAS", defaultExpression: "provided", codec: "")
    let stored = TableColumn("model", "String")
    #expect(
      SchemaDrift(of: Self.view([Self.id, stored]), from: Self.table([Self.id, alias]))
        .differences.isEmpty)
    let ephemeral = TableColumn("e", "String", defaultKind: "EPHEMERAL")
    #expect(
      SchemaDrift(of: Self.view([Self.id]), from: Self.table([Self.id, ephemeral]))
        .differences.isEmpty)
  }

  @Test func typeDefaultAndCodecOfAColumnAreOneCommand() {
    let wanted = TableColumn(
      "a", "UInt64", defaultKind: "DEFAULT", defaultExpression: "7", codec: "CODEC(ZSTD(3))")
    let drift = SchemaDrift(
      of: Self.view([Self.id, TableColumn("a", "UInt8")]), from: Self.table([Self.id, wanted]))
    #expect(drift.differences.map(\.kind) == [.type, .default, .codec])
    #expect(
      drift.statements == [
        "ALTER TABLE `db`.`.inner_id.1`\n  MODIFY COLUMN `a` UInt64 DEFAULT 7 CODEC(ZSTD(3))",
        "ALTER TABLE `db`.`v` MODIFY QUERY\nSELECT id FROM db.t",
      ])
  }

  @Test func whatTheTableHasNotIsRemoved() {
    let stored = TableColumn(
      "a", "UInt8", defaultKind: "DEFAULT", defaultExpression: "7", codec: "CODEC(ZSTD(3))")
    let drift = SchemaDrift(
      of: Self.view([Self.id, stored]), from: Self.table([Self.id, TableColumn("a", "UInt8")]))
    #expect(
      drift.statements == [
        "ALTER TABLE `db`.`.inner_id.1` MODIFY COLUMN `a` REMOVE DEFAULT",
        "ALTER TABLE `db`.`.inner_id.1` MODIFY COLUMN `a` REMOVE CODEC",
      ])
  }

  @Test func whatCannotBeAlteredIsSaidAndNotTried() {
    var key = Self.id
    key.type = "LowCardinality(String)"
    let stored = [
      Self.id, TableColumn("version", "UInt8"), TableColumn("n", "Nullable(String)"),
      TableColumn("extra", "String"),
    ]
    let drift = SchemaDrift(
      of: Self.view(stored, engine: "ReplacingMergeTree(version)"),
      from: Self.table(
        [key, TableColumn("version", "UInt64"), TableColumn("n", "String")],
        engine: "ReplacingMergeTree(version)"))
    #expect(drift.differences.map(\.column) == ["id", "version", "n", "extra"])
    #expect(drift.differences.allSatisfy { $0.instead != nil })
    #expect(drift.statements.isEmpty)
  }

  @Test func enginesThatDecideOtherwiseAreRemarks() {
    let drift = SchemaDrift(
      of: Self.view([Self.id], engine: "ReplicatedReplacingMergeTree('/a', '{b}', updated_at)"),
      from: Self.table([Self.id], engine: "ReplacingMergeTree(event_ts, is_deleted)"))
    #expect(drift.remarks.count == 3)
    #expect(drift.remarks[0].contains("greatest event_ts, the view that with the greatest updated"))
    #expect(drift.remarks[1].contains("does not know is_deleted"))
    #expect(drift.remarks[2].contains("replicated"))
    var table = Self.table([Self.id])
    table.engine = "MergeTree ORDER BY id TTL day + toIntervalDay(90) SETTINGS x = 1"
    #expect(
      SchemaDrift(of: Self.view([Self.id]), from: table).remarks.first?
        .contains("TTL day + toIntervalDay(90), the view by TTL (none)") == true)
  }

  @Test(
    arguments: [
      ("SELECT id FROM db.t", "SELECT id, `b` FROM db.t"),
      (
        "SELECT id, (SELECT max(x) FROM y) AS m FROM db.t WHERE a = ' FROM '",
        "SELECT id, (SELECT max(x) FROM y) AS m, `b` FROM db.t WHERE a = ' FROM '"
      ),
      ("SELECT `from`, 'a\\' FROM' FROM t", "SELECT `from`, 'a\\' FROM', `b` FROM t"),
      ("SELECT * FROM db.t", "SELECT * FROM db.t"),
      ("SELECT DISTINCT id FROM db.t", nil), ("SELECT id, max(a) FROM db.t GROUP BY id", nil),
      ("SELECT id FROM a UNION ALL SELECT id FROM b", nil), ("SELECT 1", nil),
    ] as [(String, String?)])
  func aColumnMoreGoesIntoTheList(select: String, expected: String?) {
    #expect(SchemaDrift.select(select, adding: ["b"]) == expected)
  }

  @Test(
    arguments: [
      ("CREATE MATERIALIZED VIEW db.v TO db.tt (`id` String) AS SELECT id FROM db.t", "db.tt"),
      ("CREATE MATERIALIZED VIEW db.v ON CLUSTER c TO `a b`.`.x\\`` AS SELECT 1", "a b..x`"),
      ("CREATE MATERIALIZED VIEW db.`TO` (`a` String) ENGINE = MergeTree AS SELECT id", nil),
      ("CREATE MATERIALIZED VIEW db.v TO INNER UUID 'x' (`a` String) ENGINE = M AS SELECT", nil),
      ("CREATE MATERIALIZED VIEW db.v REFRESH EVERY 1 HOUR TO tt AS SELECT id", ".tt"),
    ] as [(String, String?)])
  func theTargetIsFound(statement: String, expected: String?) {
    let target = viewTarget(of: statement)
    #expect(target.map { "\($0.database ?? "").\($0.name)" } == expected)
  }

  @Test func theAliasThatTheDocumentNeeds() {
    let real = Self.table([Self.id, TableColumn("provided_model_name", "Nullable(String)")])
    #expect(
      SchemaDrift.modelAlias(for: real)
        == "ALTER TABLE `db`.`t` ADD COLUMN model Nullable(String) ALIAS provided_model_name")
    var mended = real
    mended.columns.append(TableColumn("model", "Nullable(String)"))
    #expect(SchemaDrift.modelAlias(for: mended) == nil)
  }
}

extension TableColumn {
  fileprivate init(
    _ name: String, _ type: String, defaultKind: String = "", defaultExpression: String = "",
    codec: String = "", isInKey: Bool = false
  ) {
    self.init(
      name: name, type: type, defaultKind: defaultKind, defaultExpression: defaultExpression,
      codec: codec, isInKey: isInKey)
  }
}
