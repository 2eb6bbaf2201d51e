// Limits that a search found, held against the server: under them the export finishes, under half
// of them it does not, and nobody else is disturbed.

import Foundation
import TestSupport
import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import CSVRecords
@testable import ClickHouseClient
@testable import ExportBenchmark
@testable import ExportPaths
@testable import ObservationGenerator
@testable import Probes
@testable import RunStore
@testable import Units
@testable import Workspace

extension IntegrationTests {
  @Suite struct MemoryLimitTests {
    private let scratch = Scratch()

    private func benchmark() throws -> Benchmark {
      try Benchmark(
        yaml: """
          name: frontier
          description: a search in small
          dataset: small.yaml
          paths: [limit-by, mv-final]
          windows: [30d]
          repeats: 2
          warmups: 0
          rows_per_insert: 500
          frontier: {resolution: 0.2, confirmations: 2, limits: [12MiB]}
          settings: {max_untracked_memory: 65536, output_format_parquet_row_group_size: 500}
          """, file: "b.yaml")
    }

    private func run(_ dataset: Dataset, into folder: RunFolder) async throws -> Findings {
      let benchmark = try benchmark()
      let plan = try RunPlan(
        benchmark: benchmark, benchmarkFile: ("b.yaml", ""),
        source: .dataset(dataset, file: ("d.yaml", "")),
        paths: try Catalogue.paths(named: benchmark.paths),
        arguments: [], toolVersion: "test", keep: false)
      return try await Run(
        plan, on: .remote(try await Shared.server.endpoint), into: folder, tell: { _ in }
      ).execute()
    }

    @Test func theLimitThatIsFoundIsOne() async throws {
      let dataset = smallDataset(observations: 3_000)
      let folder = try RunFolder(creating: scratch.path("run"))
      let findings = try await run(dataset, into: folder)
      #expect(findings.failures.isEmpty, "a refusal that was looked for is no failure of the run")
      #expect(findings.memoryLimits.count == 4)
      let text = try #require(textOfFile("\(folder.path)/memory_limits.csv"))
      #expect(text == CSV.document(folder.records.memoryLimits))
      #expect(Set(folder.records.memoryLimits.map(\.status)) == [.finished, .refused])
      #expect(folder.records.memoryLimits.allSatisfy { $0.memoryPeakBytes != nil })
      #expect(
        folder.records.memoryLimits.allSatisfy { probe in
          probe.status != .finished || probe.resultRows == probe.expectedRows
        })

      try await withLoaded("frontier", dataset) { workspace in
        let exporter = try await exporter(workspace, dataset)
        for finding in findings.memoryLimits where finding.search == .leastLimit {
          let limit = try #require(finding.found)
          // Far enough from the edge that noise cannot decide.
          let wide = try await sample(exporter, finding.path, limit: 2 * limit)
          #expect(wide.status == .ok, "\(finding.path) in \(limit): \(wide.errorMessage ?? "")")
          let tight = try await sample(exporter, finding.path, limit: limit / 2)
          #expect(tight.errorName == "MEMORY_LIMIT_EXCEEDED", "\(finding.path) in \(limit) / 2")
        }
      }
    }

    @Test func oneThatRunsIntoItsLimitDisturbsNoOther() async throws {
      let dataset = smallDataset()
      try await withLoaded("frontier", dataset) { workspace in
        let exporter = try await exporter(workspace, dataset)
        async let refused = sample(exporter, "limit-by", limit: 1 << 20)
        async let free = sample(exporter, "limit-by", limit: 1 << 40)
        #expect(try await refused.errorCode == 241)
        #expect(try await free.status == .ok)
      }
    }

    @Test func underALimitNothingSpillsUnlessItIsAsked() async throws {
      let dataset = smallDataset(observations: 3_000)
      try await withLoaded("spill", dataset) { workspace in
        let exporter = try await exporter(workspace, dataset)
        let plain = try await sample(exporter, "limit-by", limit: 1 << 30)
        #expect(plain.status == .ok && plain.spilledBytes == 0)
        let spilling = try await sample(exporter, "limit-by", limit: 1 << 30, spillingAt: 0.0001)
        #expect(spilling.status == .ok && spilling.spilledBytes ?? 0 > 0)
      }
    }

    private func sample(
      _ exporter: Exporter, _ path: String, limit: Int, spillingAt share: Double? = nil
    ) async throws -> Sample {
      let window = TimeSpan(milliseconds: 30 * 86_400_000)
      let expected = try #require(exporter.windows[window])
      let cell = PlannedAttempt(
        mergeState: .fresh, period: .measured, repeat: 1, window: window,
        path: try Catalogue.paths(named: [path])[0])
      return try await MemoryLimit(bytes: limit, spillShare: share)
        .applied(to: exporter, window, giving: expected).attempt(cell, number: 1)
    }

    private func exporter(_ workspace: Workspace, _ dataset: Dataset) async throws -> Exporter {
      let server = try await Shared.server
      let window = TimeSpan(milliseconds: 30 * 86_400_000)
      let range = dataset.window(window)
      let truth = dataset.truth(project: dataset.exportProject, window: range)
      return Exporter(
        workspace: workspace, project: dataset.exportProject,
        windows: [window: Exporter.Expectation(range: range, rows: truth.currentRows)],
        settings: try benchmark().settings,
        memorySource: ServerMemory(Client(server.endpoint), processID: server.processID),
        queryLog: QueryLog(workspace.client, version: workspace.version),
        allocatorIsProven: true)
    }
  }
}
