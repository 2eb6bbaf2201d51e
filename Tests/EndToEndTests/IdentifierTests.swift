// Names that need quotes: every command works in a database of any name that ClickHouse allows.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct IdentifierTests {
    private let scratch = Scratch()

    /// Names that end a quoted name, a literal or a statement where they are not escaped.
    static let names = [
      "langfuse-prod", "x`; DROP DATABASE bystander; -- \\", "ünï a.b it's\\`",
    ]

    @Test(arguments: names) func everyCommandWorksInADatabaseOfThatName(name: String) async throws {
      let admin = try await Administrator()
      try await admin.run("CREATE DATABASE IF NOT EXISTS bystander")
      let environment = try await Shared.environment
      _ = TinyBenchmark().write(to: scratch)
      let data = scratch.path("tiny-data.yaml")
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
      let steps: [(arguments: [String], says: String)] = [
        (["generate", data, "--no-view"], "rows        "),
        (["migrate", "up"], "up   0001_"),
        (["backfill", "--settle", "0s", "--output", scratch.path("fill")], ""),
        (["verify", "--gate", "--window", "2d"], name),
        (["profile", "--output", scratch.path("p.yaml")], ""),
        (["export", "mv-final", "--output", scratch.path("x.parquet")], "file     "),
        (["export", "newest-row@lean", "--output", scratch.path("y.parquet")], "file     "),
        (["run", benchmark, "--output", scratch.path("run")], name),
        (["verify", "--alters"], ""),
        (["grants", "verify"], "GRANT SELECT ON \(quoted).* TO `bench`;"),
        (["cleanup", "--older-than", "0s"], "kept          \(name) ("),
        (["migrate", "down"], "down 0001_"),
      ]
      for step in steps {
        let arguments = step.arguments + ["--database", name]
        let result = try await Program.run(arguments, environment: environment)
        #expect(result.ending == .exit(0), "\(arguments): \(result.remarks)")
        #expect(
          step.says.isEmpty || result.output.contains(step.says), "\(arguments): \(result.output)")
      }
      let left = try await admin.values("SELECT name AS value FROM system.databases")
      #expect(left.contains("bystander") && left.contains(name))
      for database in [quoted, "bystander"] {
        try await admin.run("DROP DATABASE \(database) SYNC")
      }
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
