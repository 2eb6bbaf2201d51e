// `exportbench baseline` and `exportbench thresholds`: what comparisons need, as files to commit.

import Analysis
import ArgumentParser
import CSVRecords

/// Prints what comparisons need of a run.
struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Print what comparisons need of a run: one file to commit.",
    discussion: """
      EXAMPLE: exportbench baseline results/mine > results/reference/gate-25.8.json

      \(ExitCodes.files.help)
      """)

  @Argument(help: "The run's folder.")
  var folder: String

  func run() throws {
    let baseline = try Baseline(reading: folder)
    guard baseline.manifest.complete else {
      let remedy =
        baseline.manifest.loadTest == nil
        ? "go on with it by: exportbench run --resume \(folder.shellWord)" : "make the load again"
      throw RecordError(
        "\(folder) is not complete (\(baseline.manifest.status)); \(remedy)")
    }
    try Output.text(baseline.json())
  }
}

/// Learns from runs of the same thing how much runs differ that do not.
struct ThresholdsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "thresholds",
    abstract: "Learn from runs of the same thing from which size on a change is worth an alarm.",
    discussion: """
      Every two runs of one benchmark are compared. Half as much again as the largest change that \
      any figure showed anywhere is its threshold. Takes three runs of each benchmark at least, \
      made by one program on one machine.

      EXAMPLE: exportbench thresholds results/a results/b results/c > \
      results/reference/thresholds.csv

      \(ExitCodes.files.help)
      """)

  @Argument(help: "The runs' folders.")
  var runs: [String]

  func run() throws {
    let thresholds = try Thresholds(runs: try runs.map { try Baseline(reading: $0) })
    try Output.text(CSV.document(thresholds.measured))
  }
}
