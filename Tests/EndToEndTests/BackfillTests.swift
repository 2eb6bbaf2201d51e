// `exportbench backfill` as a user meets it: killed, run again, run twice, and asked what it costs.

import ClickHouseClient
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct BackfillTests {
    private let scratch = Scratch()

    private struct One: Decodable { let value: Int }

    private func value(_ sql: String) async throws -> Int {
      let query = Query("SELECT toInt64(\(sql)) AS value")
      let client = Client(try await Shared.server.endpoint)
      return try #require(try await client.rows(query, as: One.self).first).value
    }

    /// A database with a table that is older than its view. Not one that other tests count.
    private func withDatabase(_ work: ([String: String]) async throws -> Void) async throws {
      let environment = try await Shared.environment
      let data = scratch.write(
        """
        name: old
        observations: 6000
        start: 2026-09-01
        days: 60
        versions: {1: 0.5, 2: 0.5}
        lag: {median: 6h, p99: 12h, max: 1d}
        payload: {output: 100B}
        """, to: "old.yaml")
      for arguments in [
        ["generate", data, "--no-view", "--rows-per-insert", "1000"], ["migrate", "up"],
      ] {
        let result = try await Program.run(
          arguments + ["--database", "older"], environment: environment)
        #expect(result.ending == .exit(0), "\(result.remarks)")
      }
      do { try await work(environment) } catch {
        try await drop()
        throw error
      }
      try await drop()
    }

    private func drop() async throws {
      try await Client(try await Shared.server.endpoint).execute(
        Query("DROP DATABASE older SYNC"))
    }

    private func samples(_ run: String) throws -> [BackfillSample] {
      try wholeRows(BackfillSample.self, scratch.path("\(run)/backfill.csv"))
    }

    @Test func aKilledBackfillGoesOnWhereItWas() async throws {
      try await withDatabase { environment in
        let arguments = [
          "backfill", "--database", "older", "--chunk-rows", "100", "--settle", "0s",
        ]
        let dry = try await Program.run(arguments + ["--dry-run"], environment: environment)
        #expect(dry.ending == .exit(0), "\(dry.remarks)")
        #expect(dry.output.contains("lacks 6,000 of 6,000 keys of `older`.`observations`"))
        #expect(dry.output.contains("writes were not measured: give an earlier backfill.csv"))
        #expect(try await value("(SELECT count() FROM older.observations_export_mv)") == 0)

        let first = Program(
          arguments + ["--output", scratch.path("first")], environment: environment)
        try await eventually("some chunks are copied") {
          let text = textOfFile(scratch.path("first/backfill.csv")) ?? ""
          return text.utf8.count { $0 == UInt8(ascii: "\n") } > 8
        }
        first.send(SIGKILL)
        #expect(try await first.result().ending == .signal(SIGKILL))
        let copied = try samples("first").count { $0.step == .copy }
        #expect(copied > 3)

        let second = try await Program.run(
          arguments + ["--output", scratch.path("second")], environment: environment)
        #expect(second.ending == .exit(0), "\(second.remarks)")
        #expect(second.output.contains("0 missing, 0 stale, 0 different, 0 doubled"))
        #expect(second.output.contains("estimate for 1,000,000 rows of "))
        let rest = try samples("second").filter { $0.step == .copy }
        #expect(rest.compactMap(\.insertedRows).reduce(0, +) < 6_000)
        #expect(
          try await value("(SELECT uniqExact(id) FROM older.observations_export_mv)") == 6_000)
        #expect(
          try await value("(SELECT count() FROM older.observations_export_mv FINAL)") == 6_000)

        let third = try await Program.run(
          arguments + ["--output", scratch.path("third")], environment: environment)
        #expect(third.ending == .exit(0) && third.remarks.contains("the view lacks nothing"))
        #expect(try samples("third").allSatisfy { $0.step != .copy && $0.step != .repair })

        let like = try await Program.run([
          "backfill", "--like", scratch.path("second/backfill.csv"), "--for-rows", "40M",
          "--for-bytes", "60GiB",
        ])
        #expect(like.ending == .exit(0), "\(like.remarks)")
        #expect(like.output.hasPrefix("estimate for 40,000,000 rows of 60.0 GiB, uncompressed\n"))
        let useless = try await Program.run([
          "backfill", "--like", scratch.path("third/backfill.csv"), "--for-rows", "1",
          "--for-bytes", "1",
        ])
        #expect(useless.ending == .exit(65))
        #expect(useless.remarks.contains("no copy step succeeded"))
        let wrong = try await Program.run(
          arguments + ["--partitions", "209901", "--dry-run"], environment: environment)
        #expect(wrong.ending == .exit(64))
        #expect(wrong.remarks.contains("has no partition '209901'; it has 202609, 202610"))
      }
    }
  }
}
