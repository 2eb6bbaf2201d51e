// The embedded versions: each starts with the one configuration, and answers right under every
// witness. scripts/test --engines installs them, and asks them everything else too.

import Foundation
import TestSupport
import Testing
@testable import BenchmarkSpec
@testable import Engine
@testable import ExportBenchmark
@testable import ExportPaths
@testable import RunStore

extension IntegrationTests {
  @Suite struct VersionTests {
    private static var installed: [String] {
      Engine.installedVersions(ProcessInfo.processInfo.environment)
    }

    @Test(
      .enabled(if: installed.contains("24.8"), "24.8 is not installed: scripts/setup --engines"))
    func version24_8() async throws { try await measures("24.8") }

    @Test(
      .enabled(if: installed.contains("25.5"), "25.5 is not installed: scripts/setup --engines"))
    func version25_5() async throws { try await measures("25.5") }

    @Test func version25_8() async throws { try await measures("25.8") }

    /// A benchmark in small: loads in pairs, exports by both paths fresh and merged, and checks.
    private func measures(_ version: String) async throws {
      let scratch = Scratch()
      let benchmark = try Benchmark(
        yaml: """
          name: versions
          description: one attempt of each kind
          dataset: small
          paths: [limit-by, mv-final]
          windows: [7d]
          repeats: 1
          warmups: 0
          merge_states: [fresh, parts:2, merged]
          rows_per_insert: 500
          settings: {output_format_parquet_row_group_size: 500, max_threads: 10}
          """, file: "versions.yaml")
      let plan = try RunPlan(
        benchmark: benchmark, benchmarkFile: ("versions.yaml", ""),
        source: .dataset(smallDataset(), file: ("small.yaml", "")),
        paths: try Catalogue.paths(named: benchmark.paths),
        arguments: [], toolVersion: "test", keep: false)
      let folder = try RunFolder(creating: scratch.path(version))
      let server = try await startEngine(
        try Engine.find(version), folder: scratch.path("engine"))
      defer { server.stop() }
      let findings = try await Run(
        plan, on: .remote(server.endpoint), into: folder, tell: { _ in }
      ).execute()

      let known = try #require(try Engine.known().first { $0.version == version })
      #expect(known.clickHouse.hasPrefix(findings.manifest.engine.version + "."))
      #expect(findings.failures.isEmpty && findings.manifest.complete)
      let records = folder.records
      #expect(records.verifications.count == 6)
      #expect(records.verifications.allSatisfy { $0.status == .ok })
      #expect(records.samples.count == 6)
      for sample in records.samples {
        #expect(sample.status == .ok && sample.resultRows == sample.expectedRows)
        for (name, value) in [
          ("memory", sample.memoryPeakBytes), ("rows read", sample.readRows),
          ("bytes read", sample.readBytes), ("parts", sample.selectedParts),
          ("marks", sample.selectedMarks), ("table parts", sample.tableParts),
          ("jemalloc", sample.serverJemallocAllocatedBeforeBytes),
          ("tracker", sample.serverTrackedBeforeBytes),
        ] {
          #expect((value ?? 0) > 0, "\(version) has no figure of \(name)")
        }
        #expect((sample.serverCPUMs ?? 0) > 0 && (sample.serverQueryMs ?? 0) > 0)
      }
      #expect(records.inserts.allSatisfy { ($0.memoryPeakBytes ?? 0) > 0 && $0.status == .ok })
      #expect(records.inserts.contains { $0.target == .withView && ($0.viewWrittenRows ?? 0) > 0 })
    }
  }
}
