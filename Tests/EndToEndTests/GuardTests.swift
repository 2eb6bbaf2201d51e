// The guards of a server of others': what they stop, and that it can be gone on with.

import ClickHouseClient
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct GuardTests {
    private let scratch = Scratch()

    private static func usedBytes(_ admin: Administrator) async throws -> Int {
      try await admin.values(
        """
        SELECT toInt64(max(value)) AS value FROM (
          SELECT value + 0.0 AS value FROM system.metrics WHERE metric = 'MemoryTracking'
          UNION ALL
          SELECT value FROM system.asynchronous_metrics WHERE metric = 'MemoryResident')
        """, as: Int.self
      ).first ?? 0
    }

    /// How a program ends while somebody else takes 1.5 GB of the server.
    private static func result(
      of program: Program, besideAHungryNeighbour admin: Administrator
    ) async throws -> Program.Result {
      let hog = Task {
        try? await admin.run(
          """
          SELECT ignore(groupArray(repeat('x', 1000))), sleepEachRow(0.001)
          FROM numbers(1500000) GROUP BY number % 1 SETTINGS max_threads = 1, max_block_size = 8192,
            max_execution_time = 30
          """)
      }
      let result = try await program.result()
      hog.cancel()
      try await admin.run("KILL QUERY WHERE user = 'default' AND query LIKE '%groupArray%' SYNC")
      return result
    }

    /// An engine of our own is bounded as well: the machine has other users.
    @Test func theEmbeddedEngineIsGuardedToo() async throws {
      let benchmark = TinyBenchmark(repeats: 1).write(to: scratch)
      let result = try await Program.run(
        ["run", benchmark, "--output", scratch.path("run"), "--max-server-memory", "64MiB"])
      #expect(result.ending == .exit(75), "\(result.remarks)")
      let last = result.remarks.split(separator: "\n").last ?? ""
      #expect(last.hasPrefix("exportbench: the server uses "), "\(last)")
      #expect(last.hasSuffix("more than the 64 MiB of --max-server-memory"))
      #expect(!exists(scratch.path("run")))
    }

    @Test func aServerThatNeedsItsMemoryStopsTheRun() async throws {
      let admin = try await Administrator()
      let environment = try await admin.user("guarded", for: ["run", "guard"], on: "x")
      let folder = scratch.path("guarded")
      let benchmark = TinyBenchmark(observations: 5_000, repeats: 1000)
        .write(to: scratch)
      // Room for the run itself, and none for what somebody else then takes.
      let limit = try await Self.usedBytes(admin) + (700 << 20)
      let program = Program(
        [
          "run", benchmark, "--output", folder, "--max-server-memory", "\(limit >> 20)MiB",
          "--priority", "7", "--max-threads", "1",
        ], environment: environment)
      try await eventually("attempts") {
        if program.ending != nil { throw Unmet(program.remarks) }
        return (textOfFile("\(folder)/samples.csv") ?? "").utf8.count { $0 == 10 } > 3
      }
      let result = try await Self.result(of: program, besideAHungryNeighbour: admin)
      #expect(result.ending == .exit(75), "\(result.remarks)")
      let last = result.remarks.split(separator: "\n").last ?? ""
      #expect(last.hasPrefix("exportbench: the server uses "), "\(last)")
      #expect(last.hasSuffix(" of --max-server-memory"))
      #expect(result.remarks.contains("resume with: exportbench run --resume \(folder)"))
      #expect(try await Shared.databases().isEmpty, "its database is gone all the same")

      let begun = try manifest(folder)
      #expect(begun.guards?.serverMemoryMaxBytes == (limit >> 20) << 20)
      #expect(begun.guards?.priority == 7 && begun.guards?.threadsMax == 1)
      let before = try wholeRows(Sample.self, "\(folder)/samples.csv")
      #expect(before.count { $0.status == .stopped } <= 1)
      #expect(before.filter { $0.status != .ok }.allSatisfy { $0.status == .stopped })

      // It goes on where there is room, within the other bounds that it began with.
      let resumed = Program(
        ["run", "--resume", folder, "--max-server-memory", "64GiB"], environment: environment)
      try await eventually("it goes on") {
        if resumed.ending != nil { throw Unmet(resumed.remarks) }
        return (textOfFile("\(folder)/samples.csv") ?? "").utf8.count { $0 == 10 }
          > before.count + 3
      }
      resumed.send(SIGINT)
      #expect(try await resumed.result().ending == .exit(130))
      let after = try wholeRows(Sample.self, "\(folder)/samples.csv")
      #expect(Array(after.prefix(before.count)) == before, "what was measured is kept")
      for stopped in before where stopped.status == .stopped {
        let again = after.first {
          $0.status == .ok && $0.path == stopped.path
            && $0.repeat == stopped.repeat
        }
        #expect(again != nil, "what was stopped is made again")
      }
      try await admin.run("SYSTEM FLUSH LOGS")
      let bounds = try await admin.values(
        """
        SELECT DISTINCT concat(Settings['priority'], ' ', Settings['max_threads']) AS value
        FROM system.query_log WHERE user = 'guarded' AND type = 'QueryFinish'
        """)
      #expect(bounds == ["7 1"])
      try await admin.run("DROP USER guarded")
    }

    @Test func anExportOfWhatIsThereIsStopped() async throws {
      let admin = try await Administrator()
      let data = TinyBenchmark().write(to: scratch).replacing("tiny.yaml", with: "tiny-data.yaml")
      let made = try await Program.run(
        ["generate", data, "--database", "stopped"], environment: try await Shared.environment)
      try #require(made.ending == .exit(0), "\(made.remarks)")
      // Minutes, unless somebody ends it.
      scratch.write(
        """
        -- idea: a row at a time
        -- keeps in memory: nothing
        -- gets wrong: nothing
        -- reads: observations
        SET max_block_size = 1;
        SET function_sleep_max_microseconds_per_block = 0;
        SELECT id FROM observations WHERE project_id = {projectId: String}
          AND start_time >= {minTimestamp: DateTime64(3)}
          AND start_time <= {maxTimestamp: DateTime64(3)} AND sleepEachRow(1) = 0
        """, to: "paths/slow.sql")
      let limit = try await Self.usedBytes(admin) + (500 << 20)
      let environment = try await admin.user("stopped", for: ["run-found", "guard"], on: "stopped")
      let program = Program(
        [
          "run", scratch.path("tiny.yaml"), "--database", "stopped", "--paths", "slow",
          "--paths-dir", scratch.path("paths"), "--output", scratch.path("stopped"),
          "--max-server-memory", "\(limit >> 20)MiB",
        ], environment: environment)
      try await eventually("an export is under way") {
        if program.ending != nil { throw Unmet(program.remarks) }
        return try await !admin.values(
          "SELECT query AS value FROM system.processes WHERE query LIKE '%sleepEachRow(1)%' "
            + "AND user = 'stopped'"
        ).isEmpty
      }
      let result = try await Self.result(of: program, besideAHungryNeighbour: admin)
      #expect(result.ending == .exit(75), "\(result.remarks)")
      #expect(
        try await admin.values(
          "SELECT query AS value FROM system.processes WHERE user = 'stopped'"
        ).isEmpty, "its query is gone from the server")
      try await admin.run("DROP USER stopped")
      try await admin.run("DROP DATABASE stopped SYNC")
    }

    @Test func nothingBeginsWhereThereIsNoRoom() async throws {
      let folder = scratch.path("full")
      let benchmark = TinyBenchmark().write(to: scratch)
      for arguments in [
        ["run", benchmark, "--output", folder], ["generate", scratch.path("tiny-data.yaml")],
        ["load", "load-smoke", "--output", folder], ["verify", "--database", "nothing"],
        ["profile", "--database", "nothing"],
        ["backfill", "--database", "nothing"],
      ] {
        let result = try await Program.run(
          arguments + ["--max-server-memory", "1MiB"], environment: try await Shared.environment)
        #expect(result.ending == .exit(75), "\(arguments[0]): \(result.remarks)")
        #expect(result.remarks.contains("more than the 1 MiB of --max-server-memory"))
      }
      #expect(try await Shared.databases().isEmpty && !exists(folder))
    }

    @Test func aGuardThatMayNotLookIsNoGuard() async throws {
      let admin = try await Administrator()
      let environment = try await admin.user("blind", for: ["run"], on: "x", without: "metrics")
      let result = try await Program.run(
        [
          "run", TinyBenchmark().write(to: scratch), "--output", scratch.path("blind"),
          "--max-server-memory", "64GiB",
        ], environment: environment)
      try await admin.run("DROP USER blind")
      #expect(result.ending == .exit(75), "\(result.remarks)")
      #expect(
        result.remarks.contains("the server's memory cannot be monitored, so nothing was started"))
      #expect(result.remarks.contains("exportbench grants guard"))
    }
  }
}
