// `exportbench merge`: what several drivers measured, as one run.

import Analysis
import ArgumentParser
import Foundation
import Reports
import RunSession
import RunStore

/// Merges the parts of a run, or of a load.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Make one run, or load, of what several drivers measured, each with its --driver.",
    discussion: """
      The parts must be of one plan: the same benchmark, dataset, seed, paths, settings and \
      versions, each part once and none missing; the first difference is named, and nothing is \
      written. \
      Everything is computed from the runs' files; no server is asked.

      EXAMPLE: exportbench merge results/part-1 results/part-2 --output results/whole

      \(ExitCodes.files.help)
      """)

  @Argument(help: "The folders of the drivers, in any order.")
  var runs: [String]

  @Option(help: "The folder for the one run; it must not exist.")
  var output: String

  func run() throws {
    let merge = try RunMerge(try runs.map { ($0, try RecordedRun(reading: $0)) })
    let folder = try RunFolder(creating: output)
    let findings = try merge.write(
      into: folder, arguments: CommandLine.arguments.dropFirst().map { $0 })
    RunCommand.sayWhere(try ReportFiles(in: folder.path).write(findings, folder.records))
    let report = TerminalReport(width: min(Terminal.width, 110), colour: Terminal.colours)
    try Output.text(report.render(findings))
  }
}
