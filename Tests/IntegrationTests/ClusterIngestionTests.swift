// Load tests of batches alone on a cluster: two shards with two replicas each.

import TestSupport
import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import LoadTest
@testable import RunStore

extension IntegrationTests {
  @Suite(.needsCluster) struct ClusterIngestionTests {
    private let scratch = Scratch()

    /// Batches at a constant rate over every server, with the view and without: what was written is
    /// there once, and parts count one replica of each shard.
    @Test func batchesAloneGoOverTheCluster() async throws {
      let cluster = try await SharedCluster.running
      let benchmark = try LoadBenchmark(
        yaml: """
          name: cluster-ingest
          description: batches in small
          dataset: small
          load: {preload: 200, duration: 2s, views: [without, with]}
          ingest: {rows_per_batch: 100, rate: 10, connections: 4, async_insert: false}
          """, file: "load.yaml")
      let plan = try LoadPlan(
        benchmark: benchmark, benchmarkFile: ("load.yaml", ""),
        dataset: smallDataset(observations: 3_000), datasetFile: ("small.yaml", ""), arguments: [],
        toolVersion: "test", keep: false)
      let folder = try RunFolder(creating: scratch.path("ingest"))
      let findings = try await LoadRun(plan, on: try cluster.target, into: folder, tell: { _ in })
        .execute()
      let load = try #require(findings.loadTest)
      #expect(load.lines.map(\.target) == [.plain, .withView])
      for line in load.lines {
        let phase = try #require(folder.records.phases.first { $0.phase == line.phases[0] })
        #expect(phase.isBalanced == true && phase.plannedRequests == 20, "\(phase)")
        #expect(phase.acknowledgedBatches > 0 && phase.acknowledgedBatches == line.succeeded)
        #expect(line.errors.allSatisfy { $0.name == "NOT_BEGUN" }, "\(line.errors)")
        #expect(line.startDelayMaxMs != nil && line.service.longest != nil)
        let inserted = try #require(phase.insertedBytes)
        #expect(inserted > 0 && (phase.mergedBytes ?? -1) >= 0)
      }
      let looks = folder.records.seconds
      // A look that takes too long on a busy machine has no parts.
      #expect(!looks.isEmpty && looks.allSatisfy { $0.tableParts != 0 })
    }
  }
}
