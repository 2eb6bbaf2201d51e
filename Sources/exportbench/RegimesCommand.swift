// `exportbench regimes`: for which month size, parts and window a path needs less memory.

import Analysis
import ArgumentParser
import CapacityModel
import ChartRenderer
import CSVRecords
import Failures
import Foundation
import Reports

struct RegimesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regimes",
    abstract: "Say for which sizes a path needs less memory.",
    discussion: """
      Puts every measured cell on one scale: the bytes that FINAL merges at once (a granule of \
      each part for each thread, or the month where that is less) for each byte of the window. \
      Paths are compared under equal settings profiles. Contacts no server.

      EXAMPLE: exportbench regimes results/reference/crossover --chart regimes.svg

      \(ExitCodes.files.help)
      """)

  @Argument(help: "Folders of runs or sweeps.")
  var runs: [String]

  @Option(help: "Path that is judged.")
  var path = "mv-final"

  @Option(help: "Path that it is compared with.")
  var baseline = "limit-by"

  @Option(help: "Write the chart of all cells to this SVG file.")
  var chart: String?

  @Flag(help: "List every cell.")
  var cells = false

  @Flag(help: "Print the cells as CSV.")
  var csv = false

  func run() throws {
    guard path != baseline else {
      throw UserError.usage("--path and --baseline are both \(path); give two paths")
    }
    var found = try RegimeFindings(
      try CapacityRun.all(in: runs), of: path, to: baseline)
    found.listsCells = cells
    if let chart { try write(found.chart, to: chart) }
    if csv { return try Output.text(CSV.document(found.regimes)) }
    try Output.text(TerminalReport(width: 100, colour: Terminal.colours).render(found))
  }

  private func write(_ chart: Chart, to file: String) throws {
    // A page may be dark, and the chart's text is not.
    let specification = chart.specification.with(["background": "#fefefe"])
    do {
      guard let drawing = Drawing() else {
        throw Drawing.Failure(
          description: "no chart renderer is installed; run \(Drawing.remedy)")
      }
      try OutputFile.write(drawing.svgs(of: [specification.line]).joined() + "\n", to: file)
    } catch let failure as Drawing.Failure { throw UserError.output("\(failure)") }
  }
}
