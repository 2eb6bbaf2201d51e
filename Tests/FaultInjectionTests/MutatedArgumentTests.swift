// Arguments that nobody means: every option of every command with extreme, empty and malformed
// values. The options are the program's own, so that a new one is tried as well.

import Foundation
import TestSupport
import Testing

extension FaultInjectionTests {
  @Suite struct MutatedArgumentTests {
    private let scratch = Scratch()

    // No path among them: what is written stays in the scratch folder.
    private static let values = [
      "", " ", "0", "-0", "-1", "1", "+1", "2", "65", "257", "100000", "2147483648",
      "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
      "99999999999999999999999999", "0x10", "1e3", "1e999", "-1e999", "1e-320", "nan", "inf",
      "-inf",
      "0.5", "1_000", "١٢", "²", "½", "1k", "9G", "9223372036G", "8191PiB", "7EiB", "1TiB", "1KiB",
      "0s", "1ms", "1h", "25000d", "146097d", "146098d", "106751991167d", "-5h", "1,1", ",", "1h,",
      "1/2", "2/1", "0/0", "9223372036854775807/9223372036854775807", "1970-01-01", "1969-12-31",
      "1969-12-31T23:59:59.5", "1900-01-01", "1899-12-31", "2299-12-31T23:59:59.999", "2300-01-01",
      "2026-02-30", "2026-09-01T25:00", "now", "limit-by", "lean", "a-b", "a.b", "`x`", "x'y",
      "💥", "e\u{301}", "\u{202e}abc", "a\nb", "\u{1b}[2J", "%s%n", "true", "--",
      String(repeating: "9", count: 5_000), String(repeating: "x", count: 5_000),
    ]

    /// What a command cannot do without, and what keeps it from a server or an engine.
    private static let bases = [
      "run": "smoke --dry-run", "load": "load-smoke --dry-run",
      "generate": "smoke --dry-run", "compare": "gate.json gate.json",
      "baseline": "nope", "thresholds": "nope", "report": "nope", "merge": "nope --output m",
      "cite": "nope.md", "capacity": "claim --rows-per-day 100k --payload 3KiB --parts 13",
      "regimes": "claim",
      "grants": "", "list": "paths", "migrate show": "", "export": "--output x.parquet",
      "verify": "", "backfill": "--database x", "profile": "", "doctor": "", "cleanup": "",
      "migrate up": "", "migrate down": "", "requests": "",
    ]

    private struct Help: Decodable {
      struct Name: Decodable { let name: String }
      struct Argument: Decodable {
        let kind: String
        let names: [Name]?
      }
      struct Command: Decodable {
        let commandName: String
        let arguments: [Argument]?
        let subcommands: [Command]?
      }
      let command: Command
    }

    /// The options of each command, by the command's full name.
    private func options() async throws -> [String: [String]] {
      let help = try await Program.run(["--experimental-dump-help"])
      let root = try JSONDecoder().decode(Help.self, from: Data(help.output.utf8)).command
      var found: [String: [String]] = [:]
      func visit(_ command: Help.Command, _ name: String) {
        for child in command.subcommands ?? [] {
          visit(child, name.isEmpty ? child.commandName : "\(name) \(child.commandName)")
        }
        found[name] = (command.arguments ?? []).filter { $0.kind == "option" }
          .compactMap { $0.names?.last?.name }
      }
      visit(root, "")
      return found
    }

    private func prepare() throws {
      for name in ["Benchmarks", "datasets"] {
        try FileManager.default.createSymbolicLink(
          atPath: scratch.path(name), withDestinationPath: "\(packageFolder)/\(name)")
      }
      try FileManager.default.copyItem(
        atPath: "\(fixtures)/claim", toPath: scratch.path("claim"))
      scratch.write(try fixtureBaseline(), to: "gate.json")
    }

    @Test func everyOptionOfEveryCommand() async throws {
      try prepare()
      let options = try await options()
      for name in Self.bases.keys {
        #expect(options[name] != nil, "there is no command \(name)")
      }
      let known = Set(Self.bases.keys)
      let untried = options.keys.filter {
        // Groups of commands, help, and what starts a server or is one.
        !known.contains($0) && !["", "migrate", "engine", "engine start"].contains($0)
          && !$0.hasSuffix("help") && $0 != "engine-supervisor"
      }
      #expect(untried.isEmpty, "commands without a base: \(untried)")
      await Faults.trials("arguments", 160) { draws, name in
        let command = draws.one(of: known.sorted())
        var arguments = command.split(separator: " ").map(String.init)
        arguments += (Self.bases[command] ?? "").split(separator: " ").map(String.init)
        let own = (options[command] ?? []).filter { $0 != "url" && $0 != "engine" }
        if options[command]?.contains("url") == true {
          arguments += ["--url", "http://127.0.0.1:1"]
        }
        for _ in 0..<draws.one(of: [1, 1, 2, 3]) {
          guard !own.isEmpty else { break }
          let option = draws.one(of: own)
          let value = draws.one(of: Self.values)
          arguments +=
            Bool.random(using: &draws) ? ["--\(option)=\(value)"] : ["--\(option)", value]
        }
        try await expectEnd(arguments, name)
      }
    }

    private func expectEnd(_ arguments: [String], _ name: Comment) async throws {
      let result = try await Program(
        arguments, environment: ["EXPORTBENCH_ENGINES": scratch.path], folder: scratch.path
      ).result(within: .seconds(60))
      let shown = arguments.map { $0.prefix(60) }.joined(separator: " ")
      let place = Comment(rawValue: "\(shown): \(name)")
      #expect(result.remarks.utf8.count < 6_000, place)
      // The argument parser's words: a sentence, and how the command is used.
      guard !result.remarks.hasPrefix("Error: ") else {
        return #expect(result.ending == .exit(64), place)
      }
      expectSentence(result, [0, 1, 2, 64, 65, 69, 73], place)
    }
  }
}
