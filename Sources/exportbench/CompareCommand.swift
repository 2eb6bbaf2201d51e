// `exportbench compare`: compares runs and fails if the last one is worse.

import Analysis
import ArgumentParser
import CSVRecords
import Failures
import Files
import Foundation
import Reports

struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare runs and fail on a regression.",
    discussion: """
      Fails on regressions of memory, rows, bytes and disk, on failed attempts, wrong rows and \
      missing cells; time is advisory. A figure is a regression if it grows by more than its \
      threshold and the growth is significant after correction for the number of figures. Runs are \
      folders, or files written by 'exportbench baseline'; the last one is the candidate. With \
      several bases it is compared with each; the correction covers all figures of all bases, and \
      the worst comparison determines the exit code.

      EXAMPLE: exportbench compare results/reference/gate-25.8.json results/mine --confirm

      EXAMPLE: exportbench compare results/last-week results/yesterday results/today --thresholds \
      results/reference/thresholds.csv --threshold memory_peak_bytes=0.1

      \(ExitCodes.compare.help)
      """)

  @Argument(
    help: ArgumentHelp(
      "One or more base runs, then the candidate.",
      valueName: "run"))
  var runs: [String]

  @Option(help: "File written by 'exportbench thresholds'.")
  var thresholds = "results/reference/thresholds.csv"

  @Option(help: "Threshold of a figure, such as memory_peak_bytes=0.3 for 30 %; repeatable.")
  var threshold: [String] = []

  @Flag(help: "Measure suspected regressions again before failing.")
  var confirm = false

  @Flag(help: "Compare only cells of both runs; missing cells are no failure.")
  var common = false

  @Option(help: "Also write the report as Markdown to this file.")
  var markdown: String?

  @Option(help: "Also write JUnit XML to this file.")
  var junit: String?

  @Option(help: "Also write the comparison as JSON to this file.")
  var json: String?

  @Option(help: "Append one line of JSON for each base to this file.")
  var history: String?

  @Flag(help: "Also print GitHub Actions annotations: '::error …'.")
  var annotations = false

  func run() async throws {
    let bases = try runs.dropLast().map { try Baseline(reading: $0) }
    let new = try Baseline(reading: candidate)
    let limits = try readThresholds()
    var found = try Comparison.all(
      bases: bases, candidate: new, thresholds: limits, commonOnly: common)
    if confirm { found = try await confirmed(found, bases, new, limits) }
    try write(found.map { MarkdownReport().render($0) }.joined(separator: "\n"), to: markdown)
    try write(JUnitReport().render(found), to: junit)
    try write(ComparisonJSON().render(found), to: json)
    if let history {
      try append(found.map { HistoryLine().render($0, of: new) }.joined(), to: history)
    }
    try Output.text(found.map { Terminal.report().render($0) }.joined(separator: "\n"))
    if found.count > 1 {
      try Output.line("\n\(found[0].candidate) compared with \(found.count) bases")
      for comparison in found { try Output.line("  \(comparison.base): \(comparison.headline)") }
    }
    if annotations { try Output.text(AnnotationReport().render(found)) }
    try Self.checkGate(found)
  }

  func validate() throws {
    guard runs.count > 1 else {
      throw ValidationError("compare needs at least one base and the candidate.")
    }
    let bases = runs.dropLast()
    if let twice = bases.first(where: { name in bases.count { $0 == name } > 1 }) {
      throw ValidationError("The base \(twice) is given twice; give it once.")
    }
  }

  var candidate: String { runs.last ?? "" }

  static func checkGate(_ found: [Comparison]) throws {
    for found in found {
      guard let first = found.faults.first?.sentence ?? found.regressions.first?.sentence else {
        continue
      }
      throw GateFailure(.refuted, "\(found.candidate) is worse than \(found.base): \(first)")
    }
    if let first = found.flatMap(\.suspects).first {
      throw GateFailure(
        .inconclusive, "undecided: \(first.sentence); measure with more repeats, or use --confirm")
    }
  }

  private func readThresholds() throws -> Thresholds {
    var limits = Thresholds()
    do {
      limits.measured =
        try CSV.parse(Threshold.self, try Files.bytes(of: thresholds), file: thresholds).records
    } catch let failure as FileError
      where failure.isAbsence && thresholds == "results/reference/thresholds.csv"
    {
      // A default file that does not exist means: every figure has its default threshold.
    } catch let failure as FileError where failure.isAbsence {
      throw UserError.input(
        "\(failure); write it with: exportbench thresholds RUN RUN RUN > \(thresholds)")
    }
    for text in threshold {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let share = Double(parts[1]), (0...100).contains(share) else {
        throw UserError.usage(
          "--threshold \(text) is not FIGURE=SHARE; write it like memory_peak_bytes=0.3")
      }
      guard Baseline.figureNames.contains(parts[0]) else {
        throw UserError.usage(
          "--threshold names '\(parts[0])', which is not compared; write one of "
            + Baseline.figureNames.joined(separator: ", "))
      }
      limits.given[parts[0]] = share
    }
    return limits
  }

  private func write(_ text: String, to file: String?) throws {
    if let file { try OutputFile.write(text, to: file) }
  }

  /// One write, so that the line is complete or absent.
  private func append(_ line: String, to file: String) throws {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(.append, file) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do { try handle.write(contentsOf: Data(line.utf8)) } catch {
      throw FileError(.append, file, error)
    }
  }
}

extension Baseline {
  init(reading path: String) throws {
    let isFolder: Bool
    do { isFolder = try Files.isFolder(path) } catch {
      guard error.isAbsence else { throw error }
      throw UserError.input("\(error); give the folder of a run or a baseline file")
    }
    if isFolder {
      let run = try RecordedRun(reading: path)
      self.init(manifest: run.manifest, records: run.records)
      return
    }
    try self.init(json: try Files.bytes(of: path), file: path)
  }
}
