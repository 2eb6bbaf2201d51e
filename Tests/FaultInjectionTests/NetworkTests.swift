// The network cut, slowed, reset and truncated at any byte, between the real client and a real
// server.

import ClickHouseClient
import Foundation
import ObservationGenerator
import Statistics
import Synchronization
import TestSupport
import Testing
import Workspace

extension FaultInjectionTests {
  @Suite struct NetworkTests {
    private let scratch = Scratch()

    /// A strike at a byte that some messages have and others have not.
    private static func strike(_ draws: inout SplitMix64, upTo largest: Int) -> FaultyProxy.Strike {
      FaultyProxy.Strike(
        draws.one(of: FaultyProxy.Fault.allCases), isToServer: Bool.random(using: &draws),
        after: draws.size(upTo: largest))
    }

    private struct Batch: Decodable {
      let batch: Int
      let rows: Int
      let sum: Int
    }

    /// A batch of numbers as lines of text, 20 bytes each, in pieces of a size of its own.
    private final class Lines: Sendable {
      private let left: Mutex<[UInt8]>
      private let piece: Int

      init(batch: Int, rows: Int, piece: Int) {
        let lines = (0..<rows).map { "\(batch)\t\(1_000_000_000 + $0)\n" }.joined()
        left = Mutex(Array(lines.utf8))
        self.piece = piece
      }

      func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        left.withLock { left in
          let count = min(buffer.count, piece, left.count)
          left.prefix(count).withUnsafeBytes { buffer.copyMemory(from: $0) }
          left.removeFirst(count)
          return count
        }
      }
    }

    @Test func anInsertIsThereWholeOnceOrNotAtAll() async throws {
      let server = try await FaultyServer.shared
      let direct = try server.client()
      try await direct.execute(
        Query("CREATE TABLE ledger (batch UInt32, x UInt32) ENGINE = MergeTree ORDER BY batch"))
      var acknowledged: Set<Int> = []
      var unknown: Set<Int> = []
      var rows: [Int: Int] = [:]
      var batch = 0
      await Faults.trials("inserts through a bad network", 60) { draws, name in
        batch += 1
        let count = draws.size(upTo: 20_000)
        rows[batch] = count
        let strike = Self.strike(&draws, upTo: 40 * count + 400)
        let proxy = FaultyProxy(to: server.address) { $0 == 1 ? strike : nil }
        defer { proxy.close() }
        let lines = Lines(batch: batch, rows: count, piece: draws.size(upTo: 65_536))
        let client = try server.client(
          through: proxy.port, timeouts: Timeouts(idle: .seconds(60)))
        do {
          let query = Query(
            "INSERT INTO ledger FORMAT TSV", settings: ["max_insert_block_size": "10000000"])
          _ = try await client.insert(query, from: lines.fill)
          acknowledged.insert(batch)
        } catch let error as ClickHouseError {
          expectSentence(error, name)
          // What the server says itself is an answer; all else leaves it open.
          if error.serverException == nil { unknown.insert(batch) }
        }
      }
      // A server that is still reading what will never come must have given up before the count.
      try await eventually("no insert is under way") {
        try await server.number(
          "(SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO ledger%')") == 0
      }
      let found = try await direct.rows(
        Query(
          "SELECT toInt64(batch) AS batch, toInt64(count()) AS rows, toInt64(uniqExact(x)) AS sum "
            + "FROM ledger GROUP BY batch"), as: Batch.self)
      let there = Set(found.map(\.batch))
      #expect(acknowledged.isSubset(of: there), "lost: \(acknowledged.subtracting(there))")
      let possible = acknowledged.union(unknown)
      #expect(there.isSubset(of: possible), "misreported: \(there.subtracting(possible))")
      for one in found {
        #expect(one.rows == rows[one.batch] && one.sum == one.rows, "batch \(one.batch)")
      }
      #expect(acknowledged.count > 5 && unknown.count > 5, "\(acknowledged.count) and \(unknown)")
    }

