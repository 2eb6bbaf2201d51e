// The command line: which commands there are, and how any of them ends.
//
// Commands are thin: arguments in, exit code out. What they do is in the rooms.

import ArgumentParser
import Foundation

/// The root command.
struct Exportbench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exportbench",
    abstract: "What does exporting an observability table from ClickHouse cost, path by path?",
    discussion: """
      Measures the memory, time and reads of every export path over growing windows on a real \
      ClickHouse, what a materialized view costs at each insert, and says which claims hold.

      EXAMPLE: exportbench run Benchmarks/smoke.yaml

      \(ExitStatus.help)
      """,
    version: toolVersion,
    subcommands: [
      RunCommand.self, GenerateCommand.self, MigrateCommand.self, ListCommand.self,
      EngineCommand.self, SupervisorCommand.self,
    ])
}

/// The version that manifests carry.
let toolVersion = "0.1.0"

@main enum Main {
  static func main() async {
    var command: any ParsableCommand
    do { command = try Exportbench.parseAsRoot() } catch { Exportbench.exit(withError: error) }
    // Before anything asynchronous: the supervisor must stay on the main thread.
    if let supervisor = command as? SupervisorCommand {
      do { try supervisor.run() } catch { ExitStatus.exit(with: error) }
      return
    }
    // A pipe that its reader closed is an error of that write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    let work = Task { [command] in
      var command = command
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    }
    let interrupts = Interrupts { work.cancel() }
    do {
      try await withExtendedLifetime(interrupts) { try await work.value }
    } catch {
      if interrupts.happened { ExitStatus.exit(.interrupted, "interrupted; what was measured is kept") }
      ExitStatus.exit(with: error)
    }
    if interrupts.happened { ExitStatus.exit(.interrupted, nil) }
  }
}
