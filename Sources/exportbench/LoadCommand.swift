// `exportbench load`: ingestion and exports on a schedule, alone and at once.

import Analysis
import ArgumentParser
import BenchmarkSpec
import Failures
import Foundation
import LoadTest
import ObservationGenerator
import Reports
import RunStore
import Units

/// Measures a load, and judges its thresholds.
struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Measure concurrent inserts and exports on a schedule.",
    discussion: """
      Measures interference between inserts and exports, and the highest load that meets the SLO. \
      The load is an open loop: requests are due by the schedule, whether the server is ready or \
      not, and response times count from the due time. Each phase starts with fresh tables and \
      ends with a check that they hold all acknowledged rows. Selects a server as run does. Writes \
      a folder under results/: manifest.json, requests.csv, phases.csv, seconds.csv, latency.csv, \
      report.md, report.html.

      EXAMPLE: exportbench load Benchmarks/ingest-and-export.yaml

      \(ExitCodes.load.help)
      """)

  @Argument(help: "Benchmark file with a 'load', or a name in Benchmarks/.")
  var benchmark = "ingest-and-export"

  @OptionGroup var server: ServerOptions

  @Option(help: "Embedded engine such as 25.8, or path of a clickhouse binary.")
  var engine: String?

  @Option(help: "Dataset file, or a name in datasets/ (default: the benchmark's).")
  var dataset: String?

  @Option(help: "Folder with additional export paths, one .sql file each.")
  var pathsDir: String?

  @Option(help: "Measured time of each phase, such as 10s.")
  var duration: String?

  @Option(help: "Repeats of each phase.")
  var rounds: Int?

  @Option(help: "Folder for results; must not exist (default: results/NAME-TIME).")
  var output: String?

  @OptionGroup var share: DriverOption

  @Option(help: "With --driver: common name for the databases of all drivers.")
  var shared: String?

  @Flag(help: "Skip the searches for the highest rate and concurrency.")
  var noSearch = false

  @Flag(help: "Print the findings as JSON.")
  var json = false

  @Flag(help: "Keep the databases and the embedded server's files.")
  var keep = false

  @Flag(help: "Check the input and print the schedule; contact no server.")
  var dryRun = false

  func run() async throws {
    let plan = try readPlan()
    if dryRun { return try DryRun.show(plan) }
    let target = try await server.target(engine: engine)
    if plan.driver != nil, target.isOurs {
      throw UserError.usage("--driver is for a server that all drivers reach; name it with --url")
    }
    let folder = try ResultsFolder.make(output, for: plan.benchmark.name)
    let findings: Findings
    do {
      findings = try await LoadRun(plan, on: target, into: folder, tell: Self.tell).execute()
    } catch {
      // An interrupted load has something to report.
      let pending = PendingCleanup()
      defer { pending.discharge() }
      if !folder.records.isEmpty, let run = try? RecordedRun(reading: folder.path),
        let findings = try? run.findings()
      {
        try? report(findings, in: folder)
      }
      throw error
    }
    try report(findings, in: folder)
    if let load = findings.loadTest { try Gate.check(load) }
  }

  private func report(_ findings: Findings, in folder: RunFolder) throws {
    try ResultsFolder.writeReport(findings, in: folder)
    if json, let load = findings.loadTest {
      try Output.text(Terminal.json(LoadTestSummary(load, run: findings.manifest.run)))
    } else {
      try Output.text(Terminal.report(upTo: 120).render(findings))
    }
  }

  private func readPlan() throws -> LoadPlan {
    let file = try InputFile.benchmark(benchmark)
    guard LoadBenchmark.isLoad(yaml: file.text) else {
      throw UserError.input(
        "\(file.name) has no 'load:', so it is not a load test; run it with: exportbench run "
          + file.name.shellWord)
    }
    var benchmark = try LoadBenchmark(file)
    if let duration {
      let span = try TimeSpan(parsing: duration)
      guard span.milliseconds >= 1000, span.milliseconds <= 86_400_000 else {
        throw UserError.usage("--duration is \(duration); it must be from 1s to 1d")
      }
      benchmark.question.durationMs = span.milliseconds
    }
    if let rounds {
      guard (1...1000).contains(rounds) else {
        throw UserError.usage("--rounds is \(rounds); it must be from 1 to 1000")
      }
      benchmark.question.rounds = rounds
    }
    if noSearch { benchmark.question.searches = [] }
    let data = try InputFile(
      dataset ?? InputFile.beside(file.name, benchmark.dataset), in: "datasets")
    var plan = try LoadPlan(
      benchmark: benchmark, benchmarkFile: (file.name, file.text),
      dataset: try Dataset(yaml: data.text, file: data.name), datasetFile: (data.name, data.text),
      pathsFolder: pathsDir, arguments: CommandLine.arguments.dropFirst().map { $0 },
      toolVersion: toolVersion, keep: keep)
    let driver = try share.shard
    guard driver != nil || shared != nil else { return plan }
    guard let driver, let shared, !shared.isEmpty else {
      throw UserError.usage(
        "--driver and --shared go together: which driver, and what all drivers' databases "
          + "are named after")
    }
    guard benchmark.question.searches.isEmpty else {
      throw UserError.usage(
        "--driver divides requests, and the next trial of a search follows from all of "
          + "the last one's; add --no-search")
    }
    plan.driver = driver
    plan.shared = shared
    return plan
  }

  @Sendable private static func tell(_ news: LoadNews) {
    switch news {
    case .step(let words): Terminal.say(words)
    case .going(let phase, let total, let label, let look, let spanMs):
      let waiting = look.waiting > 0 ? ", \(Count(look.waiting)) waiting" : ""
      let failed = look.failed > 0 ? ", \(Count(look.failed)) failed" : ""
      let place = total.map { "\(phase)/\($0)" } ?? "\(phase)"
      Terminal.progress(
        ProgressLine(
          label: "\(place) \(label): \(Count(look.succeeded)) done\(failed)\(waiting)",
          done: Int(min(look.elapsedMs, spanMs) / 1000), total: Int(spanMs / 1000),
          elapsedSeconds: look.elapsedMs / 1000, unit: "s"))
    case .ended(let phase):
      guard phase.outcome == .whole else { return }
      if let error = phase.auditError {
        Terminal.say("phase \(phase.phase) (\(phase.label)): \(error)")
      } else if phase.isBalanced == false {
        Terminal.say(
          "phase \(phase.phase) (\(phase.label)): the table differs from the acknowledged rows")
      }
      if let error = phase.exportsError {
        Terminal.say("phase \(phase.phase) (\(phase.label)): \(error)")
      }
    }
  }
}
