// Verification against a real server: what agrees, what was planted, what the user may not do.

import Foundation
import TestSupport
import Testing
@testable import Analysis
@testable import ClickHouseClient
@testable import ExistingTables
@testable import ExportBenchmark
@testable import ExportPaths
@testable import Units
@testable import Verification
@testable import Workspace

extension IntegrationTests {
  @Suite struct VerifyTests {
    private let scratch = Scratch()

    private func subject(_ workspace: Workspace, client: Client? = nil) throws -> ObservationTables
    {
      ObservationTables(
        client: client ?? workspace.client, database: workspace.database,
        table: try Identifier(Workspace.table), view: try Identifier(Workspace.view))
    }

    private func verification(_ subject: ObservationTables) throws -> Verification {
      let paths = try Catalogue.paths(named: ["limit-by", "mv-final"])
      var verification = Verification(of: subject, paths: (paths[0], paths[1]))
      verification.window.length = TimeSpan(milliseconds: 40 * 86_400_000)
      return verification
    }

    @Test func tableAndViewAgreeFresh() async throws {
      let dataset = smallDataset()
      try await withLoaded("verify", dataset) { workspace in
        let found = try await verification(subject(workspace)).run { _ in }
        let counts = try #require(found.counts?.value)
        #expect(counts.agree && counts.projects == dataset.projects)
        #expect(counts.view.rows > counts.table.ids, "which is why the document's check fails")
        #expect(counts.view.finalRows == dataset.observations)
        #expect(counts.view.ids == dataset.observations)
        #expect(counts.view.parts ?? 0 > 1 && counts.table.merges == 0)
        let sums = try #require(found.checksums?.value)
        #expect(sums[0].checksum == sums[1].checksum)
        let files = try #require(found.files?.value)
        #expect(files.rows.agree && files.slices.count == 1 && !files.changedMeanwhile)
        #expect(files.rows.rowsA == sums[0].rows && files.rows.columns.count == 17)
        #expect(found.project == dataset.exportProject)
        #expect(found.disagreements.isEmpty && found.unknowns.isEmpty)
      }
    }

    @Test func whatIsPlantedIsFound() async throws {
      let dataset = smallDataset()
      try await withLoaded("planted", dataset) { workspace in
        let ids: [String] = try await workspace.value(
          """
          SELECT arraySlice(arraySort(groupUniqArray(id)), 1, 2) AS value FROM observations
          WHERE project_id = {project: String}
          """, ["project": Parameter(dataset.exportProject)])
        // One value of one row is another one, and one row is not there.
        try await workspace.run(
          """
          INSERT INTO observations_export_mv SELECT * REPLACE (concat(name, '!') AS name)
          FROM observations_export_mv FINAL WHERE id = '\(ids[0])'
          """)
        let inner = try #require(try await workspace.tables().first { $0.hasPrefix(".inner") })
        // A mutation waits for as long as merges are stopped.
        try await workspace.merges.start()
        try await workspace.run("DELETE FROM `\(inner)` WHERE id = '\(ids[1])'")
        let found = try await verification(subject(workspace)).run { _ in }
        let rows = try #require(found.files?.value?.rows)
        #expect(rows.differing == 1 && rows.onlyA == 1 && rows.onlyB == 0)
        #expect(rows.columns.filter { $0.ids > 0 }.map(\.name) == ["name"])
        #expect(rows.examples.map(\.kind) == [.onlyA, .value])
        #expect(rows.examples.map(\.id) == [ids[1], ids[0]])
        let value = try #require(rows.examples.last)
        #expect(value.column == "name" && value.valueB == (value.valueA ?? "") + "!")
        #expect(found.counts?.value?.differingProjects == 1)
        #expect(found.counts?.value?.examples.first?.project == dataset.exportProject)
        #expect(found.disagreements.count == 3)
      }
    }

    @Test func aWindowThatIsTooLargeIsCut() async throws {
      let dataset = smallDataset()
      try await withLoaded("slices", dataset) { workspace in
        let paths = try Catalogue.paths(named: ["limit-by", "mv-final"])
        let subject = try subject(workspace)
        func comparison(_ folder: String?, bytesMax: Int) -> PathComparison {
          PathComparison(
            subject: subject, version: workspace.version, pathA: paths[0], pathB: paths[1],
            folder: folder, examplesMax: 3,
            bytesMax: bytesMax, tell: { _ in })
        }
        let range = dataset.window(TimeSpan(milliseconds: 30 * 86_400_000))
        let window = ExportWindow(project: dataset.exportProject, range: range)
        let found = try await comparison(scratch.path, bytesMax: 300_000).run(window)
        #expect(found.rows.agree && found.slices.count > 3)
        #expect(found.slices.first?.lowerBound == range.lowerBound)
        #expect(found.slices.last?.upperBound == range.upperBound)
        for (one, next) in zip(found.slices, found.slices.dropFirst()) {
          #expect(one.upperBound + 1 == next.lowerBound)
        }
        #expect(
          found.rows.rowsA
            == dataset.truth(project: dataset.exportProject, window: range).currentRows
        )
        #expect(scratch.names.count == 2 * found.slices.count, "files of no other slice are left")
        let words = await sentence { _ = try await comparison(nil, bytesMax: 1).run(window) }
        #expect(words.contains("more than 1000 are not made; choose a shorter --window"))
      }
    }

