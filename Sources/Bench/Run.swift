// A run from beginning to end: load, measure, conclude. The one way through the house, as code.

import ClickHouse
import Exports
import Foundation
import Observations
import Probes
import Results
import Units

/// Everything a run is made of, read and checked before it begins.
public struct RunPlan: Sendable {
  /// The benchmark, as asked for.
  public var benchmark: Benchmark
  /// The benchmark's file and text.
  public var benchmarkFile: (name: String, text: String)
  /// What the data is.
  public var dataset: Dataset
  /// The dataset's file and text.
  public var datasetFile: (name: String, text: String)
  /// The paths, in the benchmark's order.
  public var paths: [ExportPath]
  /// The command line, without secrets.
  public var arguments: [String]
  /// The version of exportbench.
  public var toolVersion: String
  /// Leave database and server files there at the end.
  public var keep: Bool

  /// Checks what only the parts together can show.
  ///
  /// - Throws: ``BenchError`` for a window that is larger than the data, or empty of data.
  public init(
    benchmark: Benchmark, benchmarkFile: (name: String, text: String), dataset: Dataset,
    datasetFile: (name: String, text: String), paths: [ExportPath], arguments: [String],
    toolVersion: String, keep: Bool
  ) throws {
    for window in benchmark.windows where window > dataset.span {
      throw BenchError(
        .input,
        "\(benchmarkFile.name): the window \(window) is larger than the data, which spans "
          + "\(dataset.span) (\(datasetFile.name)); leave it out, or give the dataset more days")
    }
    self.benchmark = benchmark
    self.benchmarkFile = benchmarkFile
    self.dataset = dataset
    self.datasetFile = datasetFile
    self.paths = paths
    self.arguments = arguments
    self.toolVersion = toolVersion
    self.keep = keep
  }

  /// The attempts in their order.
  public var plan: Plan {
    Plan(
      mergeStates: benchmark.mergeStates, windows: benchmark.windows, paths: paths,
      repeats: benchmark.repeats, warmups: benchmark.warmups, seed: benchmark.seed)
  }
}

/// What a run tells while it goes on.
public enum RunNews: Sendable {
  /// A step has begun, in words.
  case step(String)
  /// So many of the dataset's rows are in both tables.
  case loaded(rows: Int, of: Int, bytes: Int, seconds: Double)
  /// An attempt begins.
  case measuring(Cell, attempt: Int, of: Int, seconds: Double)
  /// An attempt failed, and the run goes on.
  case failed(Sample)
}

/// A run under way.
public final class Run {
  private let plan: RunPlan
  private let target: Target
  private let folder: RunFolder
  private let tell: @Sendable (RunNews) -> Void
  private var samples: [Sample] = []
  private var inserts: [InsertSample] = []
  private var storage: [StorageSample] = []
  private let clock = ContinuousClock()
  private let proof = AllocatorProof.take()

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
      if samples.isEmpty && inserts.isEmpty { folder.remove() }
      throw error
    }
  }

  private func measure(_ client: Client, processID: Int?) async throws -> Findings {
    let began = clock.now
    let name = folder.path.split(separator: "/").last.map(String.init) ?? "run"
    let workspace = try await Workspace.create(for: name, on: client)
    var manifest = try await describe(workspace, run: name)
    do {
      let cells = plan.plan.cells
      try await prepare(workspace, &manifest)
      try await export(cells, from: workspace, processID: processID)
      if !plan.keep { try await workspace.drop() }
      manifest.complete = true
      manifest.status = "done"
      return try finish(&manifest, began)
    } catch {
      manifest.status = "ended early after \(samples.count) attempts: \(firstLine(error))"
      if !samples.isEmpty || !inserts.isEmpty { _ = try? finish(&manifest, began) }
      // The database is ours and nobody else's; a task that was cancelled must still drop it.
      if !plan.keep { await Task { try? await workspace.drop() }.value }
      throw error
    }
  }

  /// Makes the tables, loads them, and describes what came out.
  private func prepare(_ workspace: Workspace, _ manifest: inout Manifest) async throws {
    try await workspace.createTable()
    try await workspace.migrateUp()
    try await workspace.createPlainTable()
    try await workspace.setMerges(running: false)
    for table in [Workspace.table, Workspace.view] {
      manifest.ddl[table] = try await workspace.definition(of: table)
    }
    try folder.write(try manifest.json(), to: "manifest.json")

    tell(.step("loading \(Count(manifest.dataset.rows)) rows twice: with the view and without"))
    var loader = PairedLoader(workspace, plan.dataset, seed: plan.benchmark.seed)
    let began = clock.now
    var rows = 0
    var bytes = 0
    try await loader.load(rowsPerInsert: plan.benchmark.rowsPerInsert) { pair in
      for sample in pair {
        try folder.append(sample, to: "inserts.csv")
        inserts.append(sample)
        bytes += sample.sentBytes ?? 0
      }
      rows += pair.first?.rows ?? 0
      tell(
        .loaded(
          rows: rows, of: manifest.dataset.rows, bytes: bytes, seconds: seconds(since: began)))
    }
    try await workspace.dropPlainTable()
    let failed = inserts.count { $0.status != .ok }
    let loaded = try await workspace.uniqueIDs(in: Workspace.table)
    guard failed == 0, loaded == manifest.dataset.unique else {
      throw BenchError(
        .server,
        "the table holds \(Count(loaded)) observations of \(Count(manifest.dataset.unique)), and "
          + "\(failed) inserts failed; their errors are in inserts.csv")
    }
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
      witness: ServerMemory(Client(workspace.client.endpoint), processID: processID),
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
      try folder.append(sample, to: "samples.csv")
      samples.append(sample)
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
      try folder.append(sample, to: "storage.csv")
      storage.append(sample)
    }
  }

  private func seconds(since moment: ContinuousClock.Instant) -> Double {
    (clock.now - moment) / .seconds(1)
  }
}

