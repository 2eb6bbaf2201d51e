// `exportbench merge`: combines the results of several drivers.

import Analysis
import ArgumentParser
import Foundation
import Reports
import RunSession
import RunStore

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Combine the results of several drivers into one run.",
    discussion: """
      All drivers must have used the same benchmark, dataset, seed, paths, settings and versions, \
      and each share must be present once. Otherwise the first difference is printed and nothing \
      is written. Everything is computed from the files of the runs; no server is contacted.

      EXAMPLE: exportbench merge results/driver-1 results/driver-2 --output results/whole

      \(ExitCodes.files.help)
      """)

  @Argument(help: "Folders of the drivers, in any order.")
  var runs: [String]

  @Option(help: "Folder for the combined run; must not exist.")
  var output: String

  func run() throws {
    let merge = try RunMerge(try runs.map { ($0, try RecordedRun(reading: $0)) })
    let folder = try RunFolder(creating: output)
    let findings = try merge.write(
      into: folder, arguments: CommandLine.arguments.dropFirst().map { $0 })
    try ResultsFolder.writeReport(findings, in: folder)
    try Output.text(Terminal.report().render(findings))
  }
}
