// A real cluster: two shards with two replicas each and ZooKeeper, on this machine.

import Foundation
import TestSupport
import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import Engine
@testable import ExistingTables
@testable import ExportBenchmark
@testable import ExportPaths
@testable import LoadTest
@testable import ObservationGenerator
@testable import RunStore
@testable import Units
@testable import Verification
@testable import Workspace

extension IntegrationTests {
  @Suite(.needsCluster, .needsOneSnapshot) struct ClusterTests {
    private let scratch = Scratch()

    private func plan(_ yaml: String, _ source: RunSource) throws -> RunPlan {
      let benchmark = try Benchmark(yaml: yaml, file: "cluster.yaml")
      return try RunPlan(
        benchmark: benchmark, benchmarkFile: ("cluster.yaml", ""),
        source: source, paths: try Catalogue.paths(named: benchmark.paths),
        arguments: [], toolVersion: "test", keep: false)
    }

    private func rows(_ dataset: Dataset) -> RunSource { .dataset(dataset, file: ("small", "")) }

    private static let claim = """
      name: cluster
      description: the claim in small
      dataset: small
      paths: [limit-by, mv-final, newest-row@lean]
      windows: [7d, 30d]
      repeats: 2
      warmups: 0
      merge_states: [fresh, merged]
      rows_per_insert: 1500
      profile: fork
      view_codecs: true
      claims:
        - {name: memory, says: "less", export: memory_peak_bytes, path: mv-final,
           baseline: limit-by, at_most: 0.55}
        - {name: storage, says: "doubles", storage: on_disk_bytes, at_most: 2.2}
      """

    @Test func theClaimIsJudgedOnACluster() async throws {
      let cluster = try await SharedCluster.running
      let dataset = smallDataset()
      let folder = try RunFolder(creating: scratch.path("run"))
      let findings = try await Run(
        try plan(Self.claim, rows(dataset)), on: try cluster.target, into: folder, tell: { _ in }
      ).execute()
      #expect(findings.manifest.complete && findings.failures.isEmpty)
      #expect(findings.verdicts.count == 2)
      #expect(findings.manifest.cluster?.shards == 2 && findings.manifest.cluster?.hosts.count == 4)
      let ddl = findings.manifest.ddl
      #expect(ddl["observations"]?.contains("ReplicatedReplacingMergeTree") == true)
      #expect(ddl["observations_export_mv, all shards"]?.contains("Distributed") == true)
      try check(folder.records, of: cluster, dataset)
      struct Row: Decodable { let name: String }
      let client = try cluster.client
      let left = try await client.rows(
        Query(
          "SELECT name FROM \(client.everyReplica("system.databases")) WHERE name LIKE 'exportb%'"),
        as: Row.self)
      #expect(left.isEmpty, "a database is left on a host")
      try await expectFineCounting(of: folder.records.samples.map(\.queryID), client)
    }

    /// What the shards ran for an export counted its memory as the whole export did.
    private func expectFineCounting(of ids: [String], _ client: Client) async throws {
      struct Row: Decodable { let queries, coarse: Int }
      let rows = try await client.rows(
        Query(
          """
          SELECT toInt64(count()) AS queries,
            toInt64(countIf(Settings['max_untracked_memory'] != '65536')) AS coarse
          FROM \(client.everyReplica("system.query_log"))
          WHERE type = 'QueryFinish' AND NOT is_initial_query
            AND initial_query_id IN (SELECT arrayJoin({ids: Array(String)}))
          """, parameters: ["ids": Parameter(ids)]), as: Row.self)
      #expect(rows[0].queries >= ids.count && rows[0].coarse == 0)
    }

