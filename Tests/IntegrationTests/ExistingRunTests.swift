// A run on existing tables: nothing of them changes, the newest row of each id is right whatever
// the paths, and a resumed run keeps what it began with.

import TestSupport
import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import ExportBenchmark
@testable import ExportPaths
@testable import Failures
@testable import RunSession
@testable import RunStore
@testable import Workspace

extension IntegrationTests {
  @Suite struct ExistingRunTests {
    private let scratch = Scratch()

    private func plan(
      _ workspace: Workspace, paths: [String], folder: String? = nil, end: Int64? = nil,
      project: String? = nil
    ) throws -> RunPlan {
      var benchmark = try Benchmark(
        yaml: """
          name: found
          description: a benchmark for tests
          dataset: small.yaml
          paths: [limit-by, mv-final]
          windows: [1d, 7d]
          repeats: 2
          warmups: 0
          merge_states: [fresh, merged]
          rows_per_insert: 500
          claims:
            - {name: a, says: x, export: read_rows, path: mv-final, baseline: limit-by, at_most: 2}
            - {name: b, says: x, insert: client_wall_ms, at_most: 2}
            - {name: c, says: x, storage: on_disk_bytes, at_most: 3}
          """, file: "found.yaml")
      benchmark.paths = paths
      return try RunPlan(
        benchmark: benchmark, benchmarkFile: ("found.yaml", ""),
        source: .found(
          ExistingTables(database: workspace.database, project: project, end: end)),
        paths: try Catalogue.paths(named: paths, ownPaths: folder), arguments: [],
        toolVersion: "test", keep: false)
    }

    private func measure(_ plan: RunPlan, into name: String) async throws -> Findings {
      let target = Target.remote(try await Shared.server.endpoint)
      let folder = try RunFolder(creating: scratch.path(name))
      return try await Run(plan, on: target, into: folder) { _ in }.execute()
    }

    private func inventory(_ workspace: Workspace) async throws -> String {
      try await workspace.value(
        """
        SELECT toString(groupArray((table, name, rows))) AS value FROM (
          SELECT table, name, rows FROM system.parts
          WHERE database = {database: String} AND active ORDER BY table, name)
        """, ["database": Parameter(workspace.database.name)])
    }

    @Test func tablesStayAsTheyAre() async throws {
      let dataset = smallDataset()
      try await withLoaded("found", dataset) { workspace in
        let before = try await inventory(workspace)
        let findings = try await measure(
          plan(workspace, paths: ["limit-by", "mv-final"]), into: "found")
        #expect(try await inventory(workspace) == before)
        #expect(try await workspace.tables().count { !$0.hasPrefix(".") } == 2)

        #expect(findings.failures.isEmpty && findings.verifications.allSatisfy { $0.status == .ok })
        #expect(findings.verifications.count == 4 && findings.summary.mergeStates == ["as found"])
        #expect(findings.verdicts.map(\.claim.name) == ["a", "c"], "inserts are nobody's here")
        let data = findings.manifest.dataset
        #expect(data.existingTables?.project == dataset.exportProject && data.rows > 1_500)

        // Windows end with the rows, and an export of the same window counts as many.
        let window = try #require(data.existingTables.map { $0.endMs - 86_400_000 + 1...$0.endMs })
        let right = dataset.truth(project: dataset.exportProject, window: window).currentRows
        #expect(findings.verifications.first { $0.window == "1d" }?.expectedRows == right)
      }
    }

