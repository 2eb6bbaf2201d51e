// `exportbench run`: the main job.

import Analysis
import ArgumentParser
import BenchmarkSpec
import ExportBenchmark
import ExportPaths
import Failures
import Foundation
import Reports
import RunSession
import RunStore
import Units

/// Measures a benchmark, and judges its claims.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Measure export paths and judge the claims.",
    discussion: """
      Uses the server of --url or CLICKHOUSE_URL; otherwise --engine, a clickhouse on the PATH, or \
      the embedded engine, started for the run and removed after it. Creates a database and drops \
      it at the end. Writes a folder under results/: manifest.json, samples.csv, inserts.csv, \
      merges.csv, storage.csv, summary.csv, report.md, report.html.

      --resume FOLDER continues an interrupted run. It repeats no attempt and refuses other \
      versions, machines, datasets or settings.

      Several engines, datasets or values of a table setting make a sweep: one run for each, in \
      separate folders, and a common table.

      --database measures existing tables, such as production's or those that several drivers \
      filled with 'generate --driver'. It changes nothing: queries run with readonly = 2. Windows \
      end at --to, or at the newest start_time. Every answer is compared with the newest row of \
      each id, whatever the order of --paths.

      EXAMPLE: exportbench run claim --windows 1h,7d --repeats 5

      EXAMPLE: exportbench run claim --database mine --paths limit-by,newest-row@lean --windows 1d \
      --to 2026-09-30T12:00:00

      EXAMPLE: exportbench run --resume results/claim-20260930T120000

      \(ExitCodes.run.help)
      """)

  @Argument(help: "Benchmark file, or a name in Benchmarks/.")
  var benchmark = "claim"

  @OptionGroup var server: ServerOptions

  @Option(
    help:
      "Embedded engine such as 25.8, or path of a clickhouse binary; several make a sweep.")
  var engine: [String] = []

  @OptionGroup var rows: RowOptions

  @Option(help: "Export paths, separated by commas; the first is the baseline.")
  var paths: String?

  @Option(help: "Folder with additional export paths, one .sql file each.")
  var pathsDir: String?

  @Option(help: "Profile of settings; see exportbench list profiles.")
  var profile: String?

  @Option(
    help:
      "Storage setting of the tables: index_granularity_bytes=1MiB; several values make a sweep."
  )
  var tableSetting: [String] = []

  @Option(help: "Windows, separated by commas, such as 1h,1d.")
  var windows: String?

  @Option(help: "Measured attempts of each path and window.")
  var repeats: Int?

  @OptionGroup var share: DriverOption

  @Option(help: "Consumer of the bytes: stream, file, parts or buffer, separated by commas.")
  var consumer: String?

  @Option(help: "Folder for results; must not exist (default: results/NAME-TIME).")
  var output: String?

  @Option(help: "Resume the run in this folder with its original arguments.")
  var resume: String?

  @Option(
    help: "Runs whose noise predicts the smallest detectable difference.")
  var noise = ["results/reference/aa-25.8", "results/reference/claim-25.8"]

  @Flag(help: "Keep the database and the embedded server's files.")
  var keep = false

  @Flag(
    help: "Exit with 1 if a claim is refuted or rows are wrong, 2 if one is inconclusive.")
  var gate = false

  @Flag(help: "Check the input, print the plan and the SQL; contact no server.")
  var dryRun = false

  func run() async throws {
    if let resume { return try await RunResumption(self, in: resume).run() }
    let sweep = try Sweep(of: self, arguments: Self.ownArguments)
    guard sweep.members.count == 1 else { return try await sweep.run() }
    try await sweep.members[0].command.runAlone()
  }

  /// The command line without the name of the program.
  static var ownArguments: [String] { Array(CommandLine.arguments.dropFirst()) }

  private func runAlone() async throws {
    let plan = try readPlan(arguments: Self.ownArguments)
    if dryRun { return try DryRun.show(plan) }
    let target = try await chooseTarget()
    let folder = try ResultsFolder.make(output, for: plan.benchmark.name)
    sayOutlook(of: plan)
    try report(try await measure(plan, on: target, into: folder), in: folder)
  }

  /// The server to measure; an existing one where existing tables are measured.
  func chooseTarget() async throws -> Target {
    let target = try await server.target(engine: engine.first)
    guard rows.database != nil, target.isOurs else { return target }
    throw UserError.usage(
      "--database measures existing tables, and a server that is started for the run has "
        + "none; give --url or CLICKHOUSE_URL")
  }

  /// Says how small a difference the run can show; nothing without the runs of `--noise`.
  func sayOutlook(of plan: RunPlan) {
    let known = noise.compactMap { try? RecordedRun(reading: $0) }
    let levels = known.compactMap { try? Noise($0.records, paths: $0.manifest.paths).levels }
    guard !levels.isEmpty else { return }
    let benchmark = plan.benchmark
    let outlook = Outlook(
      Noise(levels: levels.flatMap(\.self)),
      from: known.map(\.manifest.run).joined(separator: ", "), paths: benchmark.paths,
      windows: benchmark.windows.map(\.description),
      mergeStates: benchmark.mergeStates.map(\.description), repeats: benchmark.repeats)
    for line in outlook.lines { Terminal.say(line) }
  }

  /// On failure, prints the command that resumes the run or the sweep.
  func measure(
    _ plan: RunPlan, on target: Target, into folder: RunFolder, sweep: String? = nil
  ) async throws -> Findings {
    let run = Run(plan, on: target, into: folder, tell: RunProgress.tell)
    do {
      return try await run.execute()
    } catch {
      // A refused input would be refused again.
      let isRefused = (error as? UserError)?.kind == .input
      if !isRefused, FileManager.default.fileExists(atPath: folder.path) {
        Terminal.say(
          "the attempts so far are in \(folder.path); resume with: exportbench run --resume "
            + (sweep ?? folder.path).shellWord)
      }
      throw error
    }
  }

  /// Writes and prints the report, and checks the gate.
  func report(_ findings: Findings, in folder: RunFolder) throws {
    try ResultsFolder.writeReport(findings, in: folder)
    let report = Terminal.report()
    let chart = TerminalChart(width: report.width, colour: report.colour)
    try Output.text(report.render(findings) + chart.render(findings))
    if gate { try Gate.check(findings) }
  }

  func readPlan(arguments: [String]) throws -> RunPlan {
    let file = try InputFile.benchmark(benchmark)
    var benchmark = try Benchmark(file)
    let forExports = [
      paths == nil ? nil : "--paths", windows == nil ? nil : "--windows",
      profile == nil ? nil : "--profile",
    ]
    if benchmark.paths.isEmpty, let option = forExports.compactMap(\.self).first {
      throw UserError.usage("\(option) is for exports, and \(file.name) has none")
    }
    if let paths { benchmark.paths = try Self.list(paths, "--paths") { $0 } }
    if let profile { benchmark.profile = profile }
    if let windows {
      benchmark.windows = try Self.list(windows, "--windows", TimeSpan.init(parsing:)).sorted()
      for window in benchmark.windows where !Benchmark.windowRange.contains(window) {
        throw UserError.usage("--windows has \(window); a window is from 1s to 3660d")
      }
    }
    if let repeats {
      guard Benchmark.repeatsRange.contains(repeats) else {
        throw UserError.usage("--repeats is \(repeats); it must be from 1 to 10000")
      }
      benchmark.repeats = repeats
    }
    try benchmark.tableSettings.merge(chosenTableSettings()) { $1 }
    if rows.database != nil, let first = tableSetting.first {
      throw UserError.usage(
        "--table-setting \(first) is for tables that the run makes, and --database measures "
          + "existing ones; leave one of the two out")
    }
    if let consumer {
      benchmark.consumers = try Self.list(consumer, "--consumer", Consumer.init(naming:)).sorted()
    }
    let share = try chosenShare(of: benchmark)
    benchmark.keepClaimsThatCanBeJudged()
    var plan = try RunPlan(
      benchmark: benchmark, benchmarkFile: (file.name, file.text),
      source: try rows.source(
        besideBenchmark: InputFile.beside(file.name, benchmark.dataset), keep: keep),
      paths: try Catalogue.paths(
        named: benchmark.paths, ownPaths: pathsDir),
      arguments: arguments, toolVersion: toolVersion,
      keep: keep)
    plan.driver = share
    return plan
  }

  /// The values of `--table-setting`, by name and in order.
  func chosenTableSettings() throws -> [String: [Int]] {
    var found: [String: [Int]] = [:]
    for text in tableSetting {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, TableSettings.isName(parts[0]) else {
        throw UserError.usage(
          "--table-setting is '\(text)'; write it like index_granularity_bytes=1MiB")
      }
      let value: Int
      do { value = try TableSettings.value(parsing: parts[1]) } catch {
        throw UserError.usage("--table-setting \(text): \(error)")
      }
      guard found[parts[0]]?.contains(value) != true else {
        throw UserError.usage("--table-setting \(text) is given twice; give it once")
      }
      found[parts[0], default: []].append(value)
    }
    return found
  }

  /// The share of the repeats that was asked for, if the benchmark can be shared.
  private func chosenShare(of benchmark: Benchmark) throws -> DriverShard? {
    guard let share = try share.shard else { return nil }
    guard benchmark.precision == nil, benchmark.memoryLimits == nil, benchmark.writes.isEmpty else {
      throw UserError.usage(
        "--driver divides repeats, and this benchmark has questions that cannot be "
          + "divided (precision, memory_limits, writes); ask those of one driver")
    }
    guard share.count <= benchmark.repeats else {
      throw UserError.usage(
        "--driver \(share) has more drivers than there are repeats (\(benchmark.repeats)); "
          + "give more --repeats")
    }
    return share
  }

  /// What stands between commas: at least one thing, and none twice, as in a benchmark's file.
  private static func list<Element: Hashable>(
    _ text: String, _ option: String, _ read: (String) throws -> Element
  ) throws -> [Element] {
    let found = try text.split(separator: ",").map { try read(String($0)) }
    guard !found.isEmpty else {
      throw UserError.usage("\(option) is empty; give at least one, or omit it")
    }
    guard Set(found).count == found.count else {
      throw UserError.usage("\(option) \(text) names one twice; give each once")
    }
    return found
  }
}
