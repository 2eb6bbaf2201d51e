// Rounds of inserts on a real server, checked against the ground truth and against a second record
// of the same work.

import Foundation
import TestSupport
import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import Engine
@testable import InsertBenchmark
@testable import RunStore
@testable import Workspace

extension IntegrationTests {
  @Suite struct WriteTests {
    private func writes(_ lines: String) throws -> Writes {
      try Benchmark(
        yaml: "name: w\ndescription: d\ndataset: d.yaml\n" + lines, file: "w.yaml"
      ).writes
    }

    /// Everything that the bench records, in the order in which it does.
    private func records(
      _ name: String, _ writes: Writes, done: Set<WriteBench.RoundID> = [],
      observations: Int = 3_000
    ) async throws -> Records {
      try await withWorkspace(name) { workspace in
        let bench = try WriteBench(
          beside: workspace, smallDataset(observations: observations), seed: 5,
          quiet: .seconds(1))
        var all = Records()
        try await bench.run(writes, done: done) { _ in
        } record: { round in
          all.inserts += round.inserts
          all.merges += round.merges
        }
        #expect(try await !Workspace.exists(bench.database, on: workspace.client))
        #expect(try await workspace.tables().isEmpty, "the run's own tables are not touched")
        return all
      }
    }

    /// What every pair must be, whatever the mode.
    private func check(_ records: Records, _ leg: WriteLeg) throws {
      let inserts = records.inserts.filter { $0.legName == leg.name }
      #expect(inserts.count == 2 * leg.inserts * leg.rounds)
      let rows = leg.connections * leg.rowsPerInsert
      for sample in inserts {
        #expect(sample.status == .ok && sample.rows == rows && sample.mode == leg.mode)
        let written = try #require(sample.tableWrittenRows)
        #expect(written > rows / 2 && written <= rows, "versions that meet are dropped, few do")
        #expect(sample.clientWallMs != nil && sample.serverQueryMs != nil)
        #expect(sample.serverCPUMs != nil && (sample.memoryPeakBytes ?? 0) > 0)
        #expect((sample.sentBytes ?? 0) > 0 && (sample.tableWrittenBytes ?? 0) > 0)
        guard sample.target == .withView else {
          #expect(sample.viewInputRows == nil && sample.viewWrittenRows == nil)
          continue
        }
        #expect(sample.viewInputRows == rows, "every row is handed to the view")
        #expect(sample.viewWrittenRows == written, "the same versions meet in it")
        #expect(sample.viewMs != nil)
      }
      for round in 1...leg.rounds {
        for (target, role) in [
          (InsertTarget.plain, TableRole.table), (.withView, .table), (.withView, .view),
        ] {
          let of = inserts.filter { $0.round == round && $0.target == target }
          let merge = try #require(
            records.merges.first {
              $0.leg == leg.name && $0.round == round && $0.target == target && $0.role == role
            })
          let isView = role == .view
          #expect(merge.settling == .settled && merge.failedMerges == 0)
          // Counted by table in one log and by insert in the other.
          #expect(
            merge.newRows
              == of.compactMap { isView ? $0.viewWrittenRows : $0.tableWrittenRows }.reduce(0, +))
          #expect(
            merge.newBytes
              == of.compactMap { isView ? $0.viewWrittenBytes : $0.tableWrittenBytes }
              .reduce(0, +))
          #expect((merge.parts ?? 9) < (merge.newParts ?? 0), "something was merged")
          #expect((merge.merges ?? 0) > 0 && merge.mergeCPUMs != 0)
          // Older servers do not count it.
          #expect(testedVersion != Engine.defaultVersion || merge.mergeCPUMs != nil)
          #expect((merge.mergeReadRows ?? 0) >= (merge.mergeWrittenRows ?? .max))
          #expect((merge.mergeWrittenBytes ?? 0) > 0 && (merge.mergeMemoryPeakBytes ?? 0) > 0)
        }
      }
    }

    @Test func aSynchronousRoundIsCountedTwiceAlike() async throws {
      let writes = try writes("writes:\n  - {rows_per_insert: 100, inserts: 8, rounds: 2}")
      let records = try await records("sync", writes)
      try check(records, writes.legs[0])
      #expect(records.inserts.allSatisfy { $0.flushQueryID == nil })
      #expect(records.merges.allSatisfy { ($0.newParts ?? 0) == 8 || ($0.newParts ?? 0) == 16 })
      #expect(Set(records.inserts.map(\.pair)) == Set(1...16), "pairs count on over the rounds")
      for pair in Dictionary(grouping: records.inserts, by: \.pair).values {
        #expect(Set(pair.map(\.target)) == [.plain, .withView])
        #expect(Set(pair.map(\.position)) == [1, 2])
        #expect(Set(pair.map(\.sentBytes)).count == 1, "the same rows")
      }
      let findings = Summary(InsertExperiment.summaryRows(records))
      let ratio = findings.settled(
        "settled_written_rows", leg: "100 sync", subject: "with_view/plain")
      #expect(ratio?.n == 2)
      #expect((ratio?.median ?? 0) > 1.9)
    }

    @Test func theFlushOfAsynchronousInsertsIsFound() async throws {
      let writes = try writes(
        """
        writes:
          - {rows_per_insert: 50, mode: async, connections: 3, inserts: 8, rounds: 1}
          - rows_per_insert: 100
            mode: async
            name: at once
            connections: 1
            inserts: 8
            rounds: 1
            settings: {async_insert_max_data_size: 1000}
        """)
      let records = try await records("async", writes)
      try check(records, writes.legs[0])
      try check(records, writes.legs[1])
      for sample in records.inserts {
        if sample.legName == "at once" {
          #expect(sample.flushQueryID == nil, "what is too large to gather is written at once")
        } else {
          let flushes = try #require(sample.flushQueryID).split(separator: " ")
          #expect(Set(flushes).isDisjoint(with: sample.queryIDs.map { $0[...] }))
          #expect(sample.queryIDs.count == 3)
        }
      }
    }

    @Test func aFailedInsertIsARowAndTheRoundGoesOn() async throws {
      let writes = try writes(
        """
        writes:
          - rows_per_insert: 100
            inserts: 2
            rounds: 1
            settings: {max_memory_usage: 1000000}
        """)
      let records = try await records("failing", writes)
      #expect(records.inserts.count == 4)
      #expect(
        records.inserts.allSatisfy {
          $0.status == .failed && $0.errorName == "MEMORY_LIMIT_EXCEEDED" && $0.serverCPUMs == nil
        })
      #expect(records.merges.count == 3)
    }

    @Test func roundsThatAreDoneAreLeftOut() async throws {
      let writes = try writes("writes:\n  - {rows_per_insert: 20, inserts: 6, rounds: 2}")
      let leg = writes.legs[0]
      let done: Set = [WriteBench.RoundID(leg: leg.name, round: 1)]
      let part = try await records("part", writes, done: done)
      #expect(part.inserts.map(\.round) == Array(repeating: 2, count: 12))
      let whole = try await records("whole", writes)
      func rows(_ records: Records) -> [[Int?]] {
        records.inserts.filter { $0.round == 2 }.map { [$0.pair, $0.position, $0.sentBytes] }
      }
      #expect(rows(part) == rows(whole), "the same rows in the same order, whatever came before")
    }

    @Test func aServerThatDiesLeavesItsRows() async throws {
      let scratch = Scratch()
      let server = try await startEngine(folder: scratch.path + "/engine")
      defer { server.stop() }
      let workspace = try await RunWorkspace.create(for: "killed", on: Client(server.endpoint))
      let bench = try WriteBench(
        beside: workspace, smallDataset(observations: 3_000), seed: 5, quiet: .seconds(1))
      let writes = try writes("writes:\n  - {rows_per_insert: 5, inserts: 400, rounds: 1}")
      // Merges are stopped, so each insert leaves parts.
      let parts = Query(
        "SELECT toInt64(count()) AS parts FROM system.parts WHERE active AND database = "
          + "{database: String}", parameters: ["database": Parameter(bench.database.name)])
      let killer = Task { [client = workspace.client] in
        struct Row: Decodable { let parts: Int }
        while try await client.rows(parts, as: Row.self).first?.parts ?? 0 < 20 {
          try await Task.sleep(for: .milliseconds(20))
        }
        kill(pid_t(server.processID), SIGKILL)
      }
      defer { killer.cancel() }
      var all = Records()
      do {
        try await bench.run(writes) { _ in
        } record: { round in
          all.inserts += round.inserts
        }
        Issue.record("nobody noticed")
      } catch { #expect(error is ClickHouseError) }
      #expect(all.inserts.count < 800)
      #expect(all.inserts.contains { $0.status == .ok })
      #expect(all.inserts.contains { $0.status == .failed && $0.errorName != nil })
    }
  }
}
