// What a message advises works: advised commands are run, and advised options exist.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct RemedyTests {
    private let scratch = Scratch()

    /// The commands in a message, as words of a shell.
    private func advised(in remarks: String) -> [String] {
      let ends: Set<String> = ["prints", "makes", "describes", "and", "again", "which"]
      return remarks.matches(of: /exportbench ([a-z][^;\n]*)/).map { match in
        var words: [String] = []
        for word in match.1.split(separator: " ") where !ends.contains(words.last ?? "") {
          words += word.hasSuffix(",") ? [String(word.dropLast()), "and"] : [String(word)]
        }
        return words.prefix { !ends.contains($0) }.joined(separator: " ")
      }
    }

    /// Runs a line of a shell in which `exportbench` is the program.
    private func shell(
      _ line: String, _ environment: [String: String] = [:]
    ) async throws -> Program.Result {
      let program = Program(
        [], environment: environment.merging(["LINE": line]) { $1 },
        through: ["/bin/sh", "-c", #"exportbench() { "$0" "$@"; }; eval "$LINE""#])
      return try await program.result()
    }

    /// Checks that a mistake advises this command, which then works.
    @discardableResult
    private func expect(
      _ advice: String, after arguments: [String], adding extra: String = "",
      _ environment: [String: String] = [:]
    ) async throws -> Program.Result {
      let wrong = try await Program.run(arguments, environment: environment)
      #expect(advised(in: wrong.remarks).contains(advice), "\(arguments): \(wrong.remarks)")
      let right = try await shell("exportbench \(advice)\(extra)", environment)
      #expect(right.ending == .exit(0), "\(advice): \(right.remarks)")
      return right
    }

    @Test func commandsOfMessagesThatNeedNoServer() async throws {
      let run = "Tests/Fixtures/claim"
      try await expect("load load-smoke", after: ["run", "load-smoke"], adding: " --dry-run")
      try await expect(
        "run Benchmarks/smoke.yaml", after: ["load", "smoke"], adding: " --dry-run")
      // A folder whose name is several words to a shell, with a run that did not end.
      let folder = scratch.path("it's a run")
      try FileManager.default.copyItem(atPath: "\(packageFolder)/\(run)", toPath: folder)
      let manifest = try #require(textOfFile("\(folder)/manifest.json"))
      let open = manifest.replacing(/"complete" ?: ?true/, with: #""complete" : false"#)
      #expect(open != manifest)
      try Data(open.utf8).write(to: URL(fileURLWithPath: "\(folder)/manifest.json"))
      let quoted = folder.replacing("'", with: #"'\''"#)
      let said = try await Program.run(["baseline", folder])
      #expect(said.remarks.contains("exportbench run --resume '\(quoted)'"), "\(said.remarks)")
      let page = scratch.write(
        "[1](\(packageFolder)/\(run)/manifest.json \"verdict storage\")\n",
        to: "a page.md")
      let check = ["cite", page, "--runs", "Tests/Fixtures", "--check"]
      try await expect("cite '\(page)' --runs Tests/Fixtures", after: check)
      #expect(try await Program.run(check).ending == .exit(0))
    }

    @Test func commandsOfMessagesAboutDatabases() async throws {
      let (admin, environment) = (try await Administrator(), try await Shared.environment)
      try await expect(
        "migrate up --database 'not there'", after: ["migrate", "down", "--database", "not there"],
        environment)
      let down = try await Program.run(
        ["migrate", "down", "--database", "not there"], environment: environment)
      #expect(down.ending == .exit(0), "what was wrong is right now")
      try await admin.run("DROP DATABASE `not there` SYNC")

      // A database of somebody's without the view: what is printed makes it.
      _ = TinyBenchmark().write(to: scratch)
      let data = scratch.path("tiny-data.yaml")
      let generate = ["generate", data, "--no-view", "--database", "theirs"]
      #expect(try await Program.run(generate, environment: environment).ending == .exit(0))
      try await admin.run("CREATE DATABASE real")
      try await admin.run("RENAME TABLE theirs.observations TO real.observations")
      try await admin.run("DROP DATABASE theirs SYNC")
      for arguments in [
        ["backfill", "--dry-run", "--database", "real"], ["verify", "--database", "real"],
      ] {
        let show = try await expect("migrate show", after: arguments, environment)
        let lines = show.output.split(separator: "\n").prefix { !$0.contains(".down.sql") }
          .filter { !$0.hasPrefix("--") }
        let create = lines.joined(separator: "\n").prefix { $0 != ";" }
        try await admin.client.execute(Query(String(create), database: "real"))
        let now = try await Program.run(arguments, environment: environment)
        #expect(now.ending == .exit(0), "\(now.remarks)")
        try await admin.run("DROP TABLE real.observations_export_mv SYNC")
      }
      // A frontier needs a dataset, and a profile makes one.
      let frontier = ["run", "frontier", "--database", "real", "--output", scratch.path("f")]
      let refused = try await Program.run(frontier, environment: environment)
      #expect(advised(in: refused.remarks) == ["profile"], "\(refused.remarks)")
      let ours = scratch.path("ours.yaml")
      let profiled = try await Program.run(
        ["profile", "--database", "real", "--output", ours], environment: environment)
      #expect(advised(in: profiled.remarks) == ["generate \(ours)"])
      for line in [
        "run frontier --windows 1d --dataset \(ours) --dry-run", "generate \(ours) --dry-run",
      ] {
        let result = try await shell("exportbench \(line)")
        #expect(result.ending == .exit(0), "\(result.remarks)")
      }
      try await admin.run("DROP DATABASE real SYNC")
    }

    @Test func aRightThatIsLackingIsAmongTheGrants() async throws {
      let admin = try await Administrator()
      try await admin.run("CREATE USER OR REPLACE beggar IDENTIFIED BY 'beggar-pw'")
      try await admin.run("CREATE DATABASE lacking")
      try await admin.run(
        """
        CREATE TABLE lacking.observations (project_id String, start_time DateTime64(3))
        ENGINE = Memory
        """)
      try await expect(
        "grants", after: ["export", "--database", "lacking", "--output", scratch.path("x")],
        admin.environment(of: "beggar"))
      try await admin.run("DROP USER beggar")
      try await admin.run("DROP DATABASE lacking SYNC")
    }

    @Test func theServerThatIsAdvisedStarts() async throws {
      let wrong = try await Program.run(["export", "--output", scratch.path("x")])
      #expect(advised(in: wrong.remarks) == ["engine start"])
      let engine = Program(["engine", "start"])
      try await eventually("it says how to reach it") { engine.output.contains("PASSWORD=") }
      engine.send(SIGTERM)
      _ = try await engine.result()
    }

    /// Every command and option that a text of the program names is there.
    @Test func whatTextsNameIsThere() async throws {
      let known = try await KnownCommand.all
      let options = known.values.reduce(into: Set<String>()) { $0.formUnion($1.options) }
        // Of scripts/setup, of programs that are started, and of the hidden commands.
        .union([
          "--help", "--version", "--charts", "--pdeathsig", "--config-file", "--text", "--file",
          "--shares-folder", "--check",
        ])
      let folder = "\(packageFolder)/Sources"
      let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
      for file in files where file.hasSuffix(".swift") {
        let text = try #require(textOfFile("\(folder)/\(file)"))
        for line in text.split(separator: "\n") {
          let code = line.trimmingCharacters(in: .whitespaces)
          guard !code.hasPrefix("//"), code.contains("\"") || !code.contains("(") else { continue }
          for match in code.matches(of: /(?:^|[ "(])(--[a-z][a-z-]+[a-z])/) {
            #expect(options.contains(String(match.1)), "\(file): \(code)")
          }
          for match in code.matches(of: /(?:with|with:|run|by:|; |see) exportbench ([a-z]+)/) {
            #expect(known[String(match.1)] != nil, "\(file): \(code)")
          }
        }
      }
    }
  }
}
