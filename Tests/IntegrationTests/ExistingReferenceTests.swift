// What is right on existing tables: the newest row of each id, whatever the paths and their order.
// Tombstones, stale versions, rows that moved and ties, on a table whose parts are not merged.

import TestSupport
import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import ExistingTables
@testable import ExportBenchmark
@testable import ExportPaths
@testable import RunSession
@testable import RunStore
@testable import Units
@testable import Workspace

extension IntegrationTests {
  @Suite struct ExistingReferenceTests {
    private let scratch = Scratch()
    private static let end: Int64 = 1_788_220_800_000
    private static let window = TimeSpan(milliseconds: 7 * 86_400_000)

    /// A row of project `p`: `hours` before the end of the window, `version` minutes after that.
    private func insert(
      _ id: String, hours: Int = 5, version: Int = 0, updated: Int? = nil, type: String = "SPAN",
      output: String = "", deleted: Bool = false, into workspace: Workspace
    ) async throws {
      let start = Self.end - Int64(hours) * 3_600_000
      func moment(_ minutes: Int) -> String {
        "fromUnixTimestamp64Milli(toInt64(\(start + Int64(minutes) * 60_000)))"
      }
      try await workspace.run(
        """
        INSERT INTO observations
          (id, project_id, type, start_time, event_ts, updated_at, output, is_deleted)
        VALUES ('\(id)', 'p', '\(type)', \(moment(0)), \(moment(version)),
          \(moment(updated ?? version)), '\(output)', \(deleted ? 1 : 0))
        """)
    }

    /// Each id differs in one way. Every insert is a part of its own, and nothing is merged.
    private func withVersions<Value>(
      _ name: String, _ work: (Workspace) async throws -> Value
    ) async throws -> Value {
      try await withWorkspace(name) { workspace in
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await workspace.merges.stop()
        for (place, id) in ["plain-1", "plain-2", "plain-3"].enumerated() {
          try await insert(id, hours: place, into: workspace)
        }
        // The same row twice, as a retried insert leaves it.
        for _ in 0..<2 { try await insert("twice", output: "same", into: workspace) }
        for version in 0...1 {
          try await insert(
            "superseded", version: version, output: "\(version)", into: workspace)
        }
        // An unmerged tombstone.
        try await insert("deleted", into: workspace)
        try await insert("deleted", version: 1, deleted: true, into: workspace)
        // The newest row is the older one by updated_at, by which the view goes.
        try await insert("disagreeing", version: 0, updated: 9, output: "old", into: workspace)
        try await insert("disagreeing", version: 1, updated: 1, output: "new", into: workspace)
        // The newest row starts in another month, outside of the window.
        try await insert("moved", version: 0, into: workspace)
        try await insert("moved", hours: 24 * 60, version: 24 * 61 * 60, into: workspace)
        return try await work(workspace)
      }
    }

    private func measure(
      _ workspace: Workspace, _ paths: [String], into name: String
    ) async throws -> Findings {
      var benchmark = try Benchmark(
        yaml: """
          name: found
          description: a benchmark for tests
          dataset: small.yaml
          paths: [limit-by]
          windows: [7d]
          repeats: 1
          warmups: 0
          rows_per_insert: 500
          """, file: "found.yaml")
      benchmark.paths = paths
      let plan = try RunPlan(
        benchmark: benchmark, benchmarkFile: ("found.yaml", ""),
        source: .found(
          ExistingTables(database: workspace.database, project: "p", end: Self.end)),
        paths: try Catalogue.paths(named: paths), arguments: [], toolVersion: "test", keep: false)
      let target = Target.remote(try await Shared.server.endpoint)
      let folder = try RunFolder(creating: scratch.path(name))
      return try await Run(plan, on: target, into: folder) { _ in }.execute()
    }

    private func causes(_ findings: Findings, _ path: String) -> [String] {
      findings.differences.filter { $0.path == path }.map { "\($0.exampleID) \($0.words)" }.sorted()
    }

