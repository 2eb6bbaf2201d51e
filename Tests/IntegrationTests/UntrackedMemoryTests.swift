// Every measured query of a run counts its memory finely, in the server's own log; and what a user
// reads whose settings profile forbids that.

import Foundation
import TestSupport
import Testing
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import ExportBenchmark
@testable import ExportPaths
@testable import RunStore
@testable import WindowExports

extension IntegrationTests {
  @Suite struct UntrackedMemoryTests {
    private let scratch = Scratch()

    private static let everything = """
      name: untracked
      description: exports, stages, limits and inserts, and no word of max_untracked_memory
      dataset: small
      paths: [limit-by]
      windows: [7d]
      repeats: 1
      warmups: 0
      rows_per_insert: 300
      profile: fork
      anatomy: true
      frontier: {resolution: 1, confirmations: 1, probes_max: 2}
      writes: [{rows_per_insert: 50, inserts: 1, rounds: 1}]
      """

    @Test func everyMeasuredQueryOfARun() async throws {
      struct Row: Decodable {
        let kind, value: String
        let queries: Int
      }
      let benchmark = try Benchmark(yaml: Self.everything, file: "untracked.yaml")
      let plan = try RunPlan(
        benchmark: benchmark, benchmarkFile: ("untracked.yaml", Self.everything),
        source: .dataset(smallDataset(observations: 300), file: ("small.yaml", "")),
        paths: try Catalogue.paths(named: benchmark.paths), arguments: [], toolVersion: "test",
        keep: false)
      let folder = try RunFolder(creating: scratch.path("untracked"))
      let findings = try await Run(
        plan, on: .remote(try await Shared.server.endpoint), into: folder, tell: { _ in }
      ).execute()
      #expect(findings.failures.isEmpty && !folder.records.memoryLimits.isEmpty)
      let ids = folder.records.samples.map(\.queryID) + folder.records.memoryLimits.map(\.queryID)
      let client = try await Shared.client
      try await client.execute(Query("SYSTEM FLUSH LOGS"))
      let seen = try await client.rows(
        Query(
          """
          SELECT query_kind AS kind, Settings['max_untracked_memory'] AS value,
            toInt64(count()) AS queries
          FROM system.query_log
          WHERE type != 'QueryStart' AND current_database LIKE 'exportbench_untracked%'
            AND log_comment = 'exportbench'
            AND (query_kind = 'Insert' OR query_id IN (SELECT arrayJoin({ids: Array(String)})))
          GROUP BY kind, value ORDER BY kind
          """, parameters: ["ids": Parameter(ids)]), as: Row.self)
      #expect(seen.map(\.kind) == ["Insert", "Select"])
      #expect(seen.allSatisfy { $0.value == "65536" && $0.queries > 3 }, "\(seen)")

      let manifest = findings.manifest
      for kind in ["export", "insert"] {
        #expect(manifest.settings[kind]?["max_untracked_memory"] == "65536")
      }
      let version = try await client.serverVersion()
      #expect(manifest.engine.workarounds == ServerDefect.workarounds(on: version))
      #expect(ServerDefect.notes(on: version).allSatisfy(manifest.notes.contains))
    }

    @Test func aConstraintIsOneSentenceAndItsRemedyWorks() async throws {
      let admin = try await Shared.client
      try await admin.execute(
        Query(
          "CREATE USER OR REPLACE bound IDENTIFIED BY 'bound' "
            + "SETTINGS max_untracked_memory = 4194304 CONST"))
      var endpoint = try await Shared.server.endpoint
      (endpoint.user, endpoint.password) = ("bound", Secret("bound"))
      let client = Client(endpoint)
      func check(_ own: [String: String]) async throws -> SettingsCheck {
        SettingsCheck(
          client: client, version: try await client.serverVersion(), file: "b.yaml", own: own)
      }
      let paths = try Catalogue.paths(named: ["limit-by"])
      let strict = try await check([:])
      #expect(
        await sentence { try await strict.check(paths, under: nil) }
          == "b.yaml: a constraint of the user's settings profile forbids max_untracked_memory = "
          + "65536, without which small amounts of memory are not counted; change the constraint, "
          + "or give another user, or write the server's own value into 'settings' of the "
          + "benchmark")
      #expect(
        await sentence { try await strict.checkInserts() }.hasSuffix(
          "change the constraint, or give another user"))
      try await check(["max_untracked_memory": "4194304"]).check(paths, under: nil)
      try await admin.execute(Query("ALTER USER bound SETTINGS readonly = 1"))
      #expect(
        await sentence { try await strict.check(paths, under: nil) }.contains(
          "; the user needs a profile with readonly = 2"))
      try await admin.execute(Query("DROP USER bound"))
    }
  }
}
