// `exportbench generate`: writes a dataset to a server or a file.

import ArgumentParser
import ClickHouseClient
import Failures
import Foundation
import ObservationGenerator
import Probes
import Reports
import Synchronization
import Units
import Workspace

struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Generate synthetic observations into a server or file.",
    discussion: """
      A dataset file gives the same rows on any machine and with any number of workers. At the end \
      it prints the ground truth, computed without the server: the current observations in each \
      window.

      EXAMPLE: exportbench generate smoke --output /dev/null

      \(ExitCodes.generate.help)
      """)

  @Argument(help: "Dataset file, or a name in datasets/.")
  var dataset = "claim"

  @OptionGroup var server: ServerOptions

  @Option(help: "Database to load into; created if missing.")
  var database = "exportbench"

  @Flag(inversion: .prefixedNo, help: "Create the design document's view on the table.")
  var view = true

  @Option(help: "Write Native blocks to this file; /dev/null measures the generator.")
  var output: String?

  @Option(help: "Generator threads and concurrent inserts.")
  var workers = 2

  @Option(help: "Rows per insert, such as 20k.")
  var rowsPerInsert = "20k"

  @OptionGroup var share: DriverOption

  @Option(help: "Seed that replaces the dataset's.")
  var seed: UInt64?

  @Option(help: "Windows of the ground truth, separated by commas.")
  var windows = "1h,6h,1d,7d,30d"

  @Flag(help: "Print the ground truth; generate no rows.")
  var dryRun = false

  func run() async throws {
    let file = try InputFile(dataset, in: "datasets")
    var dataset = try Dataset(yaml: file.text, file: file.name)
    if let seed { dataset.seed = seed }
    let rows = try Count(
      parsing: rowsPerInsert, of: "--rows-per-insert", in: 1...10_000_000
    ).value
    _ = try within(workers, of: "--workers", in: 1...256)
    let share = try share.shard
    let spans = try windows.split(separator: ",").map { try TimeSpan(parsing: String($0)) }
    let truth = dataset.truth()
    guard !dryRun else {
      try describe(truth)
      return try currentRows(of: dataset, in: spans)
    }
    let began = ContinuousClock.now
    let cpuBefore = ownCPUMs()
    let amount = try await make(dataset, rows: rows, of: truth.rows, share)
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    try report(truth, amount, seconds: seconds, cpuMs: ownCPUMs() - cpuBefore)
    try currentRows(of: dataset, in: spans)
  }

  private func make(
    _ dataset: Dataset, rows: Int, of total: Int, _ share: DriverShard?
  ) async throws -> Loader.Amount {
    let began = ContinuousClock.now
    let progress = { @Sendable (amount: Loader.Amount) in
      Terminal.progress(
        ProgressLine(
          label: "generating", done: amount.rows, total: total,
          elapsedSeconds: (ContinuousClock.now - began) / .seconds(1), unit: "rows",
          bytes: amount.bytes))
    }
    if let output {
      guard share == nil else {
        throw UserError.usage(
          "--driver divides inserts into a server, and --output writes a file; use only one "
            + "of them")
      }
      return try await FileLoader(path: output, dataset).load(workers: workers, tell: progress)
    }
    // As in a run: a server without a response for longer has hung.
    let client = try server.client(
      timeouts: Timeouts(connect: .seconds(10), idle: .seconds(1800)))
    let name = try Identifier(database)
    return try await ServerMemoryGuard.watch(client) {
      let workspace = try await NamedWorkspace.open(name, on: client)
      let loader = Loader(workspace, dataset)
      return try await loader.alone(driver: share) {
        try await workspace.createTable()
        if view { try await workspace.migrateUp() }
        return try await load(loader, rowsPerInsert: rows, of: total, driver: share, tell: progress)
      }
    }
  }

  private func currentRows(of dataset: Dataset, in spans: [TimeSpan]) throws {
    for span in spans where span <= dataset.span {
      let currentRows = dataset.truth(
        project: dataset.exportProject, window: dataset.window(span)
      ).currentRows
      try Output.line("current     \(Count(currentRows)) in \(span) of \(dataset.exportProject)")
    }
  }

  private func describe(_ truth: GroundTruth) throws {
    try Output.line("rows        \(Count(truth.rows))")
    try Output.line("unique ids  \(Count(truth.observations))")
    try Output.line("duplicates  \(Count(truth.duplicates))")
  }

  /// Loads; if that fails, prints the rows that remain on the server.
  private func load(
    _ loader: Loader, rowsPerInsert rows: Int, of total: Int, driver: DriverShard?,
    tell: @escaping @Sendable (Loader.Amount) -> Void
  ) async throws -> Loader.Amount {
    let acknowledged = Mutex(0)
    do {
      return try await loader.load(rowsPerInsert: rows, workers: workers, driver: driver) {
        amount in
        acknowledged.withLock { $0 = max($0, amount.rows) }
        tell(amount)
      }
    } catch let error where error is ClickHouseError || error is CancellationError {
      let left =
        "\(Count(acknowledged.withLock { $0 })) of \(Count(total)) rows were acknowledged, and up "
        + "to \(workers) more inserts may be stored; drop the database \(database) before loading "
        + "again"
      guard error is CancellationError else { throw UserError.server("\(error); \(left)") }
      Terminal.say(left)
      throw error
    }
  }

  private func report(
    _ truth: GroundTruth, _ amount: Loader.Amount, seconds: Double, cpuMs: Double
  ) throws {
    let cpu = max(cpuMs / 1000, 0.001)
    Terminal.say("generated in \(significant(seconds)) s")
    if amount.repeats > 0 {
      Terminal.say(
        "retried \(Count(amount.repeats)) inserts without a response, with their deduplication "
          + "tokens")
    }
    try describe(truth)
    if let shard = try share.shard {
      try Output.line("this driver \(Count(amount.rows)) rows (\(shard))")
    }
    try Output.line("bytes       \(ByteCount(amount.bytes))")
    try Output.line(
      "speed       \(Count(whole(Double(amount.rows) / seconds))) rows/s, "
        + "\(significant(Double(amount.bytes) / seconds / 1e6)) MB/s")
    try Output.line(
      "driver CPU  \(significant(cpu)) s: \(Count(whole(Double(amount.rows) / cpu))) rows and "
        + "\(significant(Double(amount.bytes) / cpu / 1e6)) MB per CPU-second")
  }
}
