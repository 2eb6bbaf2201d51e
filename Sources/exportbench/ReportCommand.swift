// `exportbench report`: renders a run, a sweep or two runs as HTML and Markdown.

import Analysis
import ArgumentParser
import Failures
import Foundation
import Units

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report of runs as HTML and Markdown.",
    discussion: """
      The page is self-contained: no network, no script. Its charts are Vega-Lite specifications, \
      written to charts/ beside it. Everything is computed from the files of the run; no server is \
      contacted.

      EXAMPLE: exportbench report results/reference/claim-25.8 --output claim.html

      \(ExitCodes.files.help)
      """)

  @Argument(help: "Folder of a run or sweep; two runs are shown side by side.")
  var runs: [String]

  @Option(
    help: """
      HTML file to write, with Markdown and charts beside it (default: RUN/report.html). Without \
      it, the CSV files computed from the records, such as summary.csv, are also written again.
      """)
  var output: String?

  func run() throws {
    guard runs.count <= 2 else {
      throw UserError.usage("report takes one or two folders, and \(runs.count) were given")
    }
    guard runs.count == 1 || output != nil else {
      throw UserError.usage(
        "the report of two runs belongs to neither folder; give a file with --output FILE.html"
      )
    }
    if let output, !output.hasSuffix(".html") || output.hasSuffix("/.html") {
      throw UserError.usage("--output is \(output); give the name of a page, such as report.html")
    }
    let files = output.map(ReportFiles.init(page:)) ?? ReportFiles(in: runs[0])
    let written = try write(to: files)
    if let note = written.note { Terminal.say("charts omitted: \(note)") }
    try Output.line(
      """
      \(written.page): \(written.note == nil ? plural(written.chartCount) : "no charts"), \
      \(ByteCount(written.pageBytes))
      \(written.markdown)
      """)
    if written.chartCount > 0 { try Output.line("\(written.charts): Vega-Lite specifications") }
  }

  private func plural(_ count: Int) -> String { count == 1 ? "1 chart" : "\(count) charts" }

  private func write(to files: ReportFiles) throws -> ReportFiles.Written {
    if runs.count == 1 {
      guard SweepFolder.isThere(runs[0]) else {
        let run = try RecordedRun(reading: runs[0])
        return try files.write(try run.findings(), run.records)
      }
      let name = URL(fileURLWithPath: runs[0]).lastPathComponent
      return try write(try SweepFolder.members(of: runs[0]), called: name, to: files)
    }
    let names = Self.names(of: runs)
    return try write(
      Array(zip(names, runs)).map { (name: $0, path: $1) },
      called: names.joined(separator: " and "), to: files)
  }

  private func write(
    _ members: [(name: String, path: String)], called name: String, to files: ReportFiles
  ) throws -> ReportFiles.Written {
    let recorded = try members.map { (name: $0.name, run: try RecordedRun(reading: $0.path)) }
    let sweep = SweepFindings(
      name: name,
      members: try recorded.map {
        SweepMember(name: $0.name, findings: try $0.run.findings())
      }, isOneSweep: runs.count == 1)
    return try files.write(sweep, recorded.map(\.run.records))
  }

  /// Their own names, or their paths if the names are equal.
  private static func names(of folders: [String]) -> [String] {
    let last = folders.map { URL(fileURLWithPath: $0).lastPathComponent }
    guard Set(last).count < last.count else { return last }
    return Set(folders).count == folders.count
      ? folders
      : folders.enumerated().map {
        "\($0.offset + 1): \($0.element)"
      }
  }
}
