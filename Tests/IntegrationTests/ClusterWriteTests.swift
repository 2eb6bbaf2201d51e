// What writes to a cluster, and what is counted of it: two shards with two replicas each.

import Foundation
import TestSupport
import Testing
@testable import BenchmarkSpec
@testable import CSVRecords
@testable import ClickHouseClient
@testable import Engine
@testable import ExportPaths
@testable import InsertBenchmark
@testable import ObservationGenerator
@testable import RunStore
@testable import Workspace

extension IntegrationTests {
  @Suite(.needsCluster) struct ClusterWriteTests {
    private let scratch = Scratch()

    /// A row counts once, whichever replica is asked: what inserts say that they wrote is what the
    /// tables' own accounts say, and what is left is the parts of one replica of each shard.
    @Test func writesAndTheirMergesAreCountedOnce() async throws {
      let workspace = try await RunWorkspace.create(
        for: "cluster_writes", on: try await SharedCluster.running.client)
      let writes = try Benchmark(
        yaml: """
          name: w
          description: d
          dataset: d.yaml
          writes:
            - {rows_per_insert: 200, inserts: 6, rounds: 1}
            - {rows_per_insert: 200, mode: async, connections: 2, inserts: 6, rounds: 1}
          """, file: "w.yaml"
      ).writes
      let bench = try WriteBench(
        beside: workspace, smallDataset(observations: 3_000), seed: 5, quiet: .seconds(7))
      var all = Records()
      try await bench.run(writes) { _ in
      } record: { round in
        all.inserts += round.inserts
        all.merges += round.merges
      }
      #expect(all.inserts.count == 2 * (6 + 6) && all.merges.count == 6)
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
      #expect(try await !Workspace.exists(bench.database, on: workspace.client))
      try await workspace.drop.database()
    }

