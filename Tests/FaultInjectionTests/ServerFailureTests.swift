// The server killed, started again, frozen and out of memory, in every job that needs one.

import CSVRecords
import ClickHouseClient
import Foundation
import RunStore
import TestSupport
import Testing

extension FaultInjectionTests {
  @Suite struct ServerFailureTests {
    private let scratch = Scratch()

    private func startedServer() async throws -> FaultyServer {
      let server = try FaultyServer(in: scratch.path("server"))
      try await server.start()
      return server
    }

    private func lines(_ file: String) -> Int {
      (textOfFile(file) ?? "").utf8.count { $0 == UInt8(ascii: "\n") }
    }

    /// Waits until a file of a run has so many lines, or the program has ended.
    private func wait(for program: Program, until file: String, has count: Int) async throws {
      try await eventually("\(file) has \(count) lines", within: .seconds(120)) {
        program.ending != nil || lines(file) > count
      }
    }

    private func result(_ program: Program) async throws -> Program.Result {
      try await program.result(within: .seconds(240))
    }

    private func program(
      _ arguments: [String], _ server: FaultyServer
    ) -> Program {
      Program(arguments, environment: server.environment())
    }

    @Test func aRunSurvivesTheEndOfItsServer() async throws {
      let server = try await startedServer()
      let file = StormBenchmark(repeats: 20, rowsPerInsert: 20).write(to: scratch)
      await Faults.trials("servers killed in a run", 1) { draws, name in
        let folder = scratch.path("killed-\(draws.next())")
        var arguments = [file, "--output", folder]
        for place in ["inserts.csv", "samples.csv"] {
          let program = program(["run"] + arguments, server)
          let count = lines("\(folder)/\(place)") + draws.size(upTo: 15)
          try await wait(for: program, until: "\(folder)/\(place)", has: count)
          server.kill()
          expectSentence(try await result(program), [69], name)
          try expectAccounts(of: folder, name)
          try await server.start()
          if exists("\(folder)/manifest.json") { arguments = ["--resume", folder] }
        }
        expectSentence(try await result(program(["run"] + arguments, server)), [0], name)
        try expectComplete(folder, cells: 40, inserts: 20, name)
      }
    }

    @Test func aResumedLoadIsJudgedByItsOwnInserts() async throws {
      let server = try await FaultyServer.shared
      let file = StormBenchmark(repeats: 2, rowsPerInsert: 10).write(to: scratch)
      let folder = scratch.path("failed-insert")
      let killed = program(["run", file, "--output", folder], server)
      try await wait(for: killed, until: "\(folder)/inserts.csv", has: 4)
      killed.send(SIGKILL)
      _ = try await result(killed)
      var inserts = try rows(InsertSample.self, in: folder)
      // As one whose answer was lost.
      inserts[0].status = .failed
      inserts[0].errorName = "CONNECTION_RESET"
      try CSV.document(inserts).write(
        toFile: "\(folder)/inserts.csv", atomically: true, encoding: .utf8)
      let name: Comment = "an insert that failed before a load was made again"
      expectSentence(try await result(program(["run", "--resume", folder], server)), [0], name)
      try expectComplete(folder, cells: 4, inserts: 40, name)
      #expect(try rows(InsertSample.self, in: folder).count { $0.status == .failed } == 1, name)
    }

    @Test func aFrozenServerIsWaitedFor() async throws {
      let server = try await startedServer()
      let file = StormBenchmark(repeats: 10, rowsPerInsert: 20).write(to: scratch)
      await Faults.trials("servers frozen in a run", 1) { draws, name in
        let folder = scratch.path("frozen-\(draws.next())")
        let program = program(["run", file, "--output", folder], server)
        for place in ["inserts.csv", "samples.csv"] {
          let count = draws.size(upTo: 10)
          try await wait(for: program, until: "\(folder)/\(place)", has: count)
          server.freeze(true)
          try await Task.sleep(for: .milliseconds(draws.size(upTo: 2_000)))
          server.freeze(false)
        }
        expectSentence(try await result(program), [0], name)
        try expectComplete(folder, cells: 20, inserts: 20, name)
        #expect(try rows(Sample.self, in: folder).allSatisfy { $0.status == .ok }, name)
      }
    }

