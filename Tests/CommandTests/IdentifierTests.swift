// Names that need quotes: every command works in a database of any name that ClickHouse allows.

import ClickHouse
import Foundation
import TestSupport
import Testing

extension CommandTests {
  @Suite struct IdentifierTests {
    private let scratch = Scratch()

    /// Names that end a quoted name, a literal or a statement where they are not escaped.
    static let names = [
      "langfuse-prod", "a.b", "tick`s", "ünï code", "x`; DROP DATABASE bystander; -- \\", "it's\\`",
    ]

    @Test(arguments: names) func everyCommandWorksInADatabaseOfThatName(name: String) async throws {
      let admin = try await Administrator()
      try await admin.run("CREATE DATABASE IF NOT EXISTS bystander")
      defer { Task { [admin] in try? await admin.run("DROP DATABASE bystander") } }
      let environment = try await Shared.environment
      _ = TinyBenchmark().write(to: scratch)
      let data = scratch.path("tiny-data.yaml")
      let database = ["--database", name]
      let benchmark = scratch.write(
        """
        name: found
        description: two paths
        dataset: tiny-data.yaml
        paths: [limit-by, mv-final]
        windows: [1d]
        repeats: 1
        warmups: 0
        rows_per_insert: 1000
        """, to: "found.yaml")
      let quoted = Identifier.quoted(name)
      for (arguments, says) in [
        (["generate", data, "--no-view"] + database, "rows        "),
        (["migrate", "up"] + database, "up   0001_"),
        (["backfill"] + database + ["--settle", "0s", "--output", scratch.path("fill")], ""),
        (["verify", "--gate", "--window", "2d"] + database, "\(name)"),
        (["profile", "--output", scratch.path("p.yaml")] + database, ""),
        (["export", "mv-final", "--output", scratch.path("x.parquet")] + database, "file     "),
        (
          ["export", "newest-row@lean", "--output", scratch.path("y.parquet")] + database, "file  "
        ),
        (["run", benchmark, "--output", scratch.path("run")] + database, name),
        (["verify", "--alters"] + database, ""),
        (["grants", "verify"] + database, "GRANT SELECT ON \(quoted).* TO `bench`;"),
        (["cleanup", "--older-than", "0s"] + database, "kept          \(name) ("),
        (["migrate", "down"] + database, "down 0001_"),
      ] {
        let result = try await Program.run(arguments, environment: environment)
        #expect(result.ending == .exit(0), "\(arguments): \(result.remarks)")
        #expect(result.output.contains(says), "\(arguments): \(result.output)")
      }
      let left = try await admin.values("SELECT name AS value FROM system.databases")
      #expect(left.contains("bystander") && left.contains(name))
      try await admin.run("DROP DATABASE \(quoted) SYNC")
    }

    /// What is printed for an administrator does what it says, whatever the names are.
    @Test func grantsAreForTheUserAndTheDatabaseThatWereNamed() async throws {
      let admin = try await Administrator()
      let (user, database) = ("re`ader-1", "langfuse`.* TO x; --")
      let (quotedUser, quoted) = (Identifier.quoted(user), Identifier.quoted(database))
      try await admin.run("CREATE USER OR REPLACE \(quotedUser) IDENTIFIED BY 'pw'")
      let printed = try await Program.run(
        ["grants", "verify", "--user", user, "--database", database])
      #expect(printed.ending == .exit(0))
      for line in printed.output.split(separator: "\n") where line.hasPrefix("GRANT ") {
        try await admin.run(String(line.dropLast()))
      }
      let granted = try await admin.values(
        """
        SELECT DISTINCT database AS value FROM system.grants
        WHERE user_name = 're`ader-1' AND database != 'system'
        """)
      #expect(granted == [database])
      try await admin.run("DROP USER \(quotedUser)")
      #expect(printed.output.contains("GRANT SELECT ON \(quoted).* TO \(quotedUser);"))
    }

    /// A table, a view and columns whose names need quotes.
    @Test func tablesAndViewsOfSuchNames() async throws {
      let admin = try await Administrator()
      let environment = try await Shared.environment
      _ = TinyBenchmark().write(to: scratch)
      let made = try await Program.run(
        ["generate", scratch.path("tiny-data.yaml"), "--database", "odd names"],
        environment: environment)
      #expect(made.ending == .exit(0), "\(made.remarks)")
      try await admin.run("RENAME TABLE `odd names`.observations TO `odd names`.`spans-2.0`")
      try await admin.run(
        "RENAME TABLE `odd names`.observations_export_mv TO `odd names`.`spans\\`mv`")
      try await admin.run("ALTER TABLE `odd names`.`spans-2.0` ADD COLUMN `a\\`-b` String")
      let names = ["--database", "odd names"]
      for arguments in [
        ["verify", "--table", "spans-2.0", "--view", "spans`mv", "--window", "2d"],
        ["verify", "--table", "spans-2.0", "--view", "spans`mv", "--alters"],
        ["profile", "--table", "spans-2.0"],
      ] {
        let result = try await Program.run(arguments + names, environment: environment)
        #expect(result.ending == .exit(0), "\(arguments): \(result.remarks)")
      }
      try await admin.run("DROP DATABASE `odd names` SYNC")
    }
  }
}
