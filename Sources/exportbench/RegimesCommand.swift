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
    if let chart {
      guard let drawing = Drawing() else {
        throw UserError.usage("no chart renderer is installed; run \(Drawing.remedy)")
      }
      do {
        // A page may be dark, and the chart's text is not.
        let specification = found.chart.specification.with(["background": "#fefefe"])
        let svg = try drawing.svgs(of: [specification.line])
        try OutputFile.write(svg.joined() + "\n", to: chart)
      } catch let failure as Drawing.Failure { throw UserError.usage("\(failure)") }
    }
    if csv { return try Output.text(CSV.document(found.regimes)) }
    try Output.text(TerminalReport(width: 100, colour: Terminal.colours).render(found))
  }
}