    @Test func anExportThatBreaksOffIsNoFile() async throws {
      try await withLoaded("broken", smallDataset(observations: 10)) { workspace in
        let head = "-- idea: a\n-- keeps in memory: b\n-- gets wrong: c\n-- reads: d\n"
        let broken = try ExportPath(
          name: "broken",
          text: head + """
            SELECT toString(number) AS id, toString(cityHash64(number)) AS x,
              throwIf(number = 999999) AS y FROM numbers(1000000)
            """)
        let comparison = PathComparison(
          subject: try subject(workspace), version: workspace.version, pathA: broken,
          pathB: broken, folder: scratch.path, examplesMax: 1, tell: { _ in })
        let words = await sentence {
          _ = try await comparison.run(ExportWindow(project: "p", range: 0...1))
        }
        #expect(words.contains("FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"))
        #expect(scratch.names.isEmpty)
      }
    }

    @Test func aPathKeepsItsSettingsAndVerifyItsLimits() async throws {
      try await withLoaded("settings", smallDataset(observations: 10)) { workspace in
        let path = try madeUpPath(
          """
          SET max_block_size = 777;
          SET max_threads = 7;
          SELECT getSetting('max_block_size') || ' ' || getSetting('readonly') AS id,
            throwIf(getSetting('max_block_size') != 777) AS own,
            throwIf(getSetting('readonly') != 2 OR getSetting('max_threads') = 7) AS limit
          """)
        var verification = Verification(of: try subject(workspace), paths: (path, path))
        verification.checks = [.checksums, .files]
        let found = try await verification.run { _ in }
        #expect(found.checksums?.value?.map(\.rows) == [1, 1])
        #expect(found.files?.value?.rows.agree == true)
      }
    }

    @Test func rightsToReadAreEnough() async throws {
      try await withLoaded("rights", smallDataset(observations: 200)) { workspace in
        let name = workspace.database.name
        let user = "reader"
        try await workspace.run("CREATE USER OR REPLACE \(user) IDENTIFIED BY 'only-reads'")
        try await workspace.run("GRANT SELECT ON `\(name)`.* TO \(user)")
        var endpoint = try await Shared.server.endpoint
        endpoint.user = user
        endpoint.password = Secret("only-reads")
        let reader = try subject(workspace, client: Client(endpoint))
        let some = try await verification(reader).run { _ in }
        #expect(some.disagreements.isEmpty && some.unknowns.isEmpty)
        #expect(some.counts?.value?.table.parts == nil, "they are not guessed")
        try await workspace.run("GRANT SELECT ON system.* TO \(user)")
        let all = try await verification(reader).run { _ in }
        #expect(all.counts?.value?.table.parts ?? 0 > 0)
        #expect(all.drift == some.drift)
        try await workspace.run("DROP USER \(user)")
      }
    }

    @Test func nothingCanBeWritten() async throws {
      try await withLoaded("guarded", smallDataset(observations: 10)) { workspace in
        let subject = try subject(workspace)
        for sql in ["TRUNCATE TABLE observations", "DROP TABLE observations"] {
          let words = await sentence { try await workspace.client.execute(subject.query(sql)) }
          #expect(words.contains("READONLY"))
        }
      }
    }

    @Test func aTableLikeProductionsIsToldWhatItLacks() async throws {
      try await withWorkspace("real") { workspace in
        try await workspace.run(
          try Catalogue.observations().replacing(
            ",\n    model Nullable(String) ALIAS provided_model_name", with: ""
          )
          .replacing(");\n", with: ")").split(separator: ";")[0].description)
        let words = await sentence {
          _ = try await verification(subject(workspace)).run { _ in }
        }
        #expect(words.hasPrefix("there is no exportbench_real.observations_export_mv that the"))
        let alias = try #require(words.split(separator: "first: ").last)
        #expect(alias.hasSuffix("ADD COLUMN model Nullable(String) ALIAS provided_model_name"))
        try await workspace.run(String(alias))
        try await workspace.migrateUp()
        let found = try await verification(subject(workspace)).run { _ in }
        #expect(found.modelAlias == nil)
        #expect(found.unknowns.allSatisfy { $0.contains("nothing to compare") })
      }
    }
  }
}