    @Test func aGeneratorSaysWhatWasAcknowledged() async throws {
      let server = try await startedServer()
      let file = StormBenchmark(observations: 60_000).writeDataset(to: scratch)
      await Faults.trials("servers killed in generate", 2) { draws, name in
        let database = "load_\(draws.next())"
        let table = "(SELECT count() FROM \(database).observations)"
        let program = program(
          ["generate", file, "--database", database, "--rows-per-insert", "200"], server)
        let count = draws.size(upTo: 4_000)
        try await eventually("some of it is there") {
          let rows = try? await server.number(table)
          return (rows ?? 0) >= count
        }
        if Bool.random(using: &draws) {
          server.freeze(true)
          try await Task.sleep(for: .milliseconds(500))
          server.freeze(false)
        }
        server.kill()
        let ended = try await result(program)
        expectSentence(ended, [69], name)
        let said = try #require(
          ended.remarks.firstMatch(of: /(\d[\d,]*) of 60,000 rows were acknowledged/),
          "\(ended.remarks)")
        let sure = try #require(Int(said.1.filter { $0 != "," }))
        try await server.start()
        let found = try await server.number(table)
        #expect((sure...(sure + 400)).contains(found) && found.isMultiple(of: 200), name)
        #expect(sure >= count - 400, name)
        try await server.client().execute(Query("DROP DATABASE \(database) SYNC"))
      }
    }

    @Test func aBackfillGoesOnWithAServerThatCameBack() async throws {
      let server = try await startedServer()
      let file = StormBenchmark(observations: 6_000, days: 28).writeDataset(to: scratch)
      for arguments in [
        ["generate", file, "--no-view", "--rows-per-insert", "1000"], ["migrate", "up"],
      ] {
        let ended = try await result(program(arguments + ["--database", "older"], server))
        try #require(ended.ending == .exit(0), "\(ended.remarks)")
      }
      let arguments = ["backfill", "--database", "older", "--chunk-rows", "100", "--settle", "0s"]
      await Faults.trials("servers killed in a backfill", 2) { draws, name in
        try await server.client().execute(
          Query("TRUNCATE TABLE older.`\(try await innerTable(on: server))`"))
        let folder = scratch.path("backfill-\(draws.next())")
        let program = program(arguments + ["--output", folder], server)
        let count = draws.size(upTo: 12)
        try await wait(for: program, until: "\(folder)/backfill.csv", has: count)
        server.freeze(true)
        try await Task.sleep(for: .milliseconds(300))
        server.freeze(false)
        server.kill()
        // It may have been at its end already.
        expectSentence(try await result(program), [0, 69], name)
        let samples = try rows(BackfillSample.self, in: folder)
        #expect(samples.map(\.number) == samples.indices.map { $0 + 1 }, name)
        try await server.start()
        let second = try await result(
          self.program(
            arguments + ["--output", "\(folder)-again"], server))
        expectSentence(second, [0], name)
        #expect(second.output.contains("0 missing, 0 stale, 0 different, 0 doubled"), name)
        let view = "older.observations_export_mv"
        #expect(try await server.number("(SELECT count() FROM \(view) FINAL)") == 6_000, name)
        #expect(try await server.number("(SELECT uniqExact(id) FROM \(view))") == 6_000, name)
      }
      try await verifyMeanwhile(server)
    }

    /// A verification only asks: whatever ends it, a second one gives the answer.
    private func verifyMeanwhile(_ server: FaultyServer) async throws {
      let arguments = ["verify", "--database", "older", "--gate"]
      let program = program(arguments, server)
      try await eventually("the verification asks") {
        program.ending != nil || !program.remarks.isEmpty
      }
      server.freeze(true)
      try await Task.sleep(for: .milliseconds(500))
      server.freeze(false)
      server.kill()
      let name: Comment = "a server killed in a verification"
      expectSentence(try await result(program), [0, 2, 69], name)
      try await server.start()
      expectSentence(try await result(self.program(arguments, server)), [0], name)
      let views = "(SELECT count() FROM system.tables WHERE database = 'older')"
      #expect(try await server.number(views) == 3, "it leaves no table")
    }

