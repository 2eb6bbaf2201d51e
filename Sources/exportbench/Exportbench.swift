// The root command: groups of subcommands, and how the process ends. Commands parse arguments and
// choose exit codes; the modules do the work.

import ArgumentParser
import Engine
import Foundation

struct Exportbench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exportbench",
    abstract: "Measure the cost of exporting observability tables from ClickHouse.",
    discussion: """
      Measures memory, time and reads of export paths over growing windows on a real ClickHouse, \
      and what a materialized view costs per insert. Judges claims by confidence intervals.

      EXAMPLE: exportbench run Benchmarks/smoke.yaml

      EXIT CODES: 0 done; 1 and 2 a gate failed (see the command's help); 64 wrong arguments; \
      65 invalid input; 69 no usable server or engine; 70 an internal error; 73 output that cannot \
      be written; 75 --max-server-memory stopped it; 130 interrupted; 141 the reader of standard \
      output closed it.
      """,
    version: toolVersion,
    // Hidden commands.
    subcommands: [SupervisorCommand.self, RequestsCommand.self],
    groupedSubcommands: [
      CommandGroup(name: "Measure", subcommands: [RunCommand.self, LoadCommand.self]),
      CommandGroup(
        name: "Conclude",
        subcommands: [
          CompareCommand.self, ReportCommand.self, CapacityCommand.self, RegimesCommand.self,
          BaselineCommand.self, ThresholdsCommand.self, MergeCommand.self, CiteCommand.self,
        ]),
      CommandGroup(
        name: "Data",
        subcommands: [
          GenerateCommand.self, ProfileCommand.self, ExportCommand.self, MigrateCommand.self,
        ]),
      CommandGroup(
        name: "Operate",
        subcommands: [
          VerifyCommand.self, BackfillCommand.self, DoctorCommand.self, GrantsCommand.self,
          CleanupCommand.self, EngineCommand.self,
        ]),
      CommandGroup(name: "List", subcommands: [ListCommand.self]),
    ])
}

/// Recorded in manifests.
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
    // Writing to a closed pipe or beyond the file size limit fails that write instead of ending the
    // process.
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
