// `exportbench run --resume`: continues a run or a sweep from its folder.

import Analysis
import Failures
import RunStore

/// A run or a sweep that is resumed.
struct RunResumption {
  /// The command that resumes it.
  private let command: RunCommand
  private let path: String

  init(_ command: RunCommand, in path: String) { (self.command, self.path) = (command, path) }

  func run() async throws {
    guard !SweepFolder.isThere(path) else { return try await resumeSweep() }
    let folder = try RunFolder(resuming: path)
    guard let begun = folder.resumed else { return }
    guard begun.loadTest == nil else {
      throw UserError.input(
        "\(folder.path) is a load test, whose phases belong together, so it cannot be resumed; "
          + "read it with: exportbench report \(folder.path.shellWord)")
    }
    try refuseOptions(beside: ["--engine"])
    if begun.complete {
      Terminal.say("\(folder.path) is complete; reporting from its files")
      return try command.report(try folder.conclude(begun), in: folder)
    }
    let asked = try Sweep(arguments: begun.arguments, server: nil).members[0].command
    // Only the server's address may differ from the beginning; without one it is as before.
    let saysServer = !command.engine.isEmpty || command.server.url != nil
    var chosen = saysServer ? command : asked
    chosen.server.guards = asked.server.guards.resumed(with: command.server.guards)
    let target = try await chosen.chooseTarget()
    Terminal.say(
      "resuming \(folder.path), where \(folder.records.samples.count) attempts are recorded")
    let plan = try asked.readPlan(arguments: begun.arguments)
    try command.report(try await command.measure(plan, on: target, into: folder), in: folder)
  }

  private func resumeSweep() async throws {
    try refuseOptions(beside: [])
    let folder = try SweepFolder(resuming: path)
    let sweep = try Sweep(arguments: folder.manifest.arguments, server: command.server)
    try await sweep.resume(in: folder)
  }

  /// Refuses options beside `--resume` but those of the server and of the report.
  private func refuseOptions(beside further: [String]) throws {
    let given = CommandLine.arguments.dropFirst(2).filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
    let allowed =
      [
        "--resume", "--gate", "--url", "--cluster", "--user", "--ca-file", "--insecure",
        "--max-server-memory",
      ] + further
    if let extra = given.first(where: { !allowed.contains($0) }) {
      throw UserError.usage(
        "\(extra) cannot be used with --resume, which keeps the run's arguments; remove it")
    }
  }
}
