// The statements that mend a view, run on a real server: afterwards nothing differs, and what is
// inserted into the table reaches the view with every column.

import Testing
@testable import Analysis
@testable import ClickHouseClient
@testable import ExistingTables
@testable import ExportBenchmark
@testable import Verification
@testable import Workspace

extension IntegrationTests {
  @Suite struct DriftTests {
    static let documented = "CREATE MATERIALIZED VIEW observations_export_mv "
    static let select = """
      AS SELECT id, project_id, start_time, name, level, input, output, updated_at, is_deleted,
        model
      FROM observations
      """
    static let engine = """
      ENGINE = ReplacingMergeTree(updated_at) ORDER BY (project_id, id)
      PARTITION BY toYYYYMM(start_time)
      """

    @Test func theDocumentsViewIsMended() async throws {
      try await withWorkspace("drift") { workspace in
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await expectMending(workspace, differences: 21)
      }
    }

    @Test func aViewWithATableOfItsOwnIsMended() async throws {
      try await withWorkspace("drift_to") { workspace in
        try await workspace.createTable()
        // As many kinds of drift as fit into one table: types, defaults, codecs, an extra column.
        try await workspace.run(
          """
          CREATE TABLE kept (id String, project_id String, start_time DateTime64(3),
            name LowCardinality(String) CODEC(LZ4HC(9)), level String DEFAULT 'none',
            input Nullable(String), output String CODEC(ZSTD(1)),
            updated_at DateTime64(3), is_deleted UInt8, model Nullable(String), mine UInt8)
          \(Self.engine)
          """)
        try await workspace.run("\(Self.documented) TO kept \(Self.select)")
        try await expectMending(workspace, differences: nil, left: ["mine"])
      }
    }

    private func expectMending(
      _ workspace: Workspace, differences: Int?, left: [String] = []
    ) async throws {
      let subject = ObservationTables(
        client: workspace.client, database: workspace.database,
        table: try Identifier(Workspace.table), view: try Identifier(Workspace.view))
      try await workspace.run(
        """
        INSERT INTO observations (id, project_id, start_time, name, output, updated_at, event_ts)
        VALUES ('old', 'p', 0, 'o', 'x', 1, 1)
        """)
      let before = try await drift(subject)
      if let differences { #expect(before.differences.count == differences) }
      #expect(before.lostToTheExport == SchemaDrift.exportedBesides)
      let script = before.script(of: "v", from: "t")
      try await workspace.runAll(script)
      let after = try await drift(subject)
      #expect(after.differences.map(\.column) == left)
      #expect(after.differences.allSatisfy { $0.instead != nil } && after.statements.isEmpty)

      try await workspace.run(
        """
        INSERT INTO observations (id, project_id, start_time, name, output, environment, event_ts,
          provided_model_name, tool_calls) VALUES
          ('new', 'p', 0, 'n', 'y', 'prod', 7, 'gpt', ['a'])
        """)
      let environments: [String] = try await workspace.value(
        "SELECT groupArray(environment) AS value FROM (SELECT * FROM observations_export_mv "
          + "ORDER BY id DESC)")
      #expect(environments == ["default", "prod"], "what was there before has the default")
      let same: Int = try await workspace.value(
        """
        SELECT toInt64(count()) AS value FROM observations AS t
        INNER JOIN observations_export_mv AS v ON t.id = v.id
        WHERE t.id = 'new' AND v.event_ts = t.event_ts AND v.tool_calls = ['a']
          AND v.model = 'gpt' AND v.provided_model_name = 'gpt' AND v.created_at = t.created_at
        """)
      #expect(same == 1)
    }

    private func drift(_ subject: ObservationTables) async throws -> SchemaDrift {
      let table = try await TableDefinition.read(
        subject.table.name, in: subject.database.name, of: subject)
      return SchemaDrift(
        of: try await ViewDefinition.read(subject), from: try #require(table))
    }
  }
}
