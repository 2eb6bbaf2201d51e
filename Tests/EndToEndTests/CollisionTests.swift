// Two of a kind at once: of folders, databases and files each has its own, or one is refused.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct CollisionTests {
    private let scratch = Scratch()

    @Test func runsOfOneNameHaveDatabasesOfTheirOwn() async throws {
      let environment = try await Shared.environment
      let benchmark = TinyBenchmark(repeats: 2).write(to: scratch)
      let programs = ["a", "b"].map {
        Program(
          ["run", benchmark, "--output", scratch.path("\($0)/same")], environment: environment)
      }
      for program in programs {
        let result = try await program.result()
        #expect(result.ending == .exit(0), "\(result.remarks)")
      }
      #expect(
        try Set(["a", "b"].map { try manifest(scratch.path("\($0)/same")).database })
          == ["exportbench_same", "exportbench_same_2"])
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func aRunsDatabaseIsNotLoadedInto() async throws {
      let admin = try await Administrator()
      let environment = try await Shared.environment
      try await admin.run(
        """
        CREATE DATABASE exportbench_running
        COMMENT 'made by exportbench; it may be dropped when no exportbench runs'
        """)
      for command in [["generate", "smoke"], ["migrate", "up"], ["migrate", "down"]] {
        let refused = try await Program.run(
          command + ["--database", "exportbench_running"], environment: environment)
        #expect(refused.ending == .exit(69))
        #expect(
          refused.remarks.contains(
            "the database exportbench_running belongs to a run of exportbench, which drops it at "
              + "the end; choose another --database, or, after a killed run, remove it with: "
              + "exportbench cleanup"))
      }
      try await admin.run("DROP DATABASE exportbench_running")
    }

    @Test func twoLoadsIntoOneDatabaseAreRefusedAndAKilledOneIsNot() async throws {
      let admin = try await Administrator()
      let environment = try await Shared.environment
      _ = TinyBenchmark(observations: 200_000).write(to: scratch)
      let load = [
        "generate", scratch.path("tiny-data.yaml"), "--database", "twice", "--rows-per-insert",
        "100", "--workers", "1",
      ]
      let first = Program(load, environment: environment)
      try await eventually("rows") {
        if let ending = first.ending { throw Unmet("\(ending): \(first.remarks)") }
        return try await admin.values(
          "SELECT name AS value FROM system.parts WHERE database = 'twice' AND table = "
            + "'observations' LIMIT 1"
        ).count == 1
      }
      let second = try await Program.run(load, environment: environment)
      #expect(second.ending == .exit(69))
      #expect(
        second.remarks.contains(
          "another exportbench process loads into the database twice; wait until it has finished, "
            + "or choose another --database"))
      first.send(SIGKILL)
      _ = try await first.result()
      let third = try await Program.run(
        ["generate", "smoke", "--database", "twice"], environment: environment)
      #expect(third.ending == .exit(0), "\(third.remarks)")
      #expect(
        try await admin.values(
          "SELECT name AS value FROM system.tables WHERE database = 'twice' AND name LIKE 'export%'"
        ).isEmpty == false, "the killed load's row keeps the table")
      try await admin.run("DROP DATABASE twice SYNC")
    }

    @Test func aDatabaseInUseIsNotLoadedInto() async throws {
      let admin = try await Administrator()
      let environment = try await Shared.environment
      let made = try await Program.run(
        ["migrate", "up", "--database", "used"], environment: environment)
      #expect(made.ending == .exit(0), "\(made.remarks)")
      let query = Task {
        try? await Client(admin.server.endpoint).execute(
          Query(
            "SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1",
            queryID: "using", database: "used"))
      }
      try await eventually("the query runs") {
        try await admin.values(
          "SELECT query_id AS value FROM system.processes WHERE query_id = 'using'"
        ).count == 1
      }
      let refused = try await Program.run(
        ["generate", "smoke", "--database", "used"], environment: environment)
      #expect(refused.ending == .exit(69))
      #expect(
        refused.remarks.contains(
          "another exportbench process works in the database used; "
            + "wait"))
      try await admin.run("KILL QUERY WHERE query_id = 'using' SYNC")
      _ = await query.value
      try await admin.run("DROP DATABASE used SYNC")
    }

    @Test func oneFileIsWrittenByOneProcess() async throws {
      let file = scratch.write("kept", to: "rows.native")
      let descriptor = open(file, O_RDWR)
      defer { close(descriptor) }
      #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      let refused = try await Program.run(["generate", "smoke", "--output", file])
      #expect(refused.ending == .exit(73))
      #expect(
        refused.remarks.contains(
          "\(file) is being written by another exportbench process; wait until it has finished, or "
            + "choose another file"))
      #expect(textOfFile(file) == "kept")
    }
  }
}