extension Run {
  private func describe(_ workspace: Workspace, run: String) async throws -> Manifest {
    let truth = plan.dataset.truth()
    var manifest = Manifest(
      toolVersion: plan.toolVersion, run: run, startedAt: timestamp(),
      seed: Int(plan.benchmark.seed),
      benchmark: Manifest.Document(file: plan.benchmarkFile.name, text: plan.benchmarkFile.text),
      dataset: Manifest.Dataset(
        file: plan.datasetFile.name, text: plan.datasetFile.text, rows: truth.rows,
        unique: truth.observations, duplicates: truth.duplicates),
      engine: target.description(workspace.client.endpoint, version: "\(workspace.version)"),
      machine: .current, paths: plan.paths.map { Manifest.Path(name: $0.name, sql: $0.sql) },
      baseline: plan.paths[0].name, mergeStates: plan.benchmark.mergeStates.map(\.rawValue))
    manifest.arguments = plan.arguments
    manifest.settings = ["export": plan.benchmark.settings]
    manifest.claims = plan.benchmark.claims
    manifest.notes = [plan.benchmark.note].compactMap { $0 }
    manifest.allocator = Manifest.Allocator(proof)
    if !proof.holds {
      manifest.notes.append(
        "jemalloc does not serve the whole process, so the driver's allocator has no figures")
    }
    #if DEBUG
      manifest.notes.append(
        "exportbench was built without optimization: the driver's figures mean nothing")
    #endif
    return manifest
  }

  /// Completes the folder's files from what was measured.
  private func finish(
    _ manifest: inout Manifest, _ began: ContinuousClock.Instant
  ) throws -> Findings {
    manifest.finishedAt = timestamp()
    manifest.harness = Manifest.Harness(
      cpuMs: ownCPUMs(), wallMs: seconds(since: began) * 1000,
      rssPeakBytes: samples.compactMap(\.driverRSSPeakBytes).max(), bottleneck: nil)
    let findings = try Findings(
      manifest: manifest, samples: samples, inserts: inserts, storage: storage)
    try folder.write(CSV.document(findings.summary.rows), to: "summary.csv")
    try folder.write(try manifest.json(), to: "manifest.json")
    return findings
  }
}

extension Manifest.Allocator {
  init(_ proof: AllocatorProof) {
    let covers = [("swift", proof.coversSwift), ("libcurl", proof.coversLibcurl)]
    self.init(
      name: "jemalloc", version: proof.version ?? "not linked",
      covers: covers.filter(\.1).map(\.0), proven: proof.holds,
      detail: "1 MiB allocated in Swift and 1 MiB inside libcurl, looked for in jemalloc's counter "
        + "of the thread")
  }
}

private func firstLine(_ error: any Error) -> String {
  guard !(error is CancellationError) else { return "interrupted" }
  return String("\(error)".prefix { !$0.isNewline }.prefix(300))
}
