// Default windows of tables with a few rows in impossible times, on a real server.

import Foundation
import TestSupport
import Testing
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import ExistingTables
@testable import ExportBenchmark
@testable import ExportPaths
@testable import Profiling
@testable import RunSession
@testable import RunStore
@testable import WindowExports
@testable import Workspace

extension IntegrationTests {
  @Suite struct WindowTests {
    private let scratch = Scratch()

    /// A loaded table with rows of 1900, 1970, 2106 and of times beyond every date.
    private func withStrays<Value>(
      _ name: String, _ work: (Workspace) async throws -> Value
    ) async throws -> Value {
      try await withLoaded(name, smallDataset()) { workspace in
        for (id, time) in [
          ("a", "toDateTime64('1900-01-01', 3, 'UTC')"), ("b", "toDateTime64(0, 3)"),
          ("c", "toDateTime64('2106-02-07 06:28:15', 3, 'UTC')"),
          ("d", "fromUnixTimestamp64Milli(9223372036854775807)"),
          ("e", "fromUnixTimestamp64Milli(-9223372036854775807)"),
        ] {
          try await workspace.run(
            """
            INSERT INTO observations (id, project_id, type, start_time, event_ts)
            SELECT '\(id)', '\(smallDataset().exportProject)', 'SPAN', \(time), '2026-09-01'
            """)
        }
        return try await work(workspace)
      }
    }

    private func export(
      _ workspace: Workspace, _ name: String, _ window: WindowBounds = .init(),
      project: String? = nil
    ) async throws -> WindowExport.Result {
      var export = try WindowExport(
        from: workspace.database, on: workspace.client,
        by: try Catalogue.paths(named: ["limit-by"])[0], under: nil, log: workspace.client)
      export.window = window
      export.project = project
      return try await export.run(into: scratch.path(name))
    }

    @Test func aWindowEndsWithTheRowsAndNotWithAStray() async throws {
      let dataset = smallDataset()
      let data = dataset.start...(dataset.start + Int64(dataset.span.milliseconds) - 1)
      try await withStrays("strays") { workspace in
        let plain = try await export(workspace, "plain")
        #expect(data.contains(plain.range.lowerBound) && data.contains(plain.range.upperBound))
        let words = try #require(plain.remarks.first)
        #expect(
          words.hasPrefix("the default window leaves out 2 rows from 2106-02-07T06:28:15.000Z to"))
        #expect(words.hasSuffix("--to includes them"))

        // Whoever asks for a window that holds almost nothing is told so.
        let end = Int64(4_294_967_295_000)
        let far = try await export(workspace, "far", .init(to: end), project: plain.project)
        #expect(far.remarks.first?.contains("has 1 of ") == true)
        let behind = try await export(workspace, "behind", .init(from: end - 1))
        #expect(behind.range.upperBound > end && behind.remarks.first?.contains(" has ") == true)
        let nobody = try await export(workspace, "nobody", .init(to: end), project: "nobody")
        #expect(nobody.remarks.first?.hasSuffix("has no row of the project nobody") == true)

        let profile = try await Profiler(
          client: workspace.client, database: workspace.database,
          table: try Identifier(Workspace.table)
        ).run()
        #expect(profile.window.days <= dataset.span.milliseconds / 86_400_000)
        #expect(profile.excluded.map(\.rows) == [3, 2])
        #expect(profile.readings.first?.rows ?? 99 < 30, "the server answers from its parts")
        let text = profile.yaml(name: "strays")
        #expect(
          text.contains("# Left out, far from the others: 3 rows from 1900-01-01 to 1970-01-01."))
      }
    }

    @Test func aRunSaysWhatItsWindowsLeaveOut() async throws {
      try await withStrays("strayrun") { workspace in
        let benchmark = try Benchmark(
          yaml: """
            name: strays
            description: a benchmark for tests
            dataset: small.yaml
            paths: [limit-by]
            windows: [1d]
            repeats: 1
            warmups: 0
            merge_states: [fresh]
            rows_per_insert: 500
            """, file: "strays.yaml")
        func run(_ name: String, end: Int64?) async throws -> Manifest {
          let plan = try RunPlan(
            benchmark: benchmark, benchmarkFile: ("strays.yaml", ""),
            source: .found(ExistingTables(database: workspace.database, end: end)),
            paths: try Catalogue.paths(named: ["limit-by"], ownPaths: nil), arguments: [],
            toolVersion: "test", keep: false)
          let target = Target.remote(try await Shared.server.endpoint)
          let folder = try RunFolder(creating: scratch.path(name))
          return try await Run(plan, on: target, into: folder) { _ in }.execute().manifest
        }
        let plain = try await run("plain", end: nil)
        let found = try #require(plain.dataset.existingTables)
        #expect(found.excluded?.rows == 2 && found.endMs < 1_795_996_800_000)
        #expect(plain.notes.contains { $0.hasPrefix("the default window leaves out 2 rows") })
        let far = try await run("far", end: 4_294_967_295_000)
        #expect(far.dataset.existingTables?.excluded == nil)
        #expect(far.notes.contains { $0.contains("has 1 of ") })
      }
    }
  }
}
