// A run from beginning to end: load, measure, conclude. The one way through the house, as code.

import ClickHouse
import Foundation
import Observations
import Probes
import Results
import Units

/// What a run tells while it goes on.
public enum RunNews: Sendable {
  /// A step has begun, in words.
  case step(String)
  /// So many of the dataset's rows are in both tables.
  case loaded(rows: Int, of: Int, bytes: Int, seconds: Double)
  /// A round of inserts begins.
  case writing(WriteBench.Progress, seconds: Double)
  /// An attempt begins.
  case measuring(Cell, attempt: Int, of: Int, seconds: Double)
  /// An attempt failed, and the run goes on.
  case failed(Sample)
}

/// A run under way.
public final class Run {
  let plan: RunPlan
  let target: Target
  let folder: RunFolder
  private let tell: @Sendable (RunNews) -> Void
  private let clock = ContinuousClock()
  let proof = AllocatorProof.take()

  /// Prepares a run; its files go into `folder`.
  public init(
    _ plan: RunPlan, on target: Target, into folder: RunFolder,
    tell: @escaping @Sendable (RunNews) -> Void
  ) {
    self.plan = plan
    self.target = target
    self.folder = folder
    self.tell = tell
  }

  /// Measures everything that the plan asks for, and concludes.
  ///
  /// When this throws, what was measured until then is in the folder; if nothing was, the folder is
  /// gone.
  public func execute() async throws -> Findings {
    do {
      tell(.step("starting"))
      return try await target.use(folder: folder.path + "/engine", keep: plan.keep) {
        endpoint, processID in
        // A query may rightly be silent for minutes; a server that is for longer has hung.
        let timeouts = Timeouts(connect: .seconds(10), idle: .seconds(1800))
        return try await measure(Client(endpoint, timeouts: timeouts), processID: processID)
      }
    } catch {
      if folder.records.isEmpty { folder.remove() }
      throw error
    }
  }

  private func measure(_ client: Client, processID: Int?) async throws -> Findings {
    let began = clock.now
    let name = folder.path.split(separator: "/").last.map(String.init) ?? "run"
    try await checkSettings(client)
    let workspace = try await Workspace.create(for: name, on: client)
    var manifest = describe(workspace, run: name)
    do {
      let cells = plan.plan.cells
      try await makeTables(workspace, &manifest)
      try await write(beside: workspace)
      if let rows = plan.benchmark.rowsPerInsert {
        try await load(workspace, rowsPerInsert: rows, &manifest)
        try await export(cells, from: workspace, processID: processID)
      }
      if !plan.keep { try await workspace.drop() }
      manifest.complete = true
      manifest.status = "done"
      return try finish(&manifest, began)
    } catch {
      manifest.status =
        "ended early after \(folder.records.samples.count) attempts: \(firstLine(error))"
      if !folder.records.isEmpty { _ = try? finish(&manifest, began) }
      // The database is ours and nobody else's; a task that was cancelled must still drop it.
      if !plan.keep { await Task { try? await workspace.drop() }.value }
      throw error
    }
  }

  /// Asks the server whether it takes the settings, which only it knows, before minutes of loading.
  private func checkSettings(_ client: Client) async throws {
    do {
      try await client.execute(Query("SELECT 1", settings: plan.benchmark.settings))
    } catch let error as ClickHouseError {
      guard let exception = error.serverException, !exception.isLoginRefused else { throw error }
      throw BenchError(
        .input, "\(plan.benchmarkFile.name): the server refuses the settings: \(exception.message)")
    }
  }

  private func makeTables(_ workspace: Workspace, _ manifest: inout Manifest) async throws {
    try await workspace.createTable()
    try await workspace.migrateUp()
    try await workspace.createPlainTable()
    try await workspace.setMerges(running: false)
    for table in [Workspace.table, Workspace.view] {
      manifest.ddl[table] = try await workspace.definition(of: table)
    }
    try folder.write(try manifest.json(), to: "manifest.json")
  }

  private func write(beside workspace: Workspace) async throws {
    guard !plan.benchmark.writes.isEmpty else { return }
    let bench = try WriteBench(beside: workspace, plan.dataset, seed: plan.benchmark.seed)
    let began = clock.now
    try await bench.run(
      plan.benchmark.writes, done: WriteBench.done(in: folder.records), keep: plan.keep
    ) { progress in
      tell(.writing(progress, seconds: seconds(since: began)))
    } record: { round in
      for second in round.timeline { try folder.append(second) }
      for insert in round.inserts { try folder.append(insert) }
      // Last, because they say that the round is whole.
      for merge in round.merges { try folder.append(merge) }
    }
  }