    private func check(
      _ records: Records, of cluster: EmbeddedCluster, _ dataset: Dataset
    ) throws {
      #expect(records.samples.count == 24 && records.verifications.count == 12)
      #expect(records.verifications.allSatisfy { $0.status == .ok })
      let addresses = cluster.servers.map(\.endpoint.address)
      for sample in records.samples {
        #expect(sample.status == .ok && sample.resultRows == sample.expectedRows)
        #expect(sample.initiator.map(addresses.contains) == true && sample.lostReplicas == nil)
        #expect((sample.shardQueries ?? 0) > 0 && (sample.memoryPeakBytes ?? 0) > 0)
        #expect((sample.shardMemoryPeakBytes ?? 0) > 0 && (sample.serverCPUMs ?? 0) > 0)
        #expect((sample.shardMemorySumBytes ?? 0) >= sample.shardMemoryPeakBytes ?? 0)
        #expect((sample.selectedParts ?? 0) > 1)
      }
      for insert in records.inserts {
        #expect(insert.status == .ok && (insert.tableWrittenRows ?? 0) > 0)
        #expect(insert.tableWrittenRows ?? 0 <= insert.rows)
        guard insert.target == .withView else { continue }
        // What met in an insert on one shard was dropped; the view had all of it.
        #expect(insert.viewInputRows ?? 0 > 0 && insert.viewWrittenRows ?? 0 > 0)
      }
      let truth = dataset.truth()
      for storage in records.storage {
        let rows = try #require(storage.rows)
        #expect(rows >= truth.observations && rows <= truth.rows, "replicas count twice")
        #expect(storage.replicas == 4)
        let (once, all) = (try #require(storage.onDiskBytes), storage.allReplicasOnDiskBytes ?? 0)
        #expect(all > once + once / 2, "\(storage.table): both replicas of a shard have its parts")
      }
      for state in ["fresh", "merged"] {
        let (view, coded) = (
          records.storage.first { $0.mergeState == state && $0.role == .view },
          records.storage.first { $0.mergeState == state && $0.role == .viewWithCodecs }
        )
        #expect(coded?.parts == view?.parts && coded?.rows == view?.rows && coded != nil)
        #expect((coded?.onDiskBytes ?? .max) < (view?.onDiskBytes ?? 0), "codecs take off bytes")
      }
      let merged = records.storage.filter { $0.mergeState == "merged" }
      #expect(!merged.isEmpty && merged.allSatisfy { $0.rows == truth.observations })
    }

    @Test func pathsAreAsRightOnAClusterAsOnOneServer() async throws {
      let dataset = try semantics(observations: 3_000)
      let all = try Catalogue.paths(named: CatalogueTests.wrong.keys.sorted())
      let paths = all.filter { $0.notOnCluster == nil }
      #expect(all.filter { $0.notOnCluster != nil }.map(\.name) == ["newest-row-kept@lean"])
      var workspace = try await RunWorkspace.create(
        for: "cluster", on: try await SharedCluster.running.client)
      workspace.objects = try Catalogue.objects(for: paths)
      var tables = Tables(workspace, dataset, rowsPerInsert: 1_500)
      let check = AnswerCheck(
        workspace, .generated(dataset), profile: try Catalogue.profile(named: "fork"), settings: [:]
      )
      for state in [MergeState.fresh, .merged] {
        try await tables.reach(state) { _ in }
        if !check.isPrepared { try await check.prepare() }
        for path in paths {
          var found: Set<String> = []
          for days in state == .fresh ? [30, 61] : [30] {
            let (sample, differences) = try await check.check(
              path, TimeSpan(milliseconds: days * 86_400_000), in: state)
            #expect(sample.status != .failed, "\(path.name): \(sample.errorMessage ?? "")")
            found.formUnion(differences.map { "\($0.shape) \($0.kind.rawValue)" })
          }
          found.subtract(CatalogueTests.chance(path.name))
          let wrong = try #require(CatalogueTests.wrong[path.name])
          let allowed = state == .fresh ? wrong.fresh : wrong.merged
          #expect(found.isSubset(of: allowed), "\(path.name), \(state): \(found)")
        }
      }
      try await workspace.drop.database()
    }

    @Test func whatIsNotForAClusterIsRefused() async throws {
      let yaml = Self.claim.replacing("newest-row@lean", with: "newest-row-kept")
      let folder = try RunFolder(creating: scratch.path("refused"))
      let refused = await sentence {
        _ = try await Run(
          try plan(yaml, rows(smallDataset())), on: try await SharedCluster.running.target,
          into: folder, tell: { _ in }
        ).execute()
      }
      #expect(refused.contains("cluster"), "\(refused)")
      #expect(!exists(folder.path))
      let client = Client(
        [try await SharedCluster.running.servers[0].endpoint], of: try Cluster("no"))
      let words = await sentence { _ = try await RunWorkspace.create(for: "none", on: client) }
      #expect(words.contains("no"))
    }

    @Test func aVerificationAsksEveryShard() async throws {
      let client = try await SharedCluster.running.client
      let dataset = smallDataset()
      let workspace = try await RunWorkspace.create(for: "verified", on: client)
      var tables = Tables(workspace, dataset, rowsPerInsert: 1_500)
      try await tables.reach(.fresh) { _ in }
      func verify(_ database: Identifier) async throws -> VerificationFindings {
        let subject = ObservationTables(
          client: client, database: database, table: try Identifier(Workspace.table),
          view: try Identifier(Workspace.view))
        let paths = try Catalogue.paths(named: ["limit-by", "mv-final"])
        return try await Verification(of: subject, paths: (paths[0], paths[1])).run { _ in }
      }
      let found = try await verify(workspace.database)
      let counts = try #require(found.counts?.value)
      #expect(found.cluster == "default" && found.disagreements.isEmpty)
      let ids = dataset.truth().observations
      #expect(counts.table.ids == ids && counts.view.ids == ids)
      #expect(try #require(counts.table.parts) > 1 && found.files?.value?.rows.agree == true)
      // The tables over all shards have none over themselves.
      let words = await sentence { _ = try await verify(workspace.front) }
      #expect(words.contains("with tables over all 2 shards of default"), "\(words)")
      // A run on what is there reads them all as well.
      let run = try await Run(
        try plan(Self.claim, .found(ExistingTables(database: workspace.database))),
        on: try await SharedCluster.running.target,
        into: try RunFolder(creating: scratch.path("found")), tell: { _ in }
      ).execute()
      #expect(run.failures.isEmpty && run.verifications.allSatisfy { $0.status == .ok })
      #expect(run.verifications.count == 6 && run.verdicts.count == 2)
      try await workspace.drop.database()
    }

    /// Batches and exports at once, over every server.
    @Test func aLoadGoesOverTheCluster() async throws {
      let cluster = try await SharedCluster.running
      let benchmark = try LoadBenchmark(
        yaml: """
          name: cluster-load
          description: a load in small
          dataset: small
          load: {preload: 1000, duration: 2s, compare: [both], views: [with]}
          ingest: {rows_per_batch: 20, rate: 10, connections: 4}
          exports: [{path: mv-final, window: 30d, rate: 4, concurrency: 4}]
          """, file: "load.yaml")
      let plan = try LoadPlan(
        benchmark: benchmark, benchmarkFile: ("load.yaml", ""), dataset: smallDataset(),
        datasetFile: ("small.yaml", ""), arguments: [], toolVersion: "test", keep: false)
      let folder = try RunFolder(creating: scratch.path("load"))
      let findings = try await LoadRun(plan, on: try cluster.target, into: folder, tell: { _ in })
        .execute()
      #expect(findings.manifest.complete && findings.manifest.cluster?.hosts.count == 4)
      let phase = try #require(folder.records.phases.first)
      #expect(phase.isBalanced == true && phase.acknowledgedBatches > 0, "\(phase)")
      #expect(folder.records.requests.allSatisfy { $0.status == .ok || $0.outcome == .abandoned })
      struct Row: Decodable { let initiators: Int }
      let client = try cluster.client
      try await client.execute(Query("SYSTEM FLUSH LOGS\(client.onCluster)"))
      let query = Query(
        """
        SELECT toInt64(uniqExact(_shard_num, hostName(), tcpPort())) AS initiators
        FROM \(client.everyReplica("system.query_log"))
        WHERE is_initial_query AND has({ids: Array(String)}, query_id)
        """, parameters: ["ids": Parameter(folder.records.requests.compactMap(\.queryID))])
      #expect(try await client.rows(query, as: Row.self).first?.initiators == 4)
    }

    @Test func hostsMayGoMeanwhile() async throws {
      let cluster = try await startCluster(folder: scratch.path("dying"))
      defer { cluster.stop() }
      try await loadsGoOn(cluster, without: 3)
      try await exportsGoOn(cluster, without: 0)
    }

    /// A replica dies in the midst of a load: every row is there, once.
    private func loadsGoOn(_ cluster: EmbeddedCluster, without victim: Int) async throws {
      let dataset = smallDataset(observations: 2_000)
      let workspace = try await RunWorkspace.create(for: "dying", on: try cluster.client)
      var tables = Tables(workspace, dataset, rowsPerInsert: 200)
      let process = pid_t(cluster.servers[victim].processID)
      try await tables.reach(.fresh) { _ in
        Thread.detachNewThread {
          usleep(500_000)
          kill(process, SIGKILL)
        }
      }
      #expect(cluster.servers[victim].death() != nil, "it was over before the kill")
      try await tables.reach(.merged) { _ in }
      struct Row: Decodable {
        let rows: Int
        let ids: Int
      }
      for table in [Workspace.table, Workspace.view] {
        let query = Query(
          "SELECT toInt64(count()) AS rows, toInt64(uniqExact(id)) AS ids FROM \(table)",
          database: workspace.front.name)
        let row = try #require(try await workspace.client.rows(query, as: Row.self).first)
        #expect(row.ids == dataset.truth().observations && row.rows == row.ids, "\(table)")
      }
      try await workspace.drop.database()
    }

    /// The server that the driver speaks to dies in the midst of a run: it ends, and says so.
    private func exportsGoOn(_ cluster: EmbeddedCluster, without victim: Int) async throws {
      let yaml = Self.claim.replacing("[fresh, merged]", with: "[fresh]")
        .replacing("[7d, 30d]", with: "[30d]")
      let folder = try RunFolder(creating: scratch.path("run"))
      let findings = try await Run(
        try plan(yaml, rows(smallDataset())), on: try cluster.target, into: folder
      ) { news in
        guard case .measuring(_, attempt: 3, _, _, _) = news else { return }
        let process = pid_t(cluster.servers[victim].processID)
        Thread.detachNewThread {
          usleep(20_000)
          kill(process, SIGKILL)
        }
      }.execute()
      #expect(findings.manifest.complete)
      let samples = folder.records.samples
      #expect(samples.count == 6 && Set(samples.map(\.attempt)).count == 6)
      // The attempt under way may have failed, and no later one.
      #expect(
        samples.count { $0.status != .ok } <= 1
          && samples.suffix(3).allSatisfy { $0.status == .ok })
      #expect(folder.records.verifications.allSatisfy { $0.status == .ok })
      let notes = findings.manifest.notes.joined(separator: "\n")
      #expect(notes.contains("shard 1, replica 1"), "\(notes)")
      #expect(notes.contains("shard 2, replica 2"), "\(notes)")
    }
  }
}
