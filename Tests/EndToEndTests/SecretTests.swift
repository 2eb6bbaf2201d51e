// Secrets in a user's paths and tables: no command writes or prints one.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct SecretTests {
    private let scratch = Scratch()

    private func writePath(_ name: String, _ condition: String) {
      scratch.write(
        """
        -- idea: mine
        -- keeps in memory: little
        -- gets wrong: a lot
        -- reads: observations

        SELECT id, project_id, updated_at
        FROM observations
        WHERE project_id = {projectId: String}
          AND start_time >= {minTimestamp: DateTime64(3)}
          AND start_time <= {maxTimestamp: DateTime64(3)}
          -- an old one: 'TOPSECRET'
          AND \(condition)
        ORDER BY event_ts DESC
        LIMIT 1 BY id;
        """, to: "own/\(name).sql")
    }

    /// Paths that work, that the server refuses, and that it cannot parse.
    private func writePaths(password: String = "TOPSECRET") -> String {
      writePath("works", "encrypt('aes-256-ofb', id, '\(password)-TOPSECRET-TOPSECRET-12') != ''")
      writePath(
        "fails",
        "id NOT IN (SELECT a FROM s3('http://TOPSECRET:TOPSECRET@127.0.0.1:1/b/x', 'TOPSECRET', "
          + "'TOPSECRET', 'CSV', 'a String'))")
      writePath("unparsed", "id NOT IN (SELECT a FROM s3('http://h/b', 'TOPSECRET' 'TOPSECRET'))")
      return scratch.path("own")
    }

    private func expectNoSecret(_ result: Program.Result, _ what: String) {
      for text in [result.output, result.remarks] {
        #expect(!text.contains("TOPSECRET"), "\(what): \(text)")
      }
    }

    @Test func noneOfAPathIsWrittenOrPrinted() async throws {
      let environment = try await Shared.environment
      let benchmark = TinyBenchmark(repeats: 1).write(to: scratch)
      let own = ["--paths-dir", writePaths()]
      let names = ["--paths", "limit-by,works,fails,unparsed"]
      let output = scratch.path("run")
      let dry = try await Program.run(["run", benchmark, "--dry-run"] + own + names)
      expectNoSecret(dry, "run --dry-run")
      #expect(dry.output.contains("[HIDDEN]"))
      expectNoSecret(try await Program.run(["list", "paths"] + own), "list paths")
      expectNoSecret(
        try await Program.run(
          ["run", benchmark, "--output", output] + own + names, environment: environment),
        "run")
      try expectNowhere("TOPSECRET", in: scratch.path("run"))
      #expect(
        textOfFile("\(output)/manifest.json")?.contains("[HIDDEN]") == true,
        "the manifest has the SQL")
      #expect(textOfFile("\(output)/report.html")?.contains("an old one") != true)

      // Another password is no other SQL.
      _ = writePaths(password: "ANOTHERPW")
      let resumed = try await Program.run(
        ["run", "--resume", output], environment: environment)
      expectNoSecret(resumed, "run --resume")
      #expect(!resumed.remarks.contains("cannot be resumed"), "\(resumed.remarks)")
    }

    @Test func noneOfATableIsWrittenOrPrinted() async throws {
      let environment = try await Shared.environment
      let database = ["--database", "exportbench_secrets"]
      let made = try await Program.run(
        ["generate", "smoke", "--rows-per-insert", "2k"] + database, environment: environment)
      #expect(made.ending == .exit(0), "\(made.remarks)")
      let client = Client(try await Shared.server.endpoint)
      for sql in [
        """
        ALTER TABLE exportbench_secrets.observations ADD COLUMN coded String
        DEFAULT hex(encrypt('aes-256-ofb', 'TOPSECRET', 'TOPSECRET-TOPSECRET-TOPSECRET-12'))
        """,
        """
        ALTER TABLE exportbench_secrets.observations ADD COLUMN address String
        DEFAULT 'http://TOPSECRET:TOPSECRET@h/'
        """,
        """
        CREATE TABLE exportbench_secrets.elsewhere (a Int32)
        ENGINE = MySQL('127.0.0.1:1', 'd', 't', 'u', 'TOPSECRET')
        """,
      ] { try await client.execute(Query(sql)) }
      let own = ["--paths-dir", writePaths()]
      let file = scratch.path("out.parquet")
      for command in [
        ["verify", "--window", "40d"], ["verify", "--alters"],
        ["verify", "--checks", "drift", "--json"],
        ["profile", "--output", scratch.path("profile.yaml")],
        ["export", "works", "--window", "1d", "--output", file] + own,
        ["export", "fails", "--window", "1d", "--output", file + "2"] + own,
        ["export", "unparsed", "--window", "1d", "--output", file + "3"] + own,
        ["verify", "--paths", "limit-by,fails"] + own,
        ["backfill", "--dry-run"],
      ] {
        let result = try await Program.run(command + database, environment: environment)
        expectNoSecret(result, command.joined(separator: " "))
      }
      expectNoSecret(try await Program.run(["doctor"], environment: environment), "doctor")
      let alters = try await Program.run(
        ["verify", "--alters"] + database, environment: environment)
      #expect(alters.ending == .exit(0), "\(alters.remarks)")
      let statements = alters.output.split(separator: "\n").filter { !$0.hasPrefix("--") }
      #expect(!statements.joined().contains("[HIDDEN]"), "a statement that would store the mask")
      for name in ["own/works.sql", "own/fails.sql", "own/unparsed.sql"] {
        try FileManager.default.removeItem(atPath: scratch.path(name))
      }
      try expectNowhere("TOPSECRET", in: scratch.path(""))
      try await client.execute(Query("DROP DATABASE exportbench_secrets"))
    }
  }
}
