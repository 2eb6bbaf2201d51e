// What writes to a cluster, and what is counted of it: two shards with two replicas each.

import ClickHouse
import Exports
import Foundation
import Observations
import Results
import TestSupport
import Testing

@testable import Bench

extension ServerTests {
  @Suite(.needsCluster) struct ClusterWriteTests {
    /// A row counts once, whichever replica is asked: what inserts say that they wrote is what the
    /// tables' own accounts say, and what is left is the parts of one replica of each shard.
    @Test func writesAndTheirMergesAreCountedOnce() async throws {
      let workspace = try await Workspace.create(
        for: "cluster_writes", on: try await SharedCluster.running.client)
      let writes = try Benchmark(
        yaml: """
          name: w
          description: d
          dataset: d.yaml
          writes:
            - {rows_per_insert: 200, inserts: 6, rounds: 1}
            - {rows_per_insert: 200, mode: async, connections: 2, inserts: 6, rounds: 1}
          sustained: {rows_per_insert: 100, inserts_per_second: 10, duration: 2s}
          """, file: "w.yaml"
      ).writes
      let bench = try WriteBench(
        beside: workspace, smallDataset(observations: 3_000), seed: 5, quiet: .seconds(7))
      var all = Records()
      try await bench.run(writes) { _ in
      } record: { round in
        all.inserts += round.inserts
        all.merges += round.merges
        all.timeline += round.timeline
      }
      #expect(all.inserts.count == 2 * (6 + 6 + 20) && all.merges.count == 9)
      for insert in all.inserts {
        #expect(
          insert.status == .ok && (insert.serverCPUMs ?? 0) > 0, "\(insert.errorMessage ?? "")")
        #expect((insert.tableWrittenRows ?? 0) > 0 && insert.tableWrittenRows ?? 0 <= insert.rows)
        let isViewed = insert.target == .withView
        #expect(insert.viewWrittenRows == (isViewed ? insert.tableWrittenRows : nil))
      }
      for merge in all.merges {
        let inserts = all.inserts.filter { $0.leg == merge.leg && $0.target == merge.target }
        #expect(merge.settling == .settled && merge.failedMerges == 0)
        #expect(merge.newRows == inserts.compactMap(\.tableWrittenRows).reduce(0, +))
        let bytes = inserts.compactMap {
          merge.role == .view ? $0.viewWrittenBytes : $0.tableWrittenBytes
        }
        #expect(merge.newBytes == bytes.reduce(0, +))
        #expect((merge.merges ?? 0) > 0 && (merge.mergeWrittenRows ?? 0) > 0)
        #expect((merge.parts ?? 0) >= 2 && (merge.parts ?? 0) < (merge.newParts ?? 0))
      }
      #expect(all.timeline.allSatisfy { ($0.tableParts ?? 0) > 0 && $0.failedInserts == 0 })
      #expect(try await !Workspace.exists(bench.database, on: workspace.client))
      try await workspace.drop()
    }
  }
}
