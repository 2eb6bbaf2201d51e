// Rough weather in a load, where batches and exports go on side by side, and in cleaning up after
// what was killed.

import ClickHouseClient
import Foundation
import RunStore
import TestSupport
import Testing

extension FaultInjectionTests {
  @Suite struct LoadTests {
    private let scratch = Scratch()

    private func writeBenchmark() -> String {
      StormBenchmark(observations: 6_000).writeDataset(to: scratch)
      return scratch.write(
        """
        name: storm-load
        description: a load for tests
        dataset: storm-data.yaml
        rows_per_insert: 250
        load: {preload: 500, warmup: 1s, duration: 3s, rounds: 1, compare: [both], views: [with],
               timeout: 20s}
        ingest: {rows_per_batch: 20, rate: 25, schedule: poisson, connections: 4,
                 async_insert: false}
        exports:
          - {path: limit-by, window: 1d, rate: 4, concurrency: 2}
        """, to: "storm-load.yaml")
    }

    /// Checks that every request is accounted for, and that the table holds the batches that were
    /// acknowledged, no row twice, and else only rows of batches whose end nobody knows.
    private func expectAccounts(
      of folder: String, on server: FaultyServer, _ name: Comment
    ) async throws {
      let requests = try rows(RequestSample.self, in: folder)
      for stream in Set(requests.map(\.stream)) {
        let numbers = requests.filter { $0.stream == stream }.map(\.number).sorted()
        #expect(numbers == numbers.indices.map { $0 + 1 }, "\(stream): \(name)")
      }
      for request in requests {
        #expect((request.outcome == .acknowledged) == (request.status == .ok), name)
        #expect(
          request.status == .ok || request.errorName != nil || request.outcome == .abandoned, name)
      }
      let batches = requests.filter { $0.stream == "ingest" }
      let sure = batches.filter { $0.outcome == .acknowledged }
      let open = batches.filter { [.refused, .unknown].contains($0.outcome) }
      let phase = try #require(try rows(PhaseSample.self, in: folder).last, name)
      #expect(
        phase.isBalanced != false,
        """
        \(phase.missingIDs ?? -1) missing, \(phase.unexpectedIDs ?? -1) strange, \
        \(phase.doubledRows ?? -1) doubled, \(phase.viewMissingIDs ?? -1) not in the view: \(name)
        """)
      #expect(phase.acknowledgedBatches == sure.count, name)
      let databases = try await server.client().rows(
        Query("SELECT name AS hex FROM system.databases WHERE name LIKE 'exportbench\\_storm%'"),
        as: Text.self)
      for database in databases.map(\.hex) {
        let table = "`\(database)`.observations"
        let ids = try await server.number("(SELECT uniqExact(id) FROM \(table))")
        let least = phase.preloadedRows + sure.compactMap(\.rows).reduce(0, +)
        let most = least + open.compactMap(\.rows).reduce(0, +)
        #expect((least...most).contains(ids), "\(ids) of \(least) to \(most): \(name)")
        let rows = try await server.number("(SELECT count() FROM \(table))")
        #expect(rows == ids, "doubled: \(name)")
      }
      #expect(databases.count == 1, name)
    }

    private struct Text: Decodable { let hex: String }

    private func drop(from server: FaultyServer) async throws {
      let client = try server.client()
      for database in try await client.rows(
        Query("SELECT name AS hex FROM system.databases WHERE name LIKE 'exportbench\\_storm%'"),
        as: Text.self)
      {
        try await client.execute(Query("DROP DATABASE `\(database.hex)` SYNC"))
      }
    }

    /// Returns false of a load that the weather met before its first request: nothing is left then.
    @discardableResult
    private func storm(
      _ what: String, on server: FaultyServer, through proxy: FaultyProxy? = nil, _ name: Comment,
      _ strike: (Program) async throws -> Void
    ) async throws -> Bool {
      let folder = scratch.path("storm-\(what)")
      try await drop(from: server)
      let program = Program(
        ["load", writeBenchmark(), "--output", folder, "--keep"],
        environment: server.environment(through: proxy?.port))
      try await eventually("requests are under way", within: .seconds(120)) {
        program.ending != nil || exists("\(folder)/requests.csv")
      }
      try await strike(program)
      let result = try await program.result(within: .seconds(240))
      // 1 would say that rows are lost or doubled.
      expectSentence(result, [0, 2, 69], name)
      guard exists("\(folder)/requests.csv") else {
        #expect(result.ending == .exit(69) && !exists(folder), name)
        try await drop(from: server)
        return false
      }
      try await expectAccounts(of: folder, on: server, name)
      try await drop(from: server)
      return true
    }

    @Test func whatWasAcknowledgedIsThere() async throws {
      let server = try FaultyServer(in: scratch.path("server"))
      try await server.start()
      await Faults.trials("servers killed, started again and frozen in a load", 1) { draws, name in
        func moment() async throws {
          try await Task.sleep(for: .milliseconds(draws.size(upTo: 1_500)))
        }
        let number = draws.next()
        try await storm("killed-\(number)", on: server, name) { program in
          server.freeze(true)
          try await moment()
          server.freeze(false)
          try await moment()
          server.kill()
          try await moment()
          try await server.start()
        }
        let killed = try rows(
          RequestSample.self, in: scratch.path("storm-killed-\(number)"))
        #expect(killed.contains { $0.status != .ok } && killed.contains { $0.status == .ok }, name)
        try await storm("memory-\(number)", on: server, name) { program in
          try await moment()
          server.kill()
          // Next to nothing is left for queries.
          try await server.start(settings: ["max_server_memory_usage": "20000000"])
          _ = try? await program.result(within: .seconds(120))
          server.kill()
          try await server.start()
        }
      }
    }

    @Test func batchesThroughABadNetwork() async throws {
      let server = try await FaultyServer.shared
      await Faults.trials("loads through a bad network, open loop", 1) { draws, name in
        let strikes = (0..<40).map { _ in
          FaultyProxy.Strike(
            draws.one(of: FaultyProxy.Fault.allCases), isToServer: Bool.random(using: &draws),
            after: 2_000 + draws.size(upTo: 300_000))
        }
        let number = draws.next()
        // The first connections prepare the phase, on a slow machine more of them, and its end is
        // counted over others.
        for first in [4, 8, 12, 16] {
          let proxy = FaultyProxy(to: server.address) { number in
            (first..<30).contains(number) ? strikes[number] : nil
          }
          defer { proxy.close() }
          guard
            try await storm(
              "network-\(number)-\(first)", on: server, through: proxy, name, { _ in })
          else { continue }
          #expect(!proxy.strikes.isEmpty, name)
          return
        }
        Issue.record("no load began: \(name)")
      }
    }

    @Test func aCleanupThatIsCutShortGoesOn() async throws {
      let server = try FaultyServer(in: scratch.path("server"))
      try await server.start()
      let client = try server.client()
      let file = StormBenchmark(repeats: 1_000).write(to: scratch)
      try await client.execute(Query("CREATE DATABASE exportbench_somebodys"))
      await Faults.trials("cleanups", 2) { draws, name in
        let folder = scratch.path("left-\(draws.next())")
        let program = Program(["run", file, "--output", folder], environment: server.environment())
        try await eventually("it measures", within: .seconds(120)) {
          program.ending != nil || exists("\(folder)/samples.csv")
        }
        program.send(SIGKILL)
        _ = try await program.result()
        let count =
          "(SELECT count() FROM system.databases WHERE startsWith(comment, 'made by exportbench'))"
        try #require(try await server.number(count) > 0, name)
        let strike = FaultyProxy.Strike(
          draws.one(of: FaultyProxy.Fault.allCases), isToServer: Bool.random(using: &draws),
          after: draws.size(upTo: 20_000))
        let proxy = FaultyProxy(to: server.address) { $0 == 1 ? strike : nil }
        defer { proxy.close() }
        let first = try await Program(
          ["cleanup", "--older-than", "0s"], environment: server.environment(through: proxy.port)
        ).result()
        expectSentence(first, [0, 69], name)
        // The query of the killed run is over some time, or with its server.
        server.kill()
        try await server.start()
        let second = Program(["cleanup", "--older-than", "0s"], environment: server.environment())
        server.freeze(true)
        try await Task.sleep(for: .milliseconds(draws.size(upTo: 1_000)))
        server.freeze(false)
        expectSentence(try await second.result(), [0], name)
        #expect(try await server.number(count) == 0, name)
        let others = "(SELECT count() FROM system.databases WHERE name = 'exportbench_somebodys')"
        #expect(try await server.number(others) == 1, name)
      }
    }
  }
}
