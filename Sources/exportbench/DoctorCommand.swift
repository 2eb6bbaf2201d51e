// `exportbench doctor`: can a run work here, and how far can its numbers be trusted?

import ArgumentParser
import ClickHouseClient
import Doctor
import Engine
import Foundation
import Probes
import Reports

/// Examines the machine and the server of a run.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check machine, engine, server and rights, and say what each means for the numbers.",
    discussion: """
      Looks at what a run would use: the server of --url or CLICKHOUSE_URL; else the engine of \
      --engine, or a clickhouse on the PATH, or the embedded one, started for the moment. Every \
      question carries readonly = 2: nothing is made and no setting changed.

      EXAMPLE: exportbench doctor

      EXAMPLE: exportbench doctor --url https://clickhouse.example:8443 --user bench --json

      \(ExitCodes.doctor.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "An embedded engine such as 25.8, or the path of a clickhouse binary.")
  var engine: String?

  @Flag(help: "Print one JSON array.")
  var json = false

  func run() async throws {
    var found = MachineExamination.observations()
    found += try await examineServer()
    if json {
      try Output.text(Terminal.json(found))
    } else {
      let report = TerminalReport(width: min(Terminal.width, 110), colour: Terminal.colours)
      try Output.text(report.render(found.map(Self.line)))
    }
    guard found.contains(where: { $0.weight == .obstacle }) else { return }
    throw GateFailure(status: .server, sentence: "a run cannot work here; see what is marked ✗")
  }

  /// What stands in the way of starting an engine is a finding as well.
  private func examineServer() async throws -> [Observation] {
    do {
      let target = try await server.target(engine: engine)
      if case .embedded(let engine, _) = target {
        Terminal.say("starting \(engine.kind.rawValue) \(engine.name) to look at it")
      }
      let folder = NSTemporaryDirectory() + "exportbench-doctor-\(getpid())"
      return try await target.use(folder: folder, keep: false) { endpoint, processID in
        var endpoint = endpoint
        // Of a server that is ours, the logs are not there before they are flushed.
        if processID != nil { try await Client(endpoint).execute(Query("SYSTEM FLUSH LOGS")) }
        endpoint.guards.isReadOnly = true
        let client = Client(endpoint)
        return try await ServerMemoryGuard.watch(client) {
          try await ServerExamination(client).observations()
        }
      }
    } catch let error as ServerError {
      return [
        Observation(subject: "engine", weight: .obstacle, finding: "none", meaning: "\(error)")
      ]
    }
  }

  private static func line(_ found: Observation) -> AdviceLine {
    let mark: AdviceLine.Mark =
      switch found.weight {
      case .good: .good
      case .caution: .caution
      case .obstacle: .bad
      }
    return AdviceLine(
      mark: mark, subject: found.subject, finding: found.finding, meaning: found.meaning)
  }
}
