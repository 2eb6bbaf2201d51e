// `exportbench capacity`: what a production would need, by the measure of runs.

import Analysis
import ArgumentParser
import CapacityModel
import Foundation
import Reports
import Units

/// Plans for a production.
struct CapacityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capacity",
    abstract: "What would a production need? Memory, storage and write cost, fitted from runs.",
    discussion: """
      Fits a formula for each path and state of merges, shows its error on windows that it has not \
      seen, and answers for other sizes with intervals. Beyond four times what was measured it \
      answers only with --extrapolate. Asks no server.

      Several runs, or the folder of a sweep, tell more terms apart: windows, duplicates, width \
      and parts. A run of 'writes' among them says what inserts cost once merges have settled.

      EXAMPLE: exportbench capacity results/reference/crossover --rows-per-day 40M --versions 2.3 \
      --payload 12KiB --retention 90d --memory-limit 16GiB --extrapolate

      \(ExitCodes.files.help)
      """)

  /// How the plan is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case terminal, markdown
  }

  @Argument(help: "Folders of runs or sweeps.")
  var runs: [String]

  @Option(help: "Rows inserted in a day, all versions.")
  var rowsPerDay: String

  @Option(help: "Rows of an id that lie in the table until merges drop the older ones.")
  var versions = 1.0

  @Option(help: "Bytes of a row, all columns, uncompressed: data_uncompressed_bytes / rows.")
  var payload: String

  @Option(help: "How long rows are kept.")
  var retention = "30d"

  @Option(help: "Windows that are exported, separated by commas.")
  var windows = "20m,1h,1d,7d"

  @Option(help: "The memory that an export may take: asks for the largest safe window.")
  var memoryLimit: String?

  @Option(help: "A peak to explain: asks which window would make it.")
  var peak: String?

  @Option(help: "Parts that an export reads before merges; by default as many as the runs had.")
  var parts: Int?

  @Option(help: "The share of all rows that the exported project has, above 0 and up to 1.")
  var projectShare = 1.0

  @Option(help: "Rows of an insert: which of the measured inserts stand for yours.")
  var rowsPerInsert = "1k"

  @Option(help: "Only these paths, separated by commas.")
  var paths: String?

  @Option(help: "Only these states of merges, separated by commas.")
  var mergeStates: String?

  @Flag(help: "Answer also more than four times beyond what was measured.")
  var extrapolate = false

  @Option(help: "terminal or markdown.")
  var format = Format.terminal

  @Flag(help: "Write JSON, with every prediction of a window that was left out.")
  var json = false

  func run() throws {
    let found: CapacityFindings
    do { found = try CapacityFindings(try recorded(), try question()) } catch let refusal
      as CapacityRefusal
    { throw UsageError(sentence: "\(refusal)") }
    if json {
      try Output.text(found.json())
    } else if format == .markdown {
      try Output.text(MarkdownReport().render(found))
    } else {
      let report = TerminalReport(width: 100, colour: Terminal.colours)
      try Output.text(report.render(found))
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
      throw UsageError(sentence: "--project-share is \(projectShare); it is above 0 and up to 1")
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

  /// The runs, those of sweeps one by one, with the attempts on the paths that were asked for.
  private func recorded() throws -> [CapacityRun] {
    let folders = try runs.flatMap { folder -> [(name: String, path: String)] in
      let trimmed = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
      let name = URL(fileURLWithPath: trimmed).lastPathComponent
      guard SweepFolder.isThere(trimmed) else { return [(name, trimmed)] }
      return try SweepFolder.manifest(in: trimmed).members.map {
        ("\(name)/\($0.name)", "\(trimmed)/\($0.name)")
      }
    }
    guard Set(folders.map(\.path)).count == folders.count else {
      throw UsageError(sentence: "a run is named twice, and would count twice; name each once")
    }
    let (wantedPaths, wantedStates) = (Self.names(paths), Self.names(mergeStates))
    let found = try folders.map { name, path in
      let run = try RecordedRun(reading: path)
      var records = run.records
      if let wantedPaths { records.samples.removeAll { !wantedPaths.contains($0.path) } }
      if let wantedStates {
        records.samples.removeAll { !wantedStates.contains($0.mergeState) }
        records.storage.removeAll { !wantedStates.contains($0.mergeState) }
      }
      return (CapacityRun(name: name, manifest: run.manifest, records: records), run.manifest)
    }
    try refuseUnknown(wantedPaths, of: found.flatMap { $0.1.paths.map(\.name) }, "path")
    try refuseUnknown(wantedStates, of: found.flatMap { $0.1.mergeStates }, "state of merges")
    return found.map(\.0)
  }

  private static func names(_ list: String?) -> Set<String>? {
    list.map { Set($0.split(separator: ",").map(String.init)) }
  }

  private func refuseUnknown(_ wanted: Set<String>?, of known: [String], _ what: String) throws {
    guard let missing = wanted?.sorted().first(where: { !known.contains($0) }) else { return }
    throw UsageError(
      sentence: "no run measured the \(what) '\(missing)'; they have: "
        + Set(known).sorted().joined(separator: ", "))
  }
}
