// The command line: which commands there are, and how any of them ends.
//
// Commands are thin: arguments in, exit code out. What they do is in the rooms.

import ArgumentParser
import Engine
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

      EXIT CODES: 0 done; 1 and 2 what a command's gate says; 64 wrong arguments; 65 a wrong \
      input; 69 no server or engine; 70 a fault of exportbench; 73 output that cannot be written; \
      75 a guard stopped it; 130 interrupted. The help of each command says which are its own.
      """,
    version: toolVersion,
    subcommands: [
      RunCommand.self, LoadCommand.self, CompareCommand.self, BaselineCommand.self,
      ThresholdsCommand.self,
      CapacityCommand.self, ReportCommand.self, MergeCommand.self, VerifyCommand.self,
      BackfillCommand.self,
      ProfileCommand.self,
      CiteCommand.self, GenerateCommand.self, ExportCommand.self, MigrateCommand.self,
      ListCommand.self,
      DoctorCommand.self, GrantsCommand.self, CleanupCommand.self, EngineCommand.self,
      SupervisorCommand.self, RequestsCommand.self,
    ])
}

/// The version that manifests carry.
let toolVersion = "0.2.0"

@main enum Main {
  static func main() async {
    StandardStream.reserve()
    // Before anything asynchronous: the supervisor must stay on the main thread.
    if CommandLine.arguments.dropFirst().first == Supervisor.commandName {
      do {
        try SupervisorCommand.parse(Array(CommandLine.arguments.dropFirst(2))).run()
      } catch { ExitStatus.exit(with: error) }
      return
    }
    // A pipe that its reader closed, and a file that is too large, are errors of that write and not
    // the end of the process.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    let work = Task { try await perform() }
    let interrupts = Interrupts { work.cancel() }
    do {
      try await work.value
    } catch {
      if interrupts.happened {
        ExitStatus.exit(.interrupted, "interrupted")
      }
      ExitStatus.exit(with: error)
    }
    ExitStatus.exit(interrupts.happened ? .interrupted : .done, nil)
  }

  private static func perform() async throws {
    var command: any ParsableCommand
    do { command = try Exportbench.parseAsRoot() } catch {
      let code = Exportbench.exitCode(for: error)
      ExitStatus.exit(parsing: error, isMistake: code != .success)
    }
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
  }
}