    @Test func anAnswerIsWholeOrAnError() async throws {
      let server = try await FaultyServer.shared
      let sql =
        "SELECT number, toString(cityHash64(number)) FROM numbers({rows:UInt32}) FORMAT "
      let formats = ["TSV", "Parquet", "Native", "JSONEachRow"]
      var results = (whole: 0, broken: 0)
      await Faults.trials("answers through a bad network", 60) { draws, name in
        let query = Query(
          sql + draws.one(of: formats),
          parameters: ["rows": Parameter(draws.size(upTo: 100_000))])
        func bytes(_ client: Client) async throws -> [UInt8] {
          let taken = Mutex<[UInt8]>([])
          try await client.stream(query) { bytes in taken.withLock { $0 += bytes } }
          return taken.withLock { $0 }
        }
        let expected = try await bytes(try server.client())
        let strike = Self.strike(&draws, upTo: expected.count + 2_000)
        let proxy = FaultyProxy(to: server.address) { $0 == 1 ? strike : nil }
        defer { proxy.close() }
        do {
          let got = try await bytes(
            try server.client(through: proxy.port, timeouts: Timeouts(idle: .seconds(60))))
          #expect(got == expected, name)
          results.whole += 1
        } catch let error as ClickHouseError {
          expectSentence(error, name)
          #expect(error.serverException == nil || strike.isToServer, "\(error): \(name)")
          results.broken += 1
        }
      }
      #expect(results.whole > 5 && results.broken > 5, "\(results)")
    }

    @Test func aLoadCountsWhatWasAcknowledged() async throws {
      let server = try await FaultyServer.shared
      let file = StormBenchmark(observations: 4_000).writeDataset(to: scratch)
      let dataset = try Dataset(yaml: try #require(textOfFile(file)), file: file)
      await Faults.trials("loads through a bad network", 8) { draws, name in
        let direct = try await Workspace.open(
          try Identifier("exportbench_load"), on: server.client())
        try await direct.createTable()
        let strikes = (0..<20).map { _ in Self.strike(&draws, upTo: 2_000_000) }
        let proxy = FaultyProxy(to: server.address) { strikes[$0 % strikes.count] }
        defer { proxy.close() }
        let acknowledged = Mutex(0)
        do {
          let workspace = try await Workspace.open(
            direct.database,
            on: server.client(through: proxy.port, timeouts: Timeouts(idle: .seconds(60))))
          _ = try await Loader(workspace, dataset).load(rowsPerInsert: 200, workers: 2) { amount in
            acknowledged.withLock { $0 = max($0, amount.rows) }
          }
        } catch let error as ClickHouseError {
          expectSentence(error, name)
        }
        try await eventually("no insert is under way") {
          try await server.number(
            "(SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO obs%')") == 0
        }
        let found = try await server.number("(SELECT count() FROM exportbench_load.observations)")
        let sure = acknowledged.withLock { $0 }
        #expect((sure...(sure + 400)).contains(found) && found.isMultiple(of: 200), name)
        try await direct.drop.database()
      }
    }

    @Test func aRunGoesOnWhenTheNetworkIsGoodAgain() async throws {
      let server = try await FaultyServer.shared
      let file = StormBenchmark(repeats: 4).write(to: scratch)
      var (trials, failures, unmeasured) = (0, 0, 0)
      await Faults.trials("runs through a bad network", 3) { draws, name in
        var folder = scratch.path("run-\(draws.next())")
        // Some connections of a run carry kilobytes, and one megabytes.
        let (first, period) = (draws.size(upTo: 30), draws.size(upTo: 8))
        let strikes = (0..<50).map { _ in Self.strike(&draws, upTo: 200_000) }
        trials += 1
        // The first network is no good to anybody from the third connection on.
        let isHopeless = trials == 1
        let proxy = FaultyProxy(to: server.address) { number in
          if isHopeless { return number < 3 ? nil : .init(.cut, isToServer: true, after: 100) }
          return number >= first && number % period == 0 ? strikes[number % strikes.count] : nil
        }
        defer { proxy.close() }
        var result = try await Program(
          ["run", file, "--output", folder], environment: server.environment(through: proxy.port)
        ).result(within: .seconds(180))
        expectSentence(result, [0, 69], name)
        if result.ending != .exit(0) { failures += 1 }
        var again = ["--resume", folder]
        if exists(folder) {
          try expectAccounts(of: folder, name)
        } else {
          // Nothing had been measured. Its database may be there, if nobody could drop it.
          unmeasured += 1
          folder += "-again"
          again = [file, "--output", folder]
        }
        result = try await Program(["run"] + again, environment: server.environment()).result(
          within: .seconds(180))
        expectSentence(result, [0], name)
        try expectComplete(folder, cells: 8, inserts: 4, name)
      }
      #expect(failures > 0, "no weather was bad enough")
      let left = "(SELECT count() FROM system.databases WHERE name LIKE 'exportbench%')"
      #expect(try await server.number(left) <= unmeasured)
    }
  }
}
