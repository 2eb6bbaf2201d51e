// The hidden command that an embedded server's supervisor runs as; see Server/Supervisor.swift.

import ArgumentParser
import Engine

/// Ends a server when its owner is gone.
struct SupervisorCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Supervisor.commandName, shouldDisplay: false)

  @Option package var folder: String
  @Flag package var keep = false
  @Flag package var sharesFolder = false
  @Option package var file: String?
  @Option package var text: String?
  @Argument(parsing: .postTerminator) package var command: [String]

  package func run() throws {
    Supervisor.run(
      command: command, folder: folder, keep: keep, sharesFolder: sharesFolder,
      file: file.map { ($0, text ?? "") })
  }
}
