// `exportbench run`: the main job.

import Analysis
import ArgumentParser
import BenchmarkSpec
import Engine
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
    abstract: "Measure export paths over growing windows, and judge the document's claims.",
    discussion: """
      Uses the server of --url or CLICKHOUSE_URL; else the engine of --engine, or a clickhouse on \
      the PATH, or the embedded one, started for the run and gone with it. Works in a database of \
      its own, which it drops at the end. Writes a folder under results/: manifest.json, \
      samples.csv, inserts.csv, merges.csv, storage.csv, summary.csv, report.md, report.html.

      A run that was cut short goes on with --resume FOLDER: it repeats nothing, and refuses to \
      mix versions, machines, datasets or settings.

      Several engines or datasets make a sweep: a run for each, one after another, in folders of \
      their own, and one table of them all.

      With --database it measures tables that are there already, such as production's own or those \
      that several drivers filled with 'generate --part', and changes nothing: whatever asks for \
      their rows carries readonly = 2. Windows end at --to, or at the newest start_time. Every \
      answer is compared with the newest row of each id, whatever the order of --paths.

      EXAMPLE: exportbench run claim --windows 1h,7d --repeats 5

      EXAMPLE: exportbench run claim --database mine --paths limit-by,newest-row@lean --windows 1d \
      --to 2026-09-30T12:00:00

      EXAMPLE: exportbench run --resume results/claim-20260930T120000

      \(ExitCodes.run.help)
      """)

  @Argument(help: "A benchmark file, or the name of one in Benchmarks/.")
  var benchmark = "claim"

  @OptionGroup var server: ServerOptions

  @Option(
    help:
      "An embedded engine such as 25.8, or the path of a clickhouse binary; several make a sweep.")
  var engine: [String] = []

  @Option(
    help: "Another dataset than the benchmark's: a file, or a name in datasets/; several as above.")
  var dataset: [String] = []

  @Option(help: "Measure the tables of this database as they are, and change nothing.")
  var database: String?

  @Option(help: "With --database: the project; by default the one with the most rows.")
  var project: String?

  @Option(
    help: "With --database: where windows end, inclusive, such as 2026-09-30T12:00:00 (UTC).")
  var to: String?

  @Option(help: "Export paths by name, separated by commas; ratios are taken to the first.")
  var paths: String?

  @Option(help: "A folder with export paths of your own: one .sql file each.")
  var pathsDir: String?

  @Option(help: "The profile of settings of every export: default, fork, langfuse or lean.")
  var profile: String?

  @Option(help: "Windows, separated by commas, such as 1h,1d.")
  var windows: String?

  @Option(help: "Counted attempts of each path and window.")
  var repeats: Int?

  @Option(
    help: "This driver's share of the repeats, such as 2/8; make one run of all with 'merge'.")
  var part: String?

  @Option(help: "What becomes of the bytes: stream, file, parts or buffer; several with commas.")
  var consumer: String?

  @Option(help: "The folder for the results; it must not exist. By default results/NAME-TIME.")
  var output: String?

  @Option(help: "Go on with the run in this folder, as it was asked for then.")
  var resume: String?

  @Option(
    help: "Runs whose noise says, before this one begins, how small a difference it can show.")
  var noise = ["results/reference/aa-25.8", "results/reference/claim-25.8"]

  @Flag(help: "Leave the database and the embedded server's files there at the end.")
  var keep = false

  @Flag(
    help: "Exit with 1 if a claim is refuted or rows are wrong, with 2 if one is open or unstable.")
  var gate = false

  @Flag(help: "Check everything, print the plan and the SQL, and ask no server.")
  var dryRun = false

  func run() async throws {
    if let resume {
      guard !SweepFolder.isThere(resume) else { return try await goOnWithSweep(in: resume) }
      return try await goOn(with: try RunFolder(resuming: resume))
    }
    let members = try members()
    guard members.count == 1 else { return try await sweep(members) }
    try await members[0].command.runAlone()
  }

  private func runAlone() async throws {
    let plan = try readPlan()
    if dryRun { return try show(plan) }
    let target = try await chooseTarget()
    let folder = try RunFolder(
      creating: output ?? Self.defaultFolder(plan.benchmark.name), orNext: output == nil)
    Terminal.say("writing to \(folder.path)")
    sayOutlook(of: plan)
    try report(try await measure(plan, on: target, into: folder), in: folder)
  }

  /// Nothing where the run is not there: it only says what to expect.
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

  /// Goes on with a run: everything but the server is as its own arguments say, which the manifest
  /// holds.
  private func goOn(with folder: RunFolder) async throws {
    guard let begun = folder.resumed else { return }
    guard begun.traffic == nil else {
      throw UserError(
        .input,
        "\(folder.path) is a load, whose phases belong together, so it is not gone on with; read "
          + "it with: exportbench report \(folder.path.shellWord)")
    }
    try Self.refuseOptions(beside: ["--engine"])
    if begun.complete {
      Terminal.say("\(folder.path) is complete; concluding from its files")
      return try report(try folder.conclude(begun), in: folder)
    }
    let asked = try Self.parse(begun.arguments.dropFirst().map { $0 })
      .members(arguments: begun.arguments)[0].command
    // What may be elsewhere now is the server's address; without a word about it, it is as before.
    let saysServer = !engine.isEmpty || server.url != nil
    var chosen = saysServer ? self : asked
    chosen.server.guards = asked.server.guards.resumed(with: server.guards)
    let target = try await chosen.chooseTarget()
    Terminal.say(
      "resuming \(folder.path), where \(folder.records.samples.count) attempts are recorded")
    try report(try await measure(try asked.readPlan(), on: target, into: folder), in: folder)
  }

  /// What may stand beside `--resume`: how the server is reached, and what becomes of the result.
  static func refuseOptions(beside further: [String]) throws {
    let given = CommandLine.arguments.dropFirst(2).filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }
    let allowed =
      [
        "--resume", "--gate", "--url", "--cluster", "--user", "--ca-file", "--insecure",
        "--max-server-memory",
      ] + further
    if let extra = given.first(where: { !allowed.contains($0) }) {
      throw UsageError(
        sentence: "\(extra) does not go with --resume, which takes what the run was begun with; "
          + "leave it out")
    }
  }

  /// Measures, or says how to go on with what there is: with the folder, or the sweep's.
  func measure(
    _ plan: RunPlan, on target: Target, into folder: RunFolder, sweep: String? = nil
  ) async throws -> Findings {
    let run = Run(plan, on: target, into: folder, tell: Self.tell)
    do {
      return try await run.execute()
    } catch {
      // What was refused changes nothing, and would be refused again.
      let isRefused = (error as? UserError)?.kind == .input
      if !isRefused, FileManager.default.fileExists(atPath: folder.path) {
        Terminal.say(
          "what was measured until now is in \(folder.path); "
            + "go on with: exportbench run --resume \((sweep ?? folder.path).shellWord)")
      }
      throw error
    }
  }

  private func report(_ findings: Findings, in folder: RunFolder) throws {
    Self.sayWhere(try ReportFiles(in: folder.path).write(findings, folder.records))
    let width = min(Terminal.width, 110)
    let report = TerminalReport(width: width, colour: Terminal.colours)
    let chart = TerminalChart(width: width, colour: Terminal.colours)
    try Output.text(report.render(findings) + chart.render(findings))
    if gate { try Self.checkGate(findings) }
  }

  static func sayWhere(_ written: ReportFiles.Written) {
    if let note = written.note { Terminal.say("charts are left out: \(note)") }
    Terminal.say("done; see \(written.page) and \(written.markdown)")
  }

  func readPlan(
    arguments: [String] = CommandLine.arguments.dropFirst().map { $0 }
  ) throws -> RunPlan {
    let file = try InputFile(benchmark, in: "Benchmarks")
    var benchmark = try Benchmark(yaml: file.text, file: file.name)
    let forExports = [
      paths == nil ? nil : "--paths", windows == nil ? nil : "--windows",
      profile == nil ? nil : "--profile",
    ]
    if benchmark.paths.isEmpty, let option = forExports.compactMap(\.self).first {
      throw UsageError(sentence: "\(option) is for exports, and \(file.name) asks for none")
    }
    if let paths { benchmark.paths = try Self.list(paths, "--paths") { $0 } }
    if let profile { benchmark.profile = profile }
    if let windows {
      benchmark.windows = try Self.list(windows, "--windows", TimeSpan.init(parsing:)).sorted()
      for window in benchmark.windows where !Benchmark.windowRange.contains(window) {
        throw UsageError(sentence: "--windows has \(window); a window is from 1s to 3660d")
      }
    }
    if let repeats {
      guard Benchmark.repeatsRange.contains(repeats) else {
        throw UsageError(sentence: "--repeats is \(repeats); it must be from 1 to 10000")
      }
      benchmark.repeats = repeats
    }
    if let consumer {
      benchmark.consumers = try Self.list(consumer, "--consumer", Consumer.init(naming:)).sorted()
    }
    let share = try chosenPart(of: benchmark)
    benchmark.keepClaimsThatCanBeJudged()
    var plan = try RunPlan(
      benchmark: benchmark, benchmarkFile: (file.name, file.text),
      source: try source(besideBenchmark: Self.beside(file.name, benchmark.dataset)),
      paths: try Catalogue.paths(
        named: benchmark.paths, ownPaths: pathsDir),
      arguments: arguments, toolVersion: toolVersion,
      keep: keep)
    plan.part = share
    return plan
  }

  /// The share of the repeats that was asked for, if the benchmark can be shared.
  private func chosenPart(of benchmark: Benchmark) throws -> DriverShard? {
    guard let share = try part.map({ try DriverShard(parsing: $0) }) else { return nil }
    guard benchmark.precision == nil, benchmark.frontier == nil, benchmark.writes.isEmpty else {
      throw UsageError(
        sentence: "--part shares out repeats, and this benchmark has questions that cannot be "
          + "shared out (precision, frontier, writes); ask those of one driver")
    }
    guard share.count <= benchmark.repeats else {
      throw UsageError(
        sentence: "--part \(share) has more drivers than there are repeats (\(benchmark.repeats)); "
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
      throw UsageError(sentence: "\(option) names nothing; give at least one, or leave it out")
    }
    guard Set(found).count == found.count else {
      throw UsageError(sentence: "\(option) \(text) names one twice; keep one of the two")
    }
    return found
  }

  /// The path of a file that another one names, from here if it is below.
  static func beside(_ file: String, _ name: String) -> String {
    let path = URL(
      fileURLWithPath: name, relativeTo: URL(fileURLWithPath: file).deletingLastPathComponent()
    ).standardizedFileURL.path
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }

  static func defaultFolder(_ name: String) -> String {
    let stamp = Date.now.formatted(.iso8601).filter { $0.isNumber || $0 == "T" }
    return "results/\(name)-\(stamp)"
  }
}
