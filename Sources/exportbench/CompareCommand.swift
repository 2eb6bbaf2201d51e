// `exportbench compare`: is this run worse than that one?

import ArgumentParser
import Bench
import Foundation
import Reports
import Results

/// Compares two runs, and ends with 1 if the second is worse.
struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two runs, and fail if the second one is worse.",
    discussion: """
      Memory, rows and bytes read and written, disk, failed attempts, wrong rows and missing cells \
      shut the gate; time is advice. A figure is a regression if it has grown by more than its \
      threshold and is told from chance after correction for the number of figures. BASE and \
      CANDIDATE are folders of runs, or files that 'exportbench baseline' wrote.

      EXAMPLE: exportbench compare results/reference/gate-25.8.json results/mine --confirm

      EXIT CODES: 0 no regression; 1 a regression, failed attempts, wrong rows, or a missing \
      cell; 2 a figure grew beyond its threshold, but that may be chance; 64 usage; 65 the runs \
      cannot be read or compared; 69 server or engine; 73 output.
      """)

  @Argument(help: "The run that is the measure: its folder, or a baseline's file.")
  var base: String

  @Argument(help: "The run that is judged: its folder, or a baseline's file.")
  var candidate: String

  @Option(help: "Thresholds that 'exportbench thresholds' wrote.")
  var thresholds = "results/reference/thresholds.csv"

  @Option(help: "A threshold of your own, such as memory_peak_bytes=0.3 for 30 %; may be repeated.")
  var threshold: [String] = []

  @Flag(help: "Measure what is suspected again, as the candidate was measured, before failing.")
  var confirm = false

  @Flag(help: "Compare only what both runs have; what the candidate lacks is no fault.")
  var common = false

  @Option(help: "Also write the report as Markdown to this file.")
  var markdown: String?

  @Option(help: "Also write JUnit XML to this file.")
  var junit: String?

  @Option(help: "Also write everything as JSON to this file.")
  var json: String?

  @Option(help: "Append one line of JSON about the candidate to this file.")
  var history: String?

  @Flag(help: "Also print annotations as GitHub Actions read them: '::error …'.")
  var annotations = false

  func run() async throws {
    let old = try Baseline(reading: base)
    let new = try Baseline(reading: candidate)
    let limits = try readThresholds()
    var found = try Comparison(
      base: old, candidate: new, thresholds: limits, commonOnly: common)
    if confirm, let again = try await measureAgain(found, old, new, limits) {
      found = found.confirmed(by: again)
    }
    try write(MarkdownReport().render(found), to: markdown)
    try write(JUnitReport().render(found), to: junit)
    try write(ComparisonJSON().render(found), to: json)
    if let history { try append(HistoryLine().render(found, of: new), to: history) }
    let report = TerminalReport(width: min(Terminal.width, 110), colour: Terminal.colours)
    try Output.text(report.render(found))
    if annotations { try Output.text(AnnotationReport().render(found)) }
    try Self.checkGate(found)
  }

  /// Throws the sentence and the exit code of what shuts the gate.
  static func checkGate(_ found: Comparison) throws {
    if let first = found.faults.first?.sentence ?? found.regressions.first?.sentence {
      throw GateFailure(
        status: .refuted, sentence: "\(found.candidate) is worse than \(found.base): \(first)")
    }
    if let first = found.suspects.first {
      throw GateFailure(
        status: .inconclusive,
        sentence: "undecided: \(first.sentence); measure with more repeats, or use --confirm")
    }
  }

  private func readThresholds() throws -> Thresholds {
    var limits = Thresholds()
    if let bytes = FileManager.default.contents(atPath: thresholds) {
      limits.measured = try CSV.parse(Threshold.self, Array(bytes), file: thresholds).records
    } else if thresholds != "results/reference/thresholds.csv" {
      throw BenchError(
        .input, "\(thresholds) cannot be read; write it with: exportbench thresholds RUN RUN RUN")
    }
    for text in threshold {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let share = Double(parts[1]), (0...100).contains(share) else {
        throw UsageError(
          sentence: "--threshold \(text) is no figure with a share; write it like "
            + "memory_peak_bytes=0.3")
      }
      guard Baseline.figureNames.contains(parts[0]) else {
        throw UsageError(
          sentence: "--threshold names '\(parts[0])', which is not compared; write one of "
            + Baseline.figureNames.joined(separator: ", "))
      }
      limits.given[parts[0]] = share
    }
    return limits
  }

  private func write(_ text: String, to file: String?) throws {
    if let file { try OutputFile.write(text, to: file) }
  }

  /// One write at the end of the file, so that a line is whole or not there.
  private func append(_ line: String, to file: String) throws {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    let error = errno
    guard descriptor >= 0 else {
      throw BenchError(.output, "cannot append to \(file): \(String(cString: strerror(error)))")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do { try handle.write(contentsOf: Data(line.utf8)) } catch {
      throw BenchError(.output, "cannot append to \(file): \(reason(of: error))")
    }
  }
}

extension Baseline {
  /// Reads a run's folder, or a baseline's file.
  init(reading path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw BenchError(
        .input, "\(path) is not there; give the folder of a run, or a baseline's file")
    }
    if isFolder.boolValue {
      let run = try RecordedRun(reading: path)
      self.init(manifest: run.manifest, records: run.records)
      return
    }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw BenchError(.input, "\(path) cannot be read; give another file")
    }
    try self.init(json: Array(bytes), file: path)
  }
}
