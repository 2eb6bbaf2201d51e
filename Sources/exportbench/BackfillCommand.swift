// `exportbench backfill`: what a view lacks of its table, into the view.

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

/// Fills a view.
struct BackfillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Fill a materialized view from the rows that its table had before it.",
    discussion: """
      Works on any database and writes into the view only: the surviving row of each key that the \
      view lacks, partition by partition, while inserts go on. Compares table and view at the end. \
      It can be killed and run again, and run twice. --dry-run says what it would do, and what \
      that costs by the measure of an earlier backfill (--like).

      On a cluster (--cluster NAME, with a server of each shard in --url) one shard is filled \
      after the other, and replicas take the rows from each other.

      EXAMPLE: exportbench backfill --database mine --dry-run

      \(ExitCodes.backfill.help)
      """)

  @OptionGroup var server: ServerOptions

  @Option(help: "The database of the view.")
  var database: String?

  @Option(help: "The view.")
  var view = Workspace.view

  @Option(help: "Partitions by id, separated by commas; all if it is left out.")
  var partitions: String?

  @Option(help: "Memory of one query on the server, at most.")
  var maxMemory = "1GiB"

  @Option(help: "Threads of one query on the server.")
  var threads = 2

  @Option(help: "Days are put together until one insert reads so many rows.")
  var chunkRows = "1M"

  @Option(help: "What is compared at the end: content, or versions, which reads less.")
  var compare = BackfillComparison.content

  @Option(help: "How long to wait for merges at the end, to count them.")
  var settle = "30s"

  @Option(help: "The folder for the results; it must not exist. By default results/backfill-TIME.")
  var output: String?

  @Flag(help: "Say what would be done and what it would cost, and write nothing.")
  var dryRun = false

  @Option(help: "The backfill.csv of an earlier backfill, by which to estimate.")
  var like: String?

  @Option(help: "With --like: rows of another table to estimate for; asks no server.")
  var forRows: String?

  @Option(help: "With --like: uncompressed bytes of that table.")
  var forBytes: String?

  func run() async throws {
    let limits = try readLimits()
    let settle = try TimeSpan(
      parsing: settle, of: "--settle",
      in: TimeSpan(milliseconds: 0)...TimeSpan(milliseconds: 86_400_000))
    let earlier = try like.map(Self.samples)
    if forRows != nil || forBytes != nil { return try estimate(from: earlier) }
    guard let database else {
      throw UsageError(sentence: "--database is missing: name the database of the view")
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
        "\(name).\(viewName) is replicated: this fills the shard of this server; --cluster NAME "
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
          "an insert that is under way goes on in the server; run this again to complete the rest")
      }
      throw error
    }
  }

  /// The view of one shard.
  private struct Filling {
    let shard: Shard
    let backfill: Backfill
    var plan = BackfillPlan.empty

    /// ` on shard 2`, or nothing of a server by itself.
    var place: String { shard.number.map { " on shard \($0)" } ?? "" }

    /// Works on it while the server's memory is watched.
    func watched<Value>(_ work: (Backfill) async throws -> Value) async throws -> Value {
      try await ServerMemoryGuard.watch(shard.client) { try await work(backfill) }
    }
  }

  /// One shard after the other, as the work of each is its own.
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
        status: .refuted,
        sentence: "the view is not as it should be: \(Self.cause(fillings)); run the same again, "
          + "which goes on where this ended")
    }
  }

  /// What is wrong with a view that is not as it should be: keys, and the last error.
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

  /// Rows and uncompressed bytes of the table.
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
      throw UsageError(sentence: "--for-rows, --for-bytes and --like go together; give all three")
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
      throw UserError(.input, "\(error); --like is the backfill.csv of an earlier backfill")
    }
    let parsed = try CSV.parse(
      BackfillSample.self, bytes, file: file, lastLine: .tornIfUnbroken)
    guard parsed.records.contains(where: { $0.step == .copy && $0.status == .ok }) else {
      throw UserError(
        .input, "\(file): nothing was copied in it, so it says nothing of what copying costs")
    }
    return parsed.records
  }

  private static func list(_ text: String) throws -> [String] {
    let found = text.split(separator: ",").map(String.init)
    guard !found.isEmpty, Set(found).count == found.count else {
      throw UsageError(sentence: "--partitions '\(text)' names nothing, or one twice")
    }
    return found
  }
}

extension BackfillComparison: ExpressibleByArgument {}