    private func innerTable(on server: FaultyServer) async throws -> String {
      struct Row: Decodable { let name: String }
      let query = Query(
        "SELECT name FROM system.tables WHERE database = 'older' AND startsWith(name, '.inner')")
      return try #require(try await server.client().rows(query, as: Row.self).first).name
    }

    @Test func aServerWithoutMemoryFailsAttemptsAndNotTheRun() async throws {
      let server = try await startedServer()
      let file = StormBenchmark(
        observations: 600, repeats: 3, rowsPerInsert: 100, payload: "20KiB"
      ).write(to: scratch)
      let idle = try await server.number(
        "(SELECT value FROM system.metrics WHERE metric = 'MemoryTracking')")
      await Faults.trials("servers without memory", 1) { draws, name in
        server.kill()
        let limit = idle + draws.one(of: [16, 48, 80, 112]) << 20 + draws.size(upTo: 16 << 20)
        try await server.start(settings: ["max_server_memory_usage": "\(limit)"])
        let folder = scratch.path("memory-\(draws.next())")
        expectSentence(
          try await result(program(["run", file, "--output", folder], server)), [0, 69], name)
        if exists(folder) { try expectAccounts(of: folder, name) }
        let failed = try rows(Sample.self, in: folder).filter { $0.status == .failed }
        #expect(failed.allSatisfy { $0.errorName == "MEMORY_LIMIT_EXCEEDED" }, name)
        let inserts = try rows(InsertSample.self, in: folder).filter { $0.status != .ok }
        let errors = Set(inserts.map(\.errorName))
        #expect(errors.isSubset(of: ["MEMORY_LIMIT_EXCEEDED"]), name)
        server.kill()
        try await server.start()
        guard exists(folder) else { return }
        expectSentence(
          try await result(program(["run", "--resume", folder], server)), [0], name)
        try expectAccounts(of: folder, name)
      }
    }

    @Test func otherJobsOnAServerWithoutMemory() async throws {
      let server = try await startedServer()
      StormBenchmark(observations: 2_000, days: 28).write(to: scratch)
      let file = scratch.path("storm-data.yaml")
      let older = ["--database", "older", "--rows-per-insert", "1000"]
      for arguments in [
        ["generate", file, "--no-view"] + older, ["migrate", "up", "--database", "older"],
      ] {
        expectSentence(try await result(program(arguments, server)), [0], "before")
      }
      let backfill = ["backfill", "--database", "older", "--chunk-rows", "100", "--settle", "0s"]
      await Faults.trials("jobs without memory", 1) { draws, name in
        let database = "starved_\(draws.next())"
        server.kill()
        let limit = (48 << 20) + draws.size(upTo: 96 << 20)
        try await server.start(settings: ["max_server_memory_usage": "\(limit)"])
        let load = try await result(
          program(
            ["generate", file, "--database", database, "--rows-per-insert", "200"], server))
        expectSentence(load, [0, 69], name)
        let said = load.remarks.firstMatch(of: /(\d[\d,]*) of 2,000 rows were acknowledged/)
        let sure =
          load.ending == .exit(0) ? 2_000 : Int((said?.1 ?? "0").filter { $0 != "," }) ?? 0
        let folder = scratch.path(database)
        expectSentence(
          try await result(program(backfill + ["--output", folder], server)), [0, 69], name)
        expectSentence(
          try await result(program(["cleanup", "--older-than", "0s"], server)), [0, 69], name)
        server.kill()
        try await server.start()
        let isThere = try await server.number(
          "(SELECT count() FROM system.tables WHERE database = '\(database)' "
            + "AND name = 'observations')")
        if isThere > 0 {
          let found = try await server.number("(SELECT count() FROM \(database).observations)")
          #expect((sure...(sure + 400)).contains(found) && found.isMultiple(of: 200), name)
        } else {
          #expect(sure == 0, name)
        }
        let again = try await result(
          program(backfill + ["--output", "\(folder)-again"], server))
        expectSentence(again, [0], name)
        #expect(again.output.contains("0 missing, 0 stale, 0 different, 0 doubled"), name)
      }
    }
  }
}
