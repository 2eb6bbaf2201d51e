// `exportbench doctor`: checks the machine and the server before a run.

import ArgumentParser
import ClickHouseClient
import Doctor
import Engine
import Foundation
import Probes
import Reports

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the machine, engine, server and permissions.",
    discussion: """
      Checks the server that a run would use: --url or CLICKHOUSE_URL; otherwise --engine, a \
      clickhouse on the PATH, or the embedded engine, started for the check. Prints what each \
      finding means for measurements. All queries run with readonly = 2.

      EXAMPLE: exportbench doctor

      EXAMPLE: exportbench doctor --url https://clickhouse.example:8443 --user bench --json

      \(ExitCodes.doctor.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "Embedded engine such as 25.8, or path of a clickhouse binary.")
  var engine: String?

  @Flag(help: "Print one JSON array.")
  var json = false

  func run() async throws {
    var found = MachineExamination.observations()
    found += try await examineServer()
    if json {
      try Output.text(Terminal.json(found))
    } else {
      try Output.text(Terminal.report().render(found.map(Self.line)))
    }
    guard found.contains(where: { $0.weight == .obstacle }) else { return }
    throw GateFailure(.server, "a run cannot work here; see the lines marked ✗")
  }

  /// A failure to start an engine is a finding as well.
  private func examineServer() async throws -> [Observation] {
    do {
      let target = try await server.target(engine: engine)
      if case .embedded(let engine, _) = target {
        Terminal.say("starting \(engine.kind.rawValue) \(engine.name) for the check")
      }
      let folder = NSTemporaryDirectory() + "exportbench-doctor-\(getpid())"
      return try await target.use(folder: folder, keep: false) { endpoint, processID in
        var endpoint = endpoint
        // An embedded server's log tables do not exist before the first flush.
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
