// Each command against each cause of a server's exception that can be foreseen: one sentence with a
// remedy, a documented exit code, and no words of a statement.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct CauseTests {
    private let scratch = Scratch()

    /// What is wrong with a server, a user or a table, and how the sentences about it begin.
    struct Cause: Sendable, CustomTestStringConvertible {
      let name: String
      /// What an administrator runs before, with `$db` for the database of the test.
      var statements: [String] = []
      /// What is granted to the user.
      var grants = ["SELECT, INSERT, ALTER, CREATE, DROP, SHOW, SYSTEM FLUSH LOGS ON *.*"]
      /// What follows `CREATE USER … IDENTIFIED BY …`.
      var user = ""
      var password: String?
      var database: String?
      /// One of these is in each sentence.
      let says: [String]
      /// Commands that the cause does not touch.
      var spares: Set<String> = []

      var testDescription: String { name }
    }

    static let causes = [
      Cause(
        name: "no database", database: "nowhere",
        says: ["there is no ", "the user sees no table ", "there is no database nowhere"]),
      Cause(
        name: "no table", statements: ["RENAME TABLE $db.observations TO $db.elsewhere"],
        says: ["there is no ", "the user sees no table", "reads observations"],
        spares: ["backfill", "migrate down"]),
      Cause(
        name: "no view", statements: ["RENAME TABLE $db.observations_export_mv TO $db.elsewhere"],
        says: ["there is no ", "reads observations_export_mv"],
        spares: ["profile", "export", "migrate down"]),
      Cause(
        name: "no column",
        statements: [
          "DROP TABLE $db.observations_export_mv SYNC",
          "ALTER TABLE $db.observations DROP COLUMN level",
        ],
        says: ["there is no column level", "has no column"],
        spares: ["export of the view", "run", "backfill", "profile", "verify", "migrate down"]),
      Cause(
        name: "a column of Langfuse's",
        statements: [
          "DROP TABLE $db.observations_export_mv SYNC",
          "ALTER TABLE $db.observations DROP COLUMN model",
        ],
        says: ["ADD COLUMN model Nullable(String) ALIAS provided_model_name"],
        spares: ["export of the view", "run", "backfill", "profile", "verify", "migrate down"]),
      Cause(
        name: "a type",
        statements: [
          "DROP TABLE $db.observations_export_mv SYNC",
          "RENAME TABLE $db.observations TO $db.old",
          """
          CREATE TABLE $db.observations ENGINE = MergeTree ORDER BY id
          AS SELECT * REPLACE (toString(start_time) AS start_time) FROM $db.old
          """,
        ],
        says: [
          "a type or a value is not the one", "compare the types of the table's columns",
        ], spares: ["export of the view", "run", "verify", "backfill", "migrate down"]),
      Cause(
        name: "no grant", grants: [],
        says: [
          "lacks the grant", "may not see", "not visible to the user", "that the user may see",
          "the user has no SELECT",
        ],
        spares: []),
      Cause(
        name: "only reading", user: "SETTINGS readonly = 1",
        says: ["the user may only read: ", "readonly = 2"]),
      Cause(
        name: "a constraint", user: "SETTINGS max_threads = 1 CONST",
        says: ["the user's settings profile forbids a setting: "],
        spares: ["migrate down", "backfill"]),
      Cause(
        name: "a memory limit", user: "SETTINGS max_memory_usage = 20000 CONST",
        says: ["a memory limit of the server ended", "forbids a setting"],
        spares: ["migrate down"]),
      Cause(
        name: "a quota", statements: ["CREATE QUOTA $user FOR INTERVAL 1 hour MAX queries = 1"],
        says: ["the user's quota is used up: "], spares: []),
      Cause(
        name: "a password", password: "wrong",
        says: ["the server refused the user or the password ("], spares: []),
    ]

    /// By name, with `$db` for the database.
    static let commands: [(name: String, arguments: String)] = [
      ("export", "export limit-by --window 1d --database $db --output $out/a.parquet"),
      ("export of the view", "export mv-final --window 1d --database $db --output $out/b.parquet"),
      ("run", "run $out/found.yaml --database $db --output $out/run"),
      ("verify", "verify --window 1d --database $db"),
      ("backfill", "backfill --dry-run --database $db"),
      ("profile", "profile --database $db"),
      ("migrate down", "migrate down --database $db"),
    ]

    @Test(arguments: causes) func everyCommandNamesTheCause(cause: Cause) async throws {
      let admin = try await Administrator()
      let number = Self.causes.firstIndex { $0.name == cause.name } ?? 0
      let (own, user) = ("cause\(number)", "causer\(number)")
      try await prepare(own, user, cause, admin)
      var environment = admin.environment(of: user)
      if let password = cause.password { environment["CLICKHOUSE_PASSWORD"] = password }
      for (name, text) in Self.commands where !cause.spares.contains(name) {
        let arguments = text.replacing("$db", with: cause.database ?? own)
          .replacing("$out", with: scratch.path).split(separator: " ").map(String.init)
        let result = try await Program.run(arguments, environment: environment)
        let last = result.remarks.split(separator: "\n").last.map(String.init) ?? ""
        let place = "\(cause.name), \(name): \(result.remarks)"
        guard case .exit(let code) = result.ending, code != 0 else {
          Issue.record("\(place) ended with \(result.ending)")
          continue
        }
        #expect([65, 69].contains(code), "\(place)")
        #expect(last.hasPrefix("exportbench: ") && last.contains("; "), "\(place)")
        #expect(cause.says.contains { last.contains($0) }, "\(place)")
        for raw in ["ClickHouse says", " in scope ", "WHERE ", "DB::"] {
          #expect(!last.contains(raw), "\(place)")
        }
        #expect(!exists(scratch.path("run")) && !exists(scratch.path("a.parquet")), "\(place)")
      }
      for what in ["USER \(user)", "QUOTA IF EXISTS \(user)"] {
        try await admin.run("DROP \(what)")
      }
      try await admin.run("DROP DATABASE \(own) SYNC")
    }

    @Test func insertsThatMergesDoNotKeepUpWith() async throws {
      let (admin, environment) = (try await Administrator(), try await Shared.environment)
      _ = TinyBenchmark().write(to: scratch)
      let generate = ["generate", scratch.path("tiny-data.yaml"), "--database", "crowded"]
      #expect(try await Program.run(generate, environment: environment).ending == .exit(0))
      try await admin.run("SYSTEM STOP MERGES crowded.observations")
      try await admin.run(
        "ALTER TABLE crowded.observations MODIFY SETTING parts_to_throw_insert = 1")
      let result = try await Program.run(generate, environment: environment)
      #expect(result.ending == .exit(69))
      #expect(
        result.remarks.contains("exportbench: merges do not keep up with inserts: Too many parts"),
        "\(result.remarks)")
      try await admin.run("DROP DATABASE crowded SYNC")
    }

    @Test func aClusterThatTheServerDoesNotKnow() async throws {
      let environment = try await Shared.environment
      for arguments in [
        ["verify"], ["backfill", "--dry-run"], ["profile"], ["generate", "smoke"],
        ["migrate", "up"],
      ] {
        let result = try await Program.run(
          arguments + ["--database", "anywhere", "--cluster", "no such"], environment: environment)
        #expect(result.ending == .exit(69), "\(arguments): \(result.remarks)")
        #expect(
          result.remarks.contains("knows no cluster "), "\(arguments): \(result.remarks)")
      }
    }

    private func prepare(
      _ own: String, _ user: String, _ cause: Cause, _ admin: Administrator
    ) async throws {
      let found = TinyBenchmark(repeats: 1).write(to: scratch)
      #expect(rename(found, scratch.path("found.yaml")) == 0)
      let made = try await Program.run(
        ["generate", scratch.path("tiny-data.yaml"), "--database", own],
        environment: try await Shared.environment)
      #expect(made.ending == .exit(0), "\(made.remarks)")
      try await admin.run(
        "CREATE USER OR REPLACE \(user) IDENTIFIED BY '\(user)-pw' \(cause.user)")
      for grant in cause.grants { try await admin.run("GRANT \(grant) TO \(user)") }
      for statement in cause.statements {
        let isQuota = statement.contains("QUOTA")
        try await admin.run(
          statement.replacing("$db", with: own).replacing("$user", with: user)
            + (isQuota ? " TO \(user)" : ""))
      }
    }
  }
}
