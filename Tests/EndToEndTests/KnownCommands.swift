// What the program says of its own commands, from its machine-readable help: options, exit codes.

import Foundation
import TestSupport
import Testing

/// A command as its help has it.
struct KnownCommand: Sendable {
  /// With leading hyphens.
  var options: Set<String> = []
  /// From the paragraph `EXIT CODES`.
  var codes: Set<Int32> = []

  /// Every command by name, such as `migrate up`; the program itself is ``.
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
    let discussion: String?
    let arguments: [Argument]?
    let subcommands: [Entry]?
  }

  private static func collect(
    _ entry: Entry, under path: [String], into found: inout [String: KnownCommand]
  ) {
    var command = KnownCommand()
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
}
