// `exportbench cleanup`: what killed runs left goes, and nothing else.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct CleanupTests {
    private let scratch = Scratch()

    private func clean(_ arguments: [String] = []) async throws -> Program.Result {
      let result = try await Program.run(
        ["cleanup"] + arguments,
        environment: try await Shared.environment.merging(["TMPDIR": scratch.path]) { $1 })
      #expect(result.ending == .exit(0), "\(result.remarks)")
      return result
    }

    @Test func aKilledRunIsRemovedAndNothingElse() async throws {
      let admin = try await Administrator()
      let environment = try await Shared.environment
      let benchmark = TinyBenchmark(observations: 2_000, repeats: 1000).write(to: scratch)
      let folder = scratch.path("killed")
      let program = Program(["run", benchmark, "--output", folder], environment: environment)
      try await eventually("attempts") {
        (textOfFile("\(folder)/samples.csv") ?? "").utf8.count { $0 == 10 } > 2
      }
      let going = try await clean()
      #expect(going.output.contains("kept          exportbench_killed (3 tables"))
      program.send(SIGKILL)
      #expect(try await program.result().ending == .signal(SIGKILL))

      // Beside it: somebody's own, one that was asked for, and one with a query in it.
      let made = try await Program.run(
        ["migrate", "up", "--database", "exportbench_asked"], environment: environment)
      #expect(made.ending == .exit(0))
      try await admin.run("CREATE DATABASE exportbench_like COMMENT 'made by hand'")
      try await admin.run(
        """
        CREATE DATABASE exportbench_busy
        COMMENT 'made by exportbench; it may be dropped when no exportbench runs'
        """)
      let query = Task {
        try? await Client(admin.server.endpoint).execute(
          Query(
            "SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_block_size = 1",
            queryID: "busy", database: "exportbench_busy"))
      }
      try await eventually("the query runs") {
        try await admin.values(
          "SELECT query_id AS value FROM system.processes WHERE query_id = 'busy'"
        ).count == 1
      }
      let before = try await Shared.databases()
      #expect(before.count == 4)

      #expect(try await clean(["--dry-run"]).output.contains("its run may be active"))
      let dry = try await clean(["--dry-run", "--older-than", "0s"]).output
      #expect(dry.contains("would drop    exportbench_killed (3 tables"))
      #expect(dry.contains("kept          exportbench_asked") && dry.contains("made on request"))
      #expect(dry.contains("kept          exportbench_busy") && dry.contains("1 query uses it"))
      #expect(!dry.contains("exportbench_like"))
      #expect(try await Shared.databases() == before)

      #expect(
        try await clean(["--older-than", "0s", "--database", "exportbench_x"]).output
          == "nothing to remove\n")
      let done = try await clean(["--older-than", "0s"])
      #expect(done.output.contains("dropping    exportbench_killed"))
      let left = ["exportbench_asked", "exportbench_busy", "exportbench_like"]
      #expect(try await Shared.databases() == left)
      let again = try await clean(["--older-than", "0s"])
      #expect(again.output.hasSuffix("nothing to remove\n"))

      try await admin.run("KILL QUERY WHERE query_id = 'busy' SYNC")
      _ = await query.value
      for name in left { try await admin.run("DROP DATABASE \(name) SYNC") }
    }

    @Test func itsOwnGrantsAreEnough() async throws {
      let admin = try await Administrator()
      try await admin.run(
        """
        CREATE DATABASE exportbench_old
        COMMENT 'made by exportbench; it may be dropped when no exportbench runs'
        """)
      try await admin.run(
        "CREATE TABLE exportbench_old.observations (x UInt8) ENGINE = MergeTree ORDER BY x")
      let environment = try await admin.user("cleaner", for: ["cleanup"], on: "x")
      let result = try await Program.run(
        ["cleanup", "--older-than", "0s"], environment: environment)
      try await admin.run("DROP USER cleaner")
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(result.output.contains("dropping    exportbench_old (1 table"))
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func foldersOfServersThatAreGoneGo() async throws {
      let gone = "exportbench-doctor-999999999"
      scratch.write("", to: "\(gone)/output.txt")
      scratch.write("x", to: "\(gone)/data/metadata/x.sql")
      scratch.write("", to: "exportbench-verify-\(getpid())/output.txt")
      scratch.write("", to: "exportbench-doctor-888888888/mine.txt")
      scratch.write("", to: "exportbench-999999999/output.txt")
      let program = { (more: [String]) in
        try await Program.run(["cleanup"] + more, environment: ["TMPDIR": scratch.path])
      }
      let dry = try await program(["--dry-run"])
      #expect(dry.output.hasSuffix("would remove  \(scratch.path(gone))\n"), "\(dry.output)")
      #expect(exists(scratch.path(gone)))
      let done = try await program([])
      #expect(done.output.hasSuffix("removing  \(scratch.path(gone))\n"), "\(done.output)")
      #expect(done.remarks.contains("so no server is checked"))
      #expect(scratch.names.count == 3 && !exists(scratch.path(gone)))
    }
  }
}
