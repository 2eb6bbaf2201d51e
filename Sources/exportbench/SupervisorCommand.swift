// `exportbench engine-supervisor` (hidden): removes an embedded server whose owner has ended.

import ArgumentParser
import Engine

struct SupervisorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: Supervisor.commandName, shouldDisplay: false)

  @Option var folder: String
  @Flag var keep = false
  @Flag var sharesFolder = false
  @Option var file: String?
  @Option var text: String?
  @Argument(parsing: .postTerminator) var command: [String]

  func run() throws {
    Supervisor.run(
      command: command, folder: folder, keep: keep, sharesFolder: sharesFolder,
      file: file.map { ($0, text ?? "") })
  }
}