    /// The view is made when the table has its rows, on every shard; some more come by another
    /// replica than the one that is filled.
    @Test func everyShardIsFilled() async throws {
      let cluster = try await SharedCluster.running
      let workspace = try await RunWorkspace.create(for: "cluster_filled", on: try cluster.client)
      try await workspace.createTable()
      let dataset = smallDataset()
      _ = try await Loader(workspace, dataset).load(
        rowsPerInsert: 300, workers: 2, tell: { _ in })
      try await workspace.migrateUp()
      let urls = cluster.servers.map { "http://\($0.endpoint.address)" }
      let filler = try await user("filler", for: ["backfill"], of: workspace)
      func backfill(_ urls: [String], _ arguments: String...) async throws -> Program.Result {
        try await Program.run(
          ["backfill", "--database", workspace.database.name, "--cluster", EmbeddedCluster.name]
            + arguments,
          environment: filler.merging(["CLICKHOUSE_URL": urls.joined(separator: ",")]) { $1 })
      }
      let near = try await backfill(Array(urls.prefix(1)), "--dry-run")
      #expect(near.ending == .exit(69) && near.remarks.contains("no server of shard 2 of"))
      let dry = try await backfill(urls, "--dry-run")
      #expect(dry.ending == .exit(0), "\(dry.remarks)")
      #expect(dry.output.contains("on shard 1 lacks") && dry.output.contains("on shard 2 lacks"))
      let filled = try await backfill(urls, "--output", scratch.path("filled"))
      #expect(filled.ending == .exit(0), "\(filled.remarks)")
      let file = scratch.path("filled/backfill.csv")
      let samples = try CSV.parse(
        BackfillSample.self, Array(try #require(textOfFile(file)).utf8), file: file
      ).records
      #expect(Set(samples.map(\.shard)) == [1, 2])
      let copied = samples.filter { $0.step == .copy }.compactMap(\.insertedRows).reduce(0, +)
      #expect(copied >= dataset.truth().observations)
      try await workspace.merges.awaitReplicas()
      for server in 0..<4 {
        let other = workspace.client.entering(at: server)
        var query = Query(
          "SELECT count() + 0 AS rows, uniqExact(id) + 0 AS ids FROM \(Workspace.view) FINAL")
        query.database = workspace.front.name
        struct Row: Decodable { let rows, ids: Int }
        let row = try #require(try await other.rows(query, as: Row.self).first)
        #expect(row.rows == row.ids && row.ids == dataset.truth().observations)
      }
      let again = try await backfill(urls, "--output", scratch.path("again"))
      #expect(again.ending == .exit(0) && again.output.contains("lacks 0 of"), "\(again.remarks)")
      try await workspace.run("DROP USER filler\(workspace.client.onCluster)")
      try await workspace.drop.database()
    }

    /// An own user is enough, with what `exportbench grants` lists for the command and `cluster`.
    @Test(.enabled(if: isTested(since: 24, 10), "grants on a prefix of a name need 24.10"))
    func aUserWithTheListedRightsReadsAndRuns() async throws {
      let workspace = try await RunWorkspace.create(
        for: "cluster_rights", on: try await SharedCluster.running.client)
      try await workspace.createTable()
      try await workspace.migrateUp()
      try await workspace.merges.stop()
      var dataset = smallDataset(observations: 3_000)
      dataset.lag = .always(60_000)
      _ = try await Loader(workspace, dataset).load(
        rowsPerInsert: 300, workers: 2, tell: { _ in })
      try await workspace.merges.awaitReplicas()
      let reader = try await user("reader", for: ["profile", "verify", "cluster"], of: workspace)
      let cluster = ["--cluster", EmbeddedCluster.name]
      let database = ["--database", workspace.database.name]
      let profile = try await Program.run(["profile"] + cluster + database, environment: reader)
      #expect(profile.ending == .exit(0), "\(profile.remarks)")
      #expect(profile.output.contains("\nobservations: \(dataset.observations)\n"))
      let few = try await Program.run(
        ["profile", "--max-rows", "1500"] + cluster + database, environment: reader)
      #expect(few.ending == .exit(0), "\(few.remarks)")
      #expect(few.output.contains("# Only the newest days"))
      let verified = try await Program.run(
        ["verify", "--gate", "--checks", "counts,drift"] + cluster + database, environment: reader)
      #expect(verified.ending == .exit(0), "\(verified.remarks)")
      let runner = try await user("runner", for: ["run", "cluster", "cluster-run"], of: workspace)
      let ran = try await Program.run(
        [
          "run", "\(packageFolder)/Benchmarks/smoke.yaml", "--output", scratch.path("run"),
          "--windows", "30d", "--repeats", "1",
        ] + cluster, environment: runner)
      #expect(ran.ending == .exit(0), "\(ran.remarks)")
      for user in ["reader", "runner"] {
        try await workspace.run("DROP USER \(user)\(workspace.client.onCluster)")
      }
      try await workspace.drop.database()
    }

    /// Somebody on every host who may do what the lists of grants say, and nothing else: what a
    /// command finds in its environment.
    private func user(
      _ name: String, for lists: [String], of workspace: Workspace
    ) async throws -> [String: String] {
      let onCluster = workspace.client.onCluster
      try await workspace.run("CREATE USER \(name)\(onCluster) IDENTIFIED BY 'sesame'")
      for grant in try lists.flatMap({ try Catalogue.grants(for: $0).grants }) {
        for database in workspace.databases {
          let statement = grant.statement(to: name, database: "\(database)")
          try await workspace.run(
            statement.replacing("GRANT", with: "GRANT\(onCluster)").replacing(";", with: ""))
        }
      }
      return [
        "CLICKHOUSE_USER": name, "CLICKHOUSE_PASSWORD": "sesame",
        "CLICKHOUSE_URL": workspace.client.endpoints.map { "http://\($0.address)" }
          .joined(separator: ","),
      ]
    }
  }
}
