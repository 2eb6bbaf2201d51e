// What the program says without a server: help, lists, SQL, a plan.

import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct HelpTests {
    @Test func everyCommandShowsAnExample() async throws {
      var waiting: [[String]] = [[]]
      var seen: [String] = []
      while let command = waiting.popLast() {
        let help = try await Program.run(command + ["--help"])
        let name = command.joined(separator: " ")
        #expect(help.ending == .exit(0), "\(name)")
        #expect(help.output.contains("EXAMPLE: exportbench "), "\(name) --help has no example")
        #expect(help.remarks.isEmpty)
        seen.append(name)
        waiting += subcommands(of: help.output).map { command + [$0] }
      }
      #expect(
        Set(seen).isSuperset(of: [
          "", "run", "report", "generate", "export", "verify", "backfill", "profile", "cite",
          "compare",
          "baseline",
          "thresholds", "load", "doctor", "merge", "migrate", "migrate up",
          "migrate down", "migrate show", "list",
          "engine", "engine start", "grants", "cleanup",
        ]))
      #expect(!seen.contains { $0.contains("supervisor") }, "that one is nobody's to call")
    }

    private func subcommands(of help: String) -> [String] {
      KnownCommand.groups(of: help).flatMap(\.commands)
    }

    @Test func commandsAreGrouped() async throws {
      let help = try await Program.run(["--help"]).output
      let groups = KnownCommand.groups(of: help).map { "\($0.name): \($0.commands)" }
      #expect(
        groups == [
          "Measure: \(["run", "load"])",
          "Conclude: "
            + [
              "compare", "report", "capacity", "regimes", "baseline", "thresholds", "merge", "cite",
            ].description,
          "Data: \(["generate", "profile", "export", "migrate"])",
          "Operate: \(["verify", "backfill", "doctor", "grants", "cleanup", "engine"])",
          "List: \(["list"])",
        ])
    }

    @Test func anAbstractIsASentenceOfAtMostTenWords() async throws {
      for (name, command) in try await KnownCommand.all {
        guard name.split(separator: " ").last != "help", !command.isHidden else { continue }
        let words = command.abstract.split(separator: " ")
        #expect((2...10).contains(words.count), "\(name): \(command.abstract)")
        #expect(command.abstract.hasSuffix("."), "\(name): \(command.abstract)")
        #expect(command.abstract.count(where: { ".?!;".contains($0) }) == 1, "\(name)")
        #expect(words.first?.first?.isUppercase == true, "\(name): \(command.abstract)")
      }
    }

    /// The exit codes in the help are those in docs/reference/commands.md.
    @Test func theExitCodesAreInTheHelp() async throws {
      let known = try await KnownCommand.all
      let page = try #require(textOfFile("\(packageFolder)/docs/reference/commands.md"))
      var shown: [String: Set<Int32>] = [:]
      for row in page.split(separator: "\n") where row.hasPrefix("| `") {
        let cells = row.split(separator: "|")
        let codes = cells[1].matches(of: /\b[0-9]+\b/).compactMap { Int32($0.output) }
        for name in cells[0].matches(of: /`([^`]+)`/) { shown[String(name.1)] = Set(codes) }
      }
      for (name, command) in known
      where !name.isEmpty && !["engine-supervisor", "requests", "help"].contains(name) {
        let always: Set<Int32> = [0, 64, 70, 73, 130, 141]
        #expect(command.codes.isSuperset(of: always), "\(name)")
        #expect(
          shown[name] == command.codes.subtracting(always), "\(name) in docs/reference/commands.md")
      }
      let version = try await Program.run(["--version"])
      #expect(version.ending == .exit(0))
      #expect(version.output.split(separator: ".").count == 3)
    }

    @Test func theHelpOfGrantsNamesEveryList() async throws {
      let help = try await Program.run(["grants", "--help"]).output
      let words = Set(help.split { !($0.isLetter || $0 == "-") }.map(String.init))
      let files = namesInFolder("\(packageFolder)/Sources/ExportPaths/SQL/grants")
      #expect(files.count > 10 && files.allSatisfy { words.contains(String($0.dropLast(4))) })
    }

    @Test func listPathsNamesEveryFile() async throws {
      let list = try await Program.run(["list", "paths"])
      #expect(list.ending == .exit(0))
      let files = namesInFolder("\(packageFolder)/Sources/ExportPaths/SQL/paths")
      #expect(files.count >= 2)
      for file in files {
        let text = try #require(
          textOfFile("\(packageFolder)/Sources/ExportPaths/SQL/paths/\(file)"))
        let idea = text.prefix { !$0.isNewline }.dropFirst("-- idea: ".count)
        #expect(list.output.contains("  \(file.dropLast(4))\n      \(idea)\n"))
      }
      let all = try await Program.run(["list"]).output
      for name in ["limit-by", "smoke", "benchmarks", "datasets", "engines"] {
        #expect(all.contains(name))
      }
    }

    @Test(arguments: ["unclustered", "clustered"])
    func migrateShowPrintsTheFiles(form: String) async throws {
      let shown = try await Program.run(["migrate", "show", "--form", form])
      #expect(shown.ending == .exit(0))
      let folder = "\(packageFolder)/Sources/ExportPaths/SQL/migrations"
      #expect(namesInFolder(folder).count >= 2)
      for file in namesInFolder(folder) {
        let text = try #require(textOfFile("\(folder)/\(file)"))
          .replacing(#/\/\*clustered:([^*]*)\*\//#) { form == "clustered" ? $0.1 : "" }
        #expect(shown.output.contains("-- \(file)\n\(text)"))
      }
      #expect(!shown.output.contains("/*"))
      #expect(shown.output.contains(" ON CLUSTER default SYNC;") == (form == "clustered"))
    }

    @Test func aDryRunAsksNoServerAndWritesNothing() async throws {
      let server = FakeServer([.stall])
      let scratch = Scratch()
      let dry = try await Program.run(
        ["run", "smoke", "--dry-run", "--repeats", "3", "--output", scratch.path("run")],
        environment: ["CLICKHOUSE_URL": server.url])
      #expect(dry.ending == .exit(0))
      // Three windows, two paths, and a warm-up.
      #expect(dry.output.hasPrefix("24 attempts"))
      #expect(dry.output.contains("  1h: 7 observations in 7 rows\n"))
      #expect(dry.output.contains("LIMIT 1 BY id") && dry.output.contains("FINAL"))
      #expect(dry.output.contains("\nSET max_threads = 10;\n"))
      #expect(server.connections == 0)
      #expect(scratch.names.isEmpty)
    }
  }
}