    @Test func whichPathIsWrongDoesNotDependOnTheirOrder() async throws {
      try await withVersions("reference") { workspace in
        let newest = isTested(since: 25, 6) ? "newest-row@lean" : "newest-version"
        for paths in [["limit-by", newest, "mv-final"], ["mv-final", newest, "limit-by"]] {
          let findings = try await measure(workspace, paths, into: "reference-\(paths[0])")
          let wrong = findings.verifications.filter { $0.status == .wrongRows }
          #expect(Set(wrong.map(\.path)) == ["limit-by", "mv-final"], "\(findings.failures)")
          #expect(findings.verifications.allSatisfy { $0.expectedRows == 6 })
          #expect(findings.verifications.allSatisfy { $0.undecidableIDs == 0 })
          #expect(
            causes(findings, "limit-by") == [
              "deleted returned though deleted",
              "moved returned though moved out of the window",
            ])
          #expect(
            causes(findings, "mv-final") == [
              "disagreeing in an older version",
              "moved returned though moved out of the window",
            ])
          #expect(
            findings.manifest.dataset.existingTables?.reference
              == "the newest row of each id (by event_ts, unless is_deleted)")
        }
      }
    }

    @Test func eachOfTwoNewestRowsIsAccepted() async throws {
      try await withWorkspace("ties") { workspace in
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await workspace.merges.stop()
        try await insert("plain", into: workspace)
        for output in ["one", "two"] { try await insert("tied", output: output, into: workspace) }
        try await insert("half-deleted", into: workspace)
        try await insert("half-deleted", type: "EVENT", deleted: true, into: workspace)
        let reference = try await ExistingReference.read(try subject(of: workspace))
        let check = AnswerCheck(
          workspace,
          .answers(
            of: reference,
            Manifest.ExistingRows(
              database: workspace.database.name, project: "p", endMs: Self.end)),
          settings: [:])
        try await check.prepare()
        func answer(_ condition: String) async throws -> VerificationSample {
          try await check.check(
            try madeUpPath("SELECT id, output FROM observations WHERE \(condition)"), Self.window,
            in: .found
          ).0
        }
        for output in ["one", "two"] {
          for rest in ["AND id != 'half-deleted'", "AND is_deleted = 0"] {
            let right = try await answer("output IN ('\(output)', '') \(rest)")
            #expect(right.status == .ok && right.undecidableIDs == 2, "\(output) \(rest)")
          }
        }
        #expect(try await answer("is_deleted = 0").finding == "1 id differs", "both of two")
        #expect(try await answer("id = 'plain'").differentIDs == 1, "neither of two")
        let invented = try await check.check(
          try madeUpPath(
            "SELECT id, 'x' AS output FROM observations WHERE is_deleted = 0 LIMIT 1 BY id"),
          Self.window, in: .found)
        #expect(invented.1.map(\.words) == ["with values of no row"])
      }
    }

    /// Every shape of duplicates at once: as many rows as the generator's ground truth, in one
    /// slice and in many.
    @Test func slicesOfIDsAddUp() async throws {
      let dataset = try semantics(observations: 400)
      try await withLoaded("slices", dataset) { workspace in
        let reference = try await ExistingReference.read(try subject(of: workspace))
        let all = ExportWindow(
          project: dataset.exportProject, range: dataset.window(Self.window))
        let columns = try ["id", "output", "updated_at"].map { try Identifier($0) }
        let whole = ExistingAnswer(reference: reference, workspace: workspace)
        var sliced = whole
        sliced.idsPerSliceMax = 7
        let expected = try await whole.expected(all, columns)
        #expect(try await sliced.expected(all, columns) == expected)
        #expect(
          expected.sums.rows
            == dataset.truth(project: dataset.exportProject, window: all.range).currentRows)
        let path = try Catalogue.paths(named: ["limit-by"])[0]
        func ids(_ answer: ExistingAnswer) async throws -> [String] {
          try await answer.differences(path, all, columns, [:])
            .map { "\($0.id) \($0.shape)" }.sorted()
        }
        let found = try await ids(whole)
        #expect(try await ids(sliced) == found && !found.isEmpty)
      }
    }

    @Test func theEngineNamesTheVersion() async throws {
      try await withWorkspace("version") { workspace in
        for (engine, words) in [
          ("ReplacingMergeTree(revision, gone)", "by revision, unless gone"),
          ("ReplacingMergeTree(revision)", "by revision"), ("MergeTree", "all rows of an id tie"),
        ] {
          try await workspace.run(
            """
            CREATE TABLE observations
              (id String, project_id String, start_time DateTime64(3), revision UInt64, gone UInt8)
            ENGINE = \(engine) ORDER BY id
            """)
          let reference = try await ExistingReference.read(try subject(of: workspace))
          #expect(reference.words == "the newest row of each id (\(words))")
          try await workspace.run("DROP TABLE observations SYNC")
        }
        try await workspace.run("CREATE TABLE observations (x String) ENGINE = Memory")
        let subject = try subject(of: workspace)
        #expect(
          await sentence { _ = try await ExistingReference.read(subject) }.hasPrefix(
            "\(workspace.database.name).observations has no column id"))
      }
    }

    private func subject(of workspace: Workspace) throws -> ObservationTables {
      ObservationTables(
        client: workspace.client, database: workspace.database,
        table: try Identifier(Workspace.table), view: try Identifier(Workspace.view))
    }
  }
}
