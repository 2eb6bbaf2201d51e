// FINAL on tables of every kind: what is said of it is what a real server does, and no command
// takes the answer of a FINAL that was ignored.

import Foundation
import TestSupport
import Testing
@testable import Analysis
@testable import ClickHouseClient
@testable import ExistingTables
@testable import ExportBenchmark
@testable import ExportPaths
@testable import Failures
@testable import Verification
@testable import WindowExports
@testable import Workspace

extension IntegrationTests {
  @Suite struct FinalTests {
    private let scratch = Scratch()

    private func subject(_ workspace: Workspace) throws -> ObservationTables {
      ObservationTables(
        client: workspace.client, database: workspace.database,
        table: try Identifier(Workspace.table), view: try Identifier(Workspace.view))
    }

    @Test func theEffectIsTheServers() async throws {
      try await withWorkspace("final") { workspace in
        let database = workspace.database.name
        let columns = "(id String, v Int64)"
        for statement in [
          "CREATE TABLE r \(columns) ENGINE = ReplacingMergeTree(v) ORDER BY id",
          "CREATE TABLE m \(columns) ENGINE = MergeTree ORDER BY id",
          "CREATE TABLE log \(columns) ENGINE = Log",
          "CREATE TABLE memory \(columns) ENGINE = Memory",
          "SYSTEM STOP MERGES \(database).r",
          "CREATE VIEW v AS SELECT * FROM r",
          "CREATE MATERIALIZED VIEW mv_r ENGINE = ReplacingMergeTree(v) ORDER BY id "
            + "AS SELECT * FROM m",
          "CREATE MATERIALIZED VIEW mv_m ENGINE = MergeTree ORDER BY id AS SELECT * FROM m",
          "CREATE TABLE target \(columns) ENGINE = ReplacingMergeTree(v) ORDER BY id",
          "CREATE MATERIALIZED VIEW mv_to TO target AS SELECT * FROM m",
          "CREATE TABLE buffer_r AS r ENGINE = Buffer('\(database)', r, 1, 9, 9, 9, 9, 999, 999)",
          "CREATE TABLE buffer_m AS m ENGINE = Buffer('\(database)', m, 1, 9, 9, 9, 9, 999, 999)",
          "CREATE TABLE merge_r AS r ENGINE = Merge('\(database)', '^r$')",
          "CREATE TABLE merge_rm AS r ENGINE = Merge('\(database)', '^(r|m)$')",
          "CREATE TABLE merge_v AS r ENGINE = Merge('\(database)', '^v$')",
        ] { try await workspace.run(statement) }
        for version in 1...2 {
          for table in ["r", "m", "log", "memory"] {
            try await workspace.run("INSERT INTO \(table) VALUES ('a', \(version))")
          }
        }
        let expected: [(String, FinalEffect.Kind)] = [
          ("r", .merges), ("m", .refused), ("log", .refused), ("memory", .refused), ("v", .ignored),
          ("mv_r", .merges), ("mv_m", .refused), ("mv_to", .merges), ("buffer_r", .merges),
          ("buffer_m", .ignored), ("merge_r", .merges), ("merge_rm", .ignored),
          ("merge_v", .ignored),
        ]
        for (table, kind) in expected {
          let effect = try await subject(workspace).finalEffect(on: table)
          #expect(effect?.kind == kind, "\(table)")
          var rows: Int?
          do {
            rows = try await workspace.value("SELECT toInt64(count()) AS value FROM \(table) FINAL")
          } catch let error as ClickHouseError {
            #expect(error.serverException?.name == "ILLEGAL_FINAL" && kind == .refused, "\(table)")
          }
          #expect(kind == .refused ? rows == nil : (rows == 1) == (kind == .merges), "\(table)")
        }
        #expect(try await subject(workspace).finalEffect(on: "none") == nil)
      }
    }

    private static let columns = """
      id, project_id, trace_id, type, name, start_time, end_time, model, input, output, metadata, \
      level, status_message, completion_start_time, model_parameters, usage_details, cost_details, \
      updated_at, is_deleted
      """

    @Test func anOrdinaryViewIsNotReadWithFinal() async throws {
      try await withWorkspace("ordinary") { workspace in
        try await workspace.createTable()
        try await workspace.run("SYSTEM STOP MERGES \(workspace.database).observations")
        _ = try await Loader(workspace, smallDataset(observations: 300)).load(
          rowsPerInsert: 100, workers: 2, tell: { _ in })
        try await workspace.run(
          "CREATE VIEW observations_export_mv AS SELECT \(Self.columns) FROM observations")
        let name = "\(workspace.database.name).observations_export_mv"
        func export(_ path: String) async throws {
          _ = try await WindowExport(
            from: workspace.database, on: workspace.client,
            by: try Catalogue.paths(named: [path])[0], under: nil, log: workspace.client
          ).run(into: scratch.path("\(path).parquet"))
        }
        do {
          try await export("mv-final")
          Issue.record("it was exported")
        } catch let error as UserError {
          #expect(error.kind == .input)
          #expect(
            error.description.hasPrefix(
              "the path mv-final reads with FINAL, and \(name) is an ordinary view, where"))
        }
        #expect(scratch.names.isEmpty)
        // What the sentence advises works.
        try await export("limit-by")
        try await export("scan-view")

        let paths = try Catalogue.paths(named: ["limit-by", "mv-final"])
        let found = try await Verification(
          of: try subject(workspace), paths: (paths[0], paths[1])
        ).run { _ in }
        #expect(found.remarks.contains { $0.contains("mv-final reads with FINAL, and \(name)") })
        let view = try #require(found.counts?.value?.view)
        #expect(view.isOrdinaryView && view.finalRows == nil && view.parts == nil)
        #expect(view.finalReason?.hasPrefix("\(name) is an ordinary view") == true)
        #expect(found.counts?.value?.table.finalReason == nil)
        #expect(found.drift?.statements == [] && found.drift?.differences.isEmpty == false)
        #expect(found.script?.contains("is an ordinary view") == true)
      }
    }

    @Test func aMaterializedViewThatKeepsEveryVersionIsTold() async throws {
      try await withWorkspace("plainview") { workspace in
        try await workspace.createTable()
        try await workspace.run(
          """
          CREATE MATERIALIZED VIEW observations_export_mv ENGINE = MergeTree ORDER BY id
          AS SELECT \(Self.columns) FROM observations
          """)
        _ = try await Loader(workspace, smallDataset(observations: 100)).load(
          rowsPerInsert: 50, workers: 2, tell: { _ in })
        let paths = try Catalogue.paths(named: ["limit-by", "mv-final"])
        let found = try await Verification(
          of: try subject(workspace), paths: (paths[0], paths[1])
        ).run { _ in }
        #expect(found.unknowns.count == 1)
        #expect(found.unknowns[0].contains("is a MaterializedView over a MergeTree, which has no"))
        #expect(found.drift?.remarks.contains { $0.contains("keeps every version") } == true)
        #expect(found.drift?.remarks.contains { $0.contains("returns tombstones") } == false)
      }
    }
  }
}