  /// Loads the tables, and describes what came out.
  private func load(
    _ workspace: Workspace, rowsPerInsert: Int, _ manifest: inout Manifest
  ) async throws {
    tell(.step("loading \(Count(manifest.dataset.rows)) rows twice: with the view and without"))
    var loader = PairedLoader(workspace, plan.dataset, seed: plan.benchmark.seed)
    let began = clock.now
    var rows = 0
    var bytes = 0
    try await loader.load(rowsPerInsert: rowsPerInsert) { pair in
      for sample in pair {
        try folder.append(sample)
        bytes += sample.sentBytes ?? 0
      }
      rows += pair.first?.rows ?? 0
      tell(
        .loaded(
          rows: rows, of: manifest.dataset.rows, bytes: bytes, seconds: seconds(since: began)))
    }
    try await workspace.dropPlainTable()
    let failed = folder.records.inserts.count {
      $0.status != .ok && $0.legName == InsertSample.load
    }
    let loaded = try await workspace.uniqueIDs(in: Workspace.table)
    guard failed == 0, loaded == manifest.dataset.unique else {
      throw BenchError(
        .server,
        "the table holds \(Count(loaded)) observations of \(Count(manifest.dataset.unique)), and "
          + "\(failed) inserts failed; their errors are in inserts.csv")
    }
    manifest.notes += try await lostDuplicates(in: workspace, of: manifest.dataset)
  }

  /// A note if most duplicates met in an insert, where a ReplacingMergeTree drops them at once:
  /// then the table has hardly any, and a path that de-duplicates has nothing to do.
  private func lostDuplicates(
    in workspace: Workspace, of dataset: Manifest.Dataset
  ) async throws -> [String] {
    let table = try await TableStorage.read(
      Workspace.table, in: workspace.database.name, from: workspace.client)
    let left = table.rows - dataset.unique
    guard left * 2 < dataset.duplicates else { return [] }
    return [
      "only \(Count(max(0, left))) of \(Count(dataset.duplicates)) duplicates reached the table, "
        + "the others met in one insert and were dropped there: raise the dataset's lag, or lower "
        + "rows_per_insert"
    ]
  }

  private func export(
    _ cells: [Cell], from workspace: Workspace, processID: Int?
  ) async throws {
    let project = plan.dataset.exportProject
    let exporter = Exporter(
      workspace: workspace, project: project,
      windows: Dictionary(
        uniqueKeysWithValues: plan.benchmark.windows.map { window in
          let range = plan.dataset.window(window)
          let truth = plan.dataset.truth(project: project, window: range)
          return (window, Exporter.Expectation(range: range, rows: truth.survivors))
        }),
      settings: plan.benchmark.settings,
      witness: ServerMemory(workspace.client, processID: processID),
      queryLog: QueryLog(workspace.client, version: workspace.version),
      allocatorIsProven: proof.holds)
    var state: MergeState?
    let began = clock.now
    for (index, cell) in cells.enumerated() {
      if cell.mergeState != state {
        try await reach(cell.mergeState, in: workspace)
        state = cell.mergeState
      }
      tell(
        .measuring(
          cell, attempt: index + 1, of: cells.count, seconds: seconds(since: began)))
      let sample = try await exporter.attempt(cell, number: index + 1)
      try folder.append(sample)
      if sample.status != .ok { tell(.failed(sample)) }
    }
  }

  private func reach(_ state: MergeState, in workspace: Workspace) async throws {
    if state == .merged {
      tell(.step("merging"))
      try await workspace.mergeAll()
    }
    for (table, role) in [(Workspace.table, TableRole.table), (Workspace.view, .view)] {
      let now = try await TableStorage.read(
        table, in: workspace.database.name, from: workspace.client)
      var sample = StorageSample()
      sample.mergeState = state.rawValue
      sample.table = table
      sample.role = role
      sample.parts = now.parts
      sample.rows = now.rows
      sample.compressedBytes = now.compressedBytes
      sample.uncompressedBytes = now.uncompressedBytes
      sample.onDiskBytes = now.onDiskBytes
      sample.marksBytes = now.marksBytes
      sample.primaryKeyBytes = now.primaryKeyBytes
      try folder.append(sample)
    }
  }

  func seconds(since moment: ContinuousClock.Instant) -> Double {
    (clock.now - moment) / .seconds(1)
  }
}

private func firstLine(_ error: any Error) -> String {
  guard !(error is CancellationError) else { return "interrupted" }
  return String("\(error)".prefix { !$0.isNewline }.prefix(300))
}
