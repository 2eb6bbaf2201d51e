// On somebody's production server: the printed rights are enough, what only reads cannot write, and
// nothing is left behind.

import ClickHouseClient
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct ProductionTests {
    private let scratch = Scratch()

    /// A database with table and view of which the view lacks the first rows.
    private func withProduction<Value>(
      _ work: (Administrator) async throws -> Value
    ) async throws -> Value {
      let admin = try await Administrator()
      let environment = try await Shared.environment
      let data = TinyBenchmark().write(to: scratch).replacing("tiny.yaml", with: "tiny-data.yaml")
      for arguments in [
        ["generate", data, "--database", "shop", "--no-view"],
        ["migrate", "up", "--database", "shop"],
      ] {
        let result = try await Program.run(arguments, environment: environment)
        try #require(result.ending == .exit(0), "\(result.remarks)")
      }
      let result: Result<Value, any Error>
      do { result = .success(try await work(admin)) } catch { result = .failure(error) }
      try await admin.run("DROP DATABASE IF EXISTS shop SYNC")
      return try result.get()
    }

    private static let reading = [
      "verify": ["verify", "--database", "shop", "--window", "1d"],
      "profile": ["profile", "--database", "shop", "--name", "x"],
      "run-found": ["run", "smoke", "--database", "shop", "--windows", "1d", "--repeats", "1"],
      "doctor": ["doctor", "--json"],
      "backfill": ["backfill", "--database", "shop", "--dry-run"],
      "cleanup": ["cleanup", "--dry-run"],
    ]

    @Test func whatOnlyReadsIsLetOnlyRead() async throws {
      try await withProduction { admin in
        for (command, words) in Self.reading {
          func arguments(_ folder: String) -> [String] {
            words + (command == "run-found" ? ["--output", scratch.path(folder)] : [])
          }
          let name = "reader_\(command.replacing("-", with: "_"))"
          let environment = try await admin.user(name, for: [command], on: "shop")
          // Such a user has no right to run, which is what doctor says.
          let code: Int32 = command == "doctor" ? 69 : 0
          let result = try await Program.run(arguments("once"), environment: environment)
          #expect(result.ending == .exit(code), "\(command): \(result.output)\(result.remarks)")
          try await admin.run("SYSTEM FLUSH LOGS")
          // What a user may do is asked as it is: with readonly = 2 it would be nothing. A run also
          // has logs and metrics written, which no row of a table has to do with.
          let whose = command == "run-found" ? "has(databases, 'shop')" : "1"
          let questions = try await admin.values(
            """
            SELECT concat(Settings['readonly'], ' ', query) AS value FROM system.query_log
            WHERE \(whose) AND user = '\(name)' AND type != 'QueryStart'
              AND NOT startsWith(query, 'CHECK GRANT') AND NOT startsWith(query, 'SYSTEM FLUSH')
            """)
          #expect(!questions.isEmpty)
          #expect(questions.allSatisfy { $0.hasPrefix("2 ") }, "\(command): \(Set(questions))")
          try await admin.run("ALTER USER \(name) SETTINGS readonly = 2")
          let strict = try await Program.run(arguments("strict"), environment: environment)
          #expect(strict.ending == .exit(code), "\(command): \(strict.output)\(strict.remarks)")
          #expect(!(strict.output + strict.remarks).contains("READONLY"), "\(command)")
          try await admin.run("DROP USER \(name)")
        }
      }
    }

    @Test func aUserWhoMayChangeNoSettingIsTold() async throws {
      let admin = try await Administrator()
      try await admin.run(
        "CREATE USER OR REPLACE strict IDENTIFIED BY 'strict-pw' SETTINGS readonly = 1")
      let result = try await Program.run(
        ["verify", "--database", "shop"], environment: admin.environment(of: "strict"))
      try await admin.run("DROP USER strict")
      #expect(result.ending == .exit(69))
      #expect(result.remarks.contains("the user needs a profile with readonly = 2"))
    }

    @Test func thePrintedGrantsAreEnough() async throws {
      try await withProduction { admin in
        let benchmark = TinyBenchmark(repeats: 1).write(to: scratch)
        let data = scratch.path("tiny-data.yaml")
        let load = scratch.write(
          """
          name: tiny-load
          description: a load for tests
          dataset: tiny-data.yaml
          load: {preload: 100, warmup: 1s, duration: 1s, rounds: 1, views: [with]}
          rows_per_insert: 1k
          ingest: {rows_per_batch: 10, rate: 5, connections: 2}
          """, to: "tiny-load.yaml")
        let commands: [(list: String, on: String, arguments: [String])] = [
          ("run", "x", ["run", benchmark, "--output", scratch.path("granted")]),
          ("run", "x", ["load", load, "--output", scratch.path("loaded")]),
          ("generate", "made", ["generate", data, "--database", "made"]),
          ("migrate", "made", ["migrate", "down", "--database", "made"]),
          ("migrate", "made", ["migrate", "up", "--database", "made"]),
          (
            "backfill", "shop",
            ["backfill", "--database", "shop", "--settle", "1s", "--output", scratch.path("fill")]
          ),
          ("verify", "shop", ["verify", "--database", "shop", "--gate"]),
          ("profile", "shop", ["profile", "--database", "shop"]),
          (
            "run-found", "shop",
            ["run", benchmark, "--database", "shop", "--output", scratch.path("found")]
          ),
        ]
        for (list, database, arguments) in commands {
          let environment = try await admin.user("granted", for: [list], on: database)
          let result = try await Program.run(arguments, environment: environment)
          #expect(result.ending == .exit(0), "\(list): \(result.remarks)")
          #expect(!(result.output + result.remarks).contains("ACCESS_DENIED"), "\(list)")
        }
        let notes = try manifest(scratch.path("granted")).notes
        #expect(!notes.contains { $0.hasPrefix("without GRANT") }, "\(notes)")
        try await admin.run("DROP USER granted")
        try await admin.run("DROP DATABASE made SYNC")
      }
    }

    @Test(arguments: [
      "INSERT, SELECT", "CREATE DATABASE", "SELECT ON system.query_log", "SELECT ON system.parts ",
      "SELECT ON system.parts_columns", "SELECT ON system.merges",
    ]) func aRunWithoutARightIsRefusedBeforeItBegins(missing: String) async throws {
      let admin = try await Administrator()
      let environment = try await admin.user("lacking", for: ["run"], on: "x", without: missing)
      let folder = scratch.path("lacking")
      let result = try await Program.run(
        ["run", TinyBenchmark().write(to: scratch), "--output", folder], environment: environment)
      try await admin.run("DROP USER lacking")
      #expect(result.ending == .exit(69), "\(result.remarks)")
      let last = result.remarks.split(separator: "\n").last ?? ""
      #expect(last.hasPrefix("exportbench: the user has no "), "\(last)")
      #expect(last.contains(missing.trimmingCharacters(in: .whitespaces)))
      #expect(try await Shared.databases().isEmpty && !exists(folder))
    }

    @Test func whatCanBeDoneWithoutIsTold() async throws {
      let admin = try await Administrator()
      try await admin.run("CREATE USER OR REPLACE lean IDENTIFIED BY 'lean-pw'")
      let environment = try await admin.user("lean", for: ["run"], on: "x", without: "_log TO")
      try await admin.run("GRANT SELECT ON system.query_log TO lean")
      let folder = scratch.path("lean")
      let result = try await Program.run(
        ["run", TinyBenchmark(repeats: 1).write(to: scratch), "--output", folder],
        environment: environment)
      try await admin.run("DROP USER lean")
      #expect(result.ending == .exit(0), "\(result.remarks)")
      let notes = try manifest(folder).notes
      for log in ["part_log", "query_views_log", "asynchronous_insert_log"] {
        #expect(notes.contains { $0.hasPrefix("without GRANT SELECT ON system.\(log): ") })
        #expect(result.remarks.contains("without GRANT SELECT ON system.\(log): "))
      }
      let samples = try wholeRows(Sample.self, "\(folder)/samples.csv")
      #expect(samples.allSatisfy { $0.status == .ok && $0.memoryPeakBytes != nil })
      let inserts = try wholeRows(InsertSample.self, "\(folder)/inserts.csv")
      #expect(inserts.allSatisfy { $0.status == .ok && $0.tableWrittenBytes == nil })
    }

    @Test func nothingIsLeftBehind() async throws {
      try await withProduction { admin in
        let environment = try await Shared.environment
        let temporary = Scratch()
        // Loaded twice, so that full tables are dropped on the way.
        let benchmark = TinyBenchmark(
          repeats: 1, claims: "merge_states: [fresh, \"parts:2\", merged]"
        ).write(to: scratch)
        let before = try await admin.inventory()
        for arguments in [
          ["run", benchmark, "--output", scratch.path("whole")],
          ["verify", "--database", "shop", "--window", "1d"],
          ["profile", "--database", "shop"], ["doctor"],
          ["run", benchmark, "--database", "shop", "--output", scratch.path("found")],
          ["cleanup", "--older-than", "0s"],
        ] {
          let result = try await Program.run(
            arguments, environment: environment.merging(["TMPDIR": temporary.path]) { $1 })
          #expect(result.ending == .exit(0), "\(arguments[0]): \(result.remarks)")
          try await expectUnchanged(before, admin, "\(arguments[0])")
        }
        let long = TinyBenchmark(observations: 2_000, repeats: 1000).write(to: scratch)
        let folder = scratch.path("cut")
        let program = Program(["run", long, "--output", folder], environment: environment)
        try await eventually("attempts") {
          (textOfFile("\(folder)/samples.csv") ?? "").utf8.count { $0 == 10 } > 2
        }
        program.send(SIGINT)
        #expect(try await program.result().ending == .exit(130))
        try await expectUnchanged(before, admin, "a run that was cut short")
        #expect(temporary.names.isEmpty)
      }
    }

    /// Files of a table that was dropped go when no query has it open any more.
    private func expectUnchanged(
      _ before: [String], _ admin: Administrator, _ what: String
    ) async throws {
      var (added, gone): ([String], [String]) = ([], [])
      try? await eventually("nothing is left", within: .seconds(10)) {
        let after = try await admin.inventory()
        added = after.filter { !before.contains($0) }
        gone = before.filter { !after.contains($0) }
        return added.isEmpty && gone.isEmpty
      }
      #expect(added.isEmpty, "\(what) left: \(added.prefix(5))")
      #expect(gone.isEmpty, "\(what) took away: \(gone.prefix(5))")
    }
  }
}
