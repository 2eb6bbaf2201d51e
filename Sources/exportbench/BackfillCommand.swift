// `exportbench backfill`: inserts into a view the rows of its table that the view lacks.

import Analysis
import ArgumentParser
import Backfill
import CSVRecords
import ClickHouseClient
import Failures
import Files
import Foundation
import Probes
import Reports
import RunStore
import Units
import Workspace

struct BackfillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Insert existing rows of a table into its view.",
    discussion: """
      Works on any database and writes only to the view. It inserts the current row of each key \
      that the view lacks, partition by partition, while other inserts continue. At the end it \
      compares table and view. It can be killed and run again. --dry-run prints the plan and the \
      estimated cost, from an earlier backfill with --like.

      On a cluster (--cluster NAME, --url with a server of each shard) it fills one shard after \
      the other; replication copies the rows to the replicas.

      EXAMPLE: exportbench backfill --database mine --dry-run

      \(ExitCodes.backfill.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "Database of the view.")
  var database: String?

  @Option(help: "Name of the view.")
  var view = Workspace.view

  @Option(help: "Partition ids, separated by commas (default: all).")
  var partitions: String?

  @Option(help: "Memory limit of one query on the server.")
  var maxMemory = "1GiB"

  @Option(help: "Threads of one query on the server.")
  var threads = 2

  @Option(help: "Rows that one insert reads; small days are combined.")
  var chunkRows = "1M"

  @Option(help: "Final comparison: content, or versions (reads less).")
  var compare = BackfillComparison.content

  @Option(help: "Time to wait for merges at the end, such as 30s.")
  var settle = "30s"

  @Option(help: "Folder for results; must not exist (default: results/backfill-TIME).")
  var output: String?

  @Flag(help: "Print the plan and its estimated cost; write nothing.")
  var dryRun = false

  @Option(help: "backfill.csv of an earlier backfill, used for the estimate.")
  var like: String?

  @Option(help: "With --like: rows of the table to estimate; no server needed.")
  var forRows: String?

  @Option(help: "With --like: uncompressed bytes of the table to estimate.")
  var forBytes: String?

  func run() async throws {
    let limits = try readLimits()
    let settle = try TimeSpan(
      parsing: settle, of: "--settle",
      in: TimeSpan(milliseconds: 0)...TimeSpan(milliseconds: 86_400_000))
    let earlier = try like.map(Self.samples)
    if forRows != nil || forBytes != nil { return try estimate(from: earlier) }
    guard let database else {
      throw UserError.usage("--database is missing: name the database of the view")
    }
    let only = try partitions.map(Self.list)
    let name = try Identifier(database)
    let viewName = try Identifier(view)
    let client = try server.clientOfTables(
      readOnly: dryRun, timeouts: Timeouts(connect: .seconds(10), idle: .seconds(86_400)))
    let shards = try await Shard.all(of: client)
    var tables: [BackfillTable] = []
    for shard in shards {
      tables.append(
        try await ServerMemoryGuard.watch(shard.client) {
          try await BackfillTable(viewName, in: name, on: shard.client)
        })
    }
    if shards[0].number == nil, tables[0].isReplicated {
      Terminal.say(
        "\(name).\(viewName) is replicated: only this server's shard is filled; --cluster NAME "
          + "fills all")
    }
    let folder =
      dryRun
      ? nil
      : try RunFolder(
        creating: output ?? ResultsFolder.defaultPath("backfill"), orNext: output == nil)
    var fillings: [Filling] = []
    do {
      for (shard, table) in zip(shards, tables) {
        let backfill = try await Backfill(
          table, on: shard, limits: limits, comparison: compare,
          record: { try folder?.append($0) }, tell: Self.tell)
        fillings.append(Filling(shard: shard, backfill: backfill))
      }
      try await fill(&fillings, only: only, settle, earlier, folder)
    } catch {
      if fillings.allSatisfy(\.backfill.samples.isEmpty) { folder?.remove() }
      if error is CancellationError {
        Terminal.say(
          "a running insert continues on the server; run the command again to complete the rest")
      }
      throw error
    }
  }

  private struct Filling {
    let shard: Shard
    let backfill: Backfill
    var plan = BackfillPlan.empty

    var place: String { shard.number.map { " on shard \($0)" } ?? "" }

    func watched<Value>(_ work: (Backfill) async throws -> Value) async throws -> Value {
      try await ServerMemoryGuard.watch(shard.client) { try await work(backfill) }
    }
  }

  private func fill(
    _ fillings: inout [Filling], only: [String]?, _ settle: TimeSpan,
    _ earlier: [BackfillSample]?, _ folder: RunFolder?
  ) async throws {
    for place in fillings.indices {
      let filling = fillings[place]
      let plan = try await filling.watched { try await $0.survey(only: only) }
      fillings[place].plan = plan
      let table = filling.backfill.table
      try Output.line(
        "\(table.database).\(table.view)\(filling.place) lacks \(Count(plan.missing)) of "
          + "\(Count(plan.ids)) keys of \(table.table), and has an older version of "
          + "\(Count(plan.stale))")
    }
    if dryRun { return try await show(fillings, earlier) }
    var isComplete = true
    for filling in fillings {
      Terminal.say(
        "writing to \(filling.backfill.table.target)\(filling.place), and the figures to "
          + "\(folder?.path ?? "")")
      let isFilled = try await filling.watched {
        try await $0.execute(filling.plan, settle: .milliseconds(settle.milliseconds))
      }
      isComplete = isComplete && isFilled
    }
    try report(fillings)
    guard isComplete else {
      throw GateFailure(
        .refuted,
        "the view differs from its table: \(Self.cause(fillings)); run the command again to resume")
    }
  }

  private static func cause(_ fillings: [Filling]) -> String {
    let samples = fillings.flatMap(\.backfill.samples)
    var words: [String] = []
    if let found = BackfillFindings(samples).comparison {
      words.append(
        "\(Count(found.missing)) keys are missing, \(Count(found.stale)) stale, "
          + "\(Count(found.different)) different and \(Count(found.doubled)) doubled")
    }
    if let failed = samples.last(where: { $0.status != .ok }) {
      let error = [failed.errorName, failed.errorMessage].compactMap(\.self)
      words.append(
        "\(failed.step.rawValue) of partition \(failed.partition) failed"
          + (error.isEmpty ? "" : " (\(error.joined(separator: ": ")))"))
    }
    return words.isEmpty ? "it was not compared" : words.joined(separator: "; ")
  }

  private func show(_ fillings: [Filling], _ earlier: [BackfillSample]?) async throws {
    for filling in fillings {
      for line in filling.plan.lines { try Output.line(line + filling.place) }
      if earlier == nil {
        try await filling.watched { try await $0.readSample(filling.plan) }
      }
    }
    guard fillings.contains(where: { $0.plan.rowsToRead > 0 }) else { return }
    let (rows, bytes) = size(of: fillings)
    let estimate = BackfillEstimate(
      from: earlier ?? fillings.flatMap(\.backfill.samples), rows: rows, bytes: bytes)
    try Output.text(BackfillReport().render(estimate, rows: rows, bytes: bytes))
  }

  private func size(of fillings: [Filling]) -> (rows: Int, bytes: Int) {
    (fillings.map(\.plan.rows).reduce(0, +), fillings.map(\.plan.bytes).reduce(0, +))
  }

  private func report(_ fillings: [Filling]) throws {
    let samples = fillings.flatMap(\.backfill.samples)
    try Output.text(BackfillReport().render(BackfillFindings(samples)))
    let million = 1_000_000
    let size = size(of: fillings)
    guard size.rows > 0, samples.contains(where: { $0.step == .copy && $0.status == .ok }) else {
      return
    }
    let bytes = whole(Double(size.bytes) / Double(size.rows) * Double(million))
    try Output.text(
      BackfillReport().render(
        BackfillEstimate(from: samples, rows: million, bytes: bytes), rows: million, bytes: bytes))
  }

  private func estimate(from earlier: [BackfillSample]?) throws {
    guard let earlier, let forRows, let forBytes else {
      throw UserError.usage("--for-rows, --for-bytes and --like go together; give all three")
    }
    let rows = try Count(parsing: forRows, of: "--for-rows", in: 1...BackfillLimits.rowsMax).value
    let bytes = try ByteCount(parsing: forBytes, of: "--for-bytes", in: 1...1 << 60).bytes
    try Output.text(
      BackfillReport().render(
        BackfillEstimate(from: earlier, rows: rows, bytes: bytes), rows: rows, bytes: bytes))
  }

  private func readLimits() throws -> BackfillLimits {
    BackfillLimits(
      memoryBytes: try ByteCount(
        parsing: maxMemory, of: "--max-memory", in: BackfillLimits.memoryMin...1 << 50
      ).bytes,
      threads: try within(threads, of: "--threads", in: 1...64),
      chunkRows: try Count(
        parsing: chunkRows, of: "--chunk-rows", in: 1...BackfillLimits.rowsMax
      ).value)
  }

  @Sendable private static func tell(_ news: BackfillNews) {
    switch news {
    case .step(let words): Terminal.say(words)
    case .progress(let label, let done, let total, let unit, let seconds):
      Terminal.progress(
        ProgressLine(
          label: label, done: done, total: total, elapsedSeconds: seconds, unit: unit))
    case .sample(let sample):
      guard sample.status != .ok else { return }
      let reason = sample.errorMessage ?? sample.errorName ?? "failed"
      Terminal.say("\(sample.step.rawValue) of partition \(sample.partition): \(reason)")
    }
  }

  private static func samples(_ file: String) throws -> [BackfillSample] {
    let bytes: [UInt8]
    do { bytes = try Files.bytes(of: file) } catch {
      throw UserError.input("\(error); --like is the backfill.csv of an earlier backfill")
    }
    let parsed = try CSV.parse(
      BackfillSample.self, bytes, file: file, lastLine: .tornIfUnbroken)
    guard parsed.records.contains(where: { $0.step == .copy && $0.status == .ok }) else {
      throw UserError.input("\(file): no copy step succeeded, so the cost of copying is unknown")
    }
    return parsed.records
  }

  private static func list(_ text: String) throws -> [String] {
    let found = text.split(separator: ",").map(String.init)
    guard !found.isEmpty, Set(found).count == found.count else {
      throw UserError.usage("--partitions '\(text)' is empty or names a partition twice")
    }
    return found
  }
}

extension BackfillComparison: ExpressibleByArgument {}
