// `exportbench baseline` and `exportbench thresholds`: write the inputs of `compare` as files.

import Analysis
import ArgumentParser
import CSVRecords

struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Print a run's figures as a baseline file.",
    discussion: """
      Prints one JSON file with everything that compare needs of a run. Commit it as the baseline.

      EXAMPLE: exportbench baseline results/mine > results/reference/gate-25.8.json

      \(ExitCodes.files.help)
      """)

  @Argument(help: "Folder of the run.")
  var folder: String

  func run() throws {
    let baseline = try Baseline(reading: folder)
    guard baseline.manifest.complete else {
      let remedy =
        baseline.manifest.loadTest == nil
        ? "resume it with: exportbench run --resume \(folder.shellWord)" : "repeat the load"
      throw RecordError(
        "\(folder) is not complete (\(baseline.manifest.status)); \(remedy)")
    }
    try Output.text(baseline.json())
  }
}

struct ThresholdsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "thresholds",
    abstract: "Derive regression thresholds from repeated identical runs.",
    discussion: """
      Compares every pair of runs of one benchmark. The threshold of a figure is 1.5 times its \
      largest change between identical runs. Needs at least three runs of each benchmark, made by \
      one version of exportbench on one machine.

      EXAMPLE: exportbench thresholds results/a results/b results/c > \
      results/reference/thresholds.csv

      \(ExitCodes.files.help)
      """)

  @Argument(help: "Folders of the runs.")
  var runs: [String]

  func run() throws {
    let thresholds = try Thresholds(runs: try runs.map { try Baseline(reading: $0) })
    try Output.text(CSV.document(thresholds.measured))
  }
}