    @Test func aPathThatReturnsOtherRowsIsToldFromTheFirst() async throws {
      let folder = Scratch()
      folder.write(
        """
        -- idea: every version
        -- keeps in memory: nothing
        -- gets wrong: all that has versions
        -- reads: observations
        SELECT id, input, output, updated_at FROM observations
        WHERE project_id = {projectId: String}
          AND start_time >= {minTimestamp: DateTime64(3)}
          AND start_time <= {maxTimestamp: DateTime64(3)}
        """, to: "all-versions.sql")
      try await withLoaded("foundwrong", smallDataset()) { workspace in
        let findings = try await measure(
          plan(workspace, paths: ["limit-by", "all-versions"], folder: folder.path), into: "wrong")
        let wrong = findings.verifications.filter { $0.status == .wrongRows }
        #expect(wrong.map(\.path) == ["all-versions", "all-versions"])
        #expect(wrong.allSatisfy { ($0.returnedRows ?? 0) > ($0.expectedRows ?? 0) })
        #expect(findings.differences.contains { $0.kind == .doubled && !$0.exampleID.isEmpty })
        // Both have their figures, and none a ratio.
        #expect(
          findings.failures.map(\.place).allSatisfy { $0.hasPrefix("answer of all-versions") })
        let samples = try RecordedRun(reading: scratch.path("wrong")).records.samples
        #expect(samples.count == 8 && samples.allSatisfy { $0.status == .ok })
        let rows = findings.summary.rows.filter { $0.figure == "read_rows" }
        #expect(rows.filter { $0.subject.contains("/") }.allSatisfy { $0.median == nil })
        #expect(rows.filter { $0.subject == "all-versions" }.map(\.wrongRows) == [2, 2])
        #expect(rows.filter { $0.subject == "limit-by" }.map(\.wrongRows) == [0, 0])
      }
    }

    @Test func whatIsNotThereIsNamed() async throws {
      try await withWorkspace("foundless") { workspace in
        func said(_ paths: [String], project: String? = nil) async throws -> String {
          let plan = try plan(workspace, paths: paths, project: project)
          return await sentence { _ = try await measure(plan, into: "less") }
        }
        let place = "\(workspace.database.name)"
        #expect(
          try await said(["limit-by"])
            == "the user sees no table \(place).observations; give the database that has it with "
            + "--database")
        try await workspace.run(
          """
          CREATE TABLE observations (id String, project_id String, start_time DateTime64(3))
          ENGINE = MergeTree ORDER BY id AS SELECT '1', 'p', '2026-09-01'
          """)
        let words = try await said(["limit-by"])
        #expect(
          words.hasPrefix("the path limit-by does not fit the tables of \(place): there is"),
          "\(words)")
        #expect(words.hasSuffix("with your columns into a folder for --paths-dir"))
        try await workspace.run("DROP TABLE observations SYNC")
        try await workspace.createTable()
        #expect(
          try await said(["limit-by", "mv-final"])
            == "the path mv-final reads observations_export_mv, which is not in \(place); "
            + "choose others with --paths, or create it first")
        #expect(
          try await said(["limit-by"], project: "p")
            == "\(place).observations has no row of the project p; see --database and --project")
        #expect(throws: UserError.self) { try plan(workspace, paths: ["newest-row-kept"]) }
      }
    }

    @Test func itGoesOnWithTheWindowsThatItBeganWith() async throws {
      try await withLoaded("foundagain", smallDataset()) { workspace in
        let plan = try plan(workspace, paths: ["limit-by"])
        let whole = try await measure(plan, into: "again")
        let end = try #require(whole.manifest.dataset.existingTables?.endMs)

        // As if it had been cut short after its first attempts, and rows had come since.
        let path = scratch.path("again")
        var manifest = whole.manifest
        manifest.complete = false
        do {
          let folder = try RunFolder(creating: scratch.path("cut"))
          for sample in try RecordedRun(reading: path).records.samples.prefix(2) {
            try folder.append(sample)
          }
          try folder.write(&manifest)
        }
        try await workspace.run(
          """
          INSERT INTO observations (id, project_id, type, start_time, event_ts)
          VALUES ('new', '\(smallDataset().exportProject)', 'SPAN', '2027-01-01', '2027-01-01')
          """)
        let target = Target.remote(try await Shared.server.endpoint)
        let resumed = try RunFolder(resuming: scratch.path("cut"))
        let findings = try await Run(plan, on: target, into: resumed) { _ in }.execute()
        #expect(findings.manifest.dataset.existingTables?.endMs == end)
        #expect(findings.failures.isEmpty)
        #expect(try RecordedRun(reading: scratch.path("cut")).records.samples.count == 4)
      }
    }
  }
}
