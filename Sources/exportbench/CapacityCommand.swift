// `exportbench capacity`: predicts memory, storage and write cost from recorded runs.

import Analysis
import ArgumentParser
import CapacityModel
import Failures
import Foundation
import Reports
import Units

struct CapacityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capacity",
    abstract: "Predict memory, storage and write cost from runs.",
    discussion: """
      Fits a formula for each path and merge state, prints its error on windows left out of the \
      fit, and predicts other sizes with intervals. Predictions beyond four times the measured \
      range need --extrapolate. Contacts no server.

      Several runs, or a sweep, separate more terms: windows, duplicates, row width and parts. \
      A run with 'writes' adds the cost of inserts after merges have settled.

      EXAMPLE: exportbench capacity results/reference/crossover --rows-per-day 40M --versions 2.3 \
      --payload 12KiB --retention 90d --memory-limit 16GiB --extrapolate

      \(ExitCodes.files.help)
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case terminal, markdown
  }

  @Argument(help: "Folders of runs or sweeps.")
  var runs: [String]

  @Option(help: "Rows inserted per day, all versions.")
  var rowsPerDay: String

  @Option(help: "Versions of an id in the table before merges drop old ones.")
  var versions = 1.0

  @Option(help: "Uncompressed bytes of a row: data_uncompressed_bytes / rows.")
  var payload: String

  @Option(help: "Time for which rows are kept, such as 30d.")
  var retention = "30d"

  @Option(help: "Exported windows, separated by commas.")
  var windows = "20m,1h,1d,7d"

  @Option(help: "Memory limit of an export: prints the largest safe window.")
  var memoryLimit: String?

  @Option(help: "Memory peak: prints the window that would cause it.")
  var peak: String?

  @Option(help: "Parts that an export reads before merges (default: as in the runs).")
  var parts: Int?

  @Option(help: "Exported project's share of all rows, above 0 and up to 1.")
  var projectShare = 1.0

  @Option(help: "Rows per insert; selects the measured inserts to use.")
  var rowsPerInsert = "1k"

  @Option(help: "Only these export paths, separated by commas.")
  var paths: String?

  @Option(help: "Only these merge states, separated by commas.")
  var mergeStates: String?

  @Flag(help: "Predict beyond four times the measured range.")
  var extrapolate = false

  @Option(help: "Output format: terminal or markdown.")
  var format = Format.terminal

  @Flag(help: "Print JSON, with every cross-validation prediction.")
  var json = false

  func run() throws {
    let found: CapacityFindings
    do { found = try CapacityFindings(try recorded(), try question()) } catch let refusal
      as CapacityRefusal
    { throw UserError.usage("\(refusal)") }
    if json {
      try Output.text(found.json())
    } else if format == .markdown {
      try Output.text(MarkdownReport().render(found))
    } else {
      try Output.text(TerminalReport(width: 100, colour: Terminal.colours).render(found))
    }
  }

  private static let rowsMax = 1_000_000_000_000_000

  private func question() throws -> CapacityQuestion {
    let spans = try windows.split(separator: ",").map { try TimeSpan(parsing: String($0)) }
    var question = try CapacityQuestion(
      rowsPerDay: Double(
        try Count(parsing: rowsPerDay, of: "--rows-per-day", in: 0...Self.rowsMax).value),
      versions: versions,
      rowBytes: Double(
        try ByteCount(parsing: payload, of: "--payload", in: 0...1 << 40).bytes),
      retentionMs: Double(try TimeSpan(parsing: retention).milliseconds),
      windowsMs: spans.map(\.milliseconds))
    func size(_ text: String?, _ option: String) throws -> Double? {
      try text.map { Double(try ByteCount(parsing: $0, of: option, in: 1...1 << 60).bytes) }
    }
    guard projectShare > 0, projectShare <= 1 else {
      throw UserError.usage("--project-share is \(projectShare); it must be above 0 and at most 1")
    }
    question.projectShare = projectShare
    question.parts = try parts.map {
      Double(try within($0, of: "--parts", in: 1...1_000_000))
    }
    question.memoryLimitBytes = try size(memoryLimit, "--memory-limit")
    question.peakBytes = try size(peak, "--peak")
    question.rowsPerInsert = Double(
      try Count(parsing: rowsPerInsert, of: "--rows-per-insert", in: 1...Self.rowsMax).value)
    question.extrapolate = extrapolate
    return question
  }

  private func recorded() throws -> [CapacityRun] {
    let (wantedPaths, wantedStates) = (Self.names(paths), Self.names(mergeStates))
    var found = try CapacityRun.all(in: runs)
    for place in found.indices {
      if let wantedPaths {
        found[place].records.samples.removeAll { !wantedPaths.contains($0.path) }
      }
      if let wantedStates {
        found[place].records.samples.removeAll { !wantedStates.contains($0.mergeState) }
        found[place].records.storage.removeAll { !wantedStates.contains($0.mergeState) }
      }
    }
    try refuseUnknown(wantedPaths, of: found.flatMap { $0.manifest.paths.map(\.name) }, "path")
    try refuseUnknown(wantedStates, of: found.flatMap { $0.manifest.mergeStates }, "merge state")
    return found
  }

  private static func names(_ list: String?) -> Set<String>? {
    list.map { Set($0.split(separator: ",").map(String.init)) }
  }

  private func refuseUnknown(_ wanted: Set<String>?, of known: [String], _ what: String) throws {
    guard let missing = wanted?.sorted().first(where: { !known.contains($0) }) else { return }
    throw UserError.usage(
      "no run measured the \(what) '\(missing)'; measured: "
        + Set(known).sorted().joined(separator: ", "))
  }
}
