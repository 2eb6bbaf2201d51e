// Commands, options, exit codes and abstracts, read from the program's own help.

import Foundation
import TestSupport
import Testing

struct KnownCommand: Sendable {
  /// With leading hyphens.
  var options: Set<String> = []
  /// From the paragraph `EXIT CODES`.
  var codes: Set<Int32> = []
  var abstract = ""
  var isHidden = false

  /// By name, such as `migrate up`; the root command is the empty name.
  static var all: [String: KnownCommand] { get async throws { try await reading.value } }

  private static let reading = Task {
    let printed = try await Program.run(["--experimental-dump-help"])
    let dump = try JSONDecoder().decode(Dump.self, from: Data(printed.output.utf8))
    var found: [String: KnownCommand] = [:]
    collect(dump.command, under: [], into: &found)
    return found
  }

  private struct Dump: Decodable { let command: Entry }

  private struct Entry: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable { let name: String }
      let names: [Name]?
    }
    let commandName: String
    let abstract: String?
    let discussion: String?
    let shouldDisplay: Bool
    let arguments: [Argument]?
    let subcommands: [Entry]?
  }

  private static func collect(
    _ entry: Entry, under path: [String], into found: inout [String: KnownCommand]
  ) {
    var command = KnownCommand(
      abstract: entry.abstract ?? "", isHidden: !entry.shouldDisplay)
    for argument in entry.arguments ?? [] {
      command.options.formUnion((argument.names ?? []).map { "--\($0.name)" })
    }
    if let list = entry.discussion?.split(separator: "EXIT CODES: ").dropFirst().first {
      let codes = list.replacing("\n", with: " ").split(separator: "; ")
        .compactMap { Int32($0.prefix { $0.isNumber }) }
      command.codes = Set(codes)
    }
    found[path.joined(separator: " ")] = command
    for inner in entry.subcommands ?? [] {
      collect(inner, under: path + [inner.commandName], into: &found)
    }
  }

  /// Groups of subcommands in the text of `--help`: `Measure` of `MEASURE SUBCOMMANDS:`, and an
  /// empty name for `SUBCOMMANDS:`.
  static func groups(of help: String) -> [(name: String, commands: [String])] {
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.filter { lines[$0].hasSuffix("SUBCOMMANDS:") }.map { start in
      let name = lines[start].dropLast("SUBCOMMANDS:".count).dropLast().capitalized
      let commands = lines[(start + 1)...].prefix { !$0.isEmpty }
        .filter { !$0.hasPrefix("   ") }
        .compactMap { $0.split(separator: " ").first.map(String.init) }
      return (name, commands)
    }
  }
}
