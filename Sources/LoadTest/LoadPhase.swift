// One phase of a load test: fresh tables, the streams, the server's state every second, and the
// delivery audit at the end.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Failures
import Foundation
import Probes
import RunStore
import Units
import Workspace

struct LoadPhase {
  let plan: LoadPlan
  /// With the view and without it.
  let workspaces: [InsertTarget: Workspace]
  /// Used only for the streams, so that nothing else occupies their connections; on a cluster one
  /// per server.
  private let carrying: [Client]
  /// Process id if the server runs on this machine.
  let processID: Int?
  /// Nil for a single driver.
  let drivers: DriverBarrier?

  private let clock = ContinuousClock()

  init(
    _ plan: LoadPlan, in workspaces: [InsertTarget: Workspace], carriedBy carrying: Client,
    processID: Int?, with drivers: DriverBarrier?
  ) {
    (self.plan, self.workspaces, self.processID) = (plan, workspaces, processID)
    self.drivers = drivers
    self.carrying = carrying.endpoints.indices.map { carrying.entering(at: $0) }
  }

  /// Runs a phase. Failures are recorded; thrown errors mean that it cannot start or be recorded.
  ///
  /// - Parameters:
  ///   - sample: the phase with its number.
  ///   - record: appends rows to their files.
  ///   - tell: called every second.
  /// - Returns: the phase with its end, to be recorded by the caller.
  /// - Throws: ``ClickHouseError`` if tables cannot be created; errors of `record`.
  func run(
    _ cell: LoadTestCell, _ sample: PhaseSample, _ question: LoadTestQuestion,
    record: (Records) throws -> Void, tell: (SecondSample) -> Void
  ) async throws -> PhaseSample {
    guard let workspace = workspaces[cell.target] else {
      preconditionFailure("the phase has no database")
    }
    var sample = sample
    (sample.streamMix, sample.target, sample.export) = (cell.streamMix, cell.target, cell.export)
    (sample.warmupMs, sample.durationMs) = (question.warmupMs, question.durationMs)
    let ledger = BatchAccounting(plan.dataset, driver: plan.driver)
    sample.preloadedRows = try await prepare(workspace, cell.target, sample.phase, ledger)
    let log = RequestLog(phase: sample.phase)
    let exports = ExportAccounting()
    let loops = cell.streams.compactMap { $0.share(of: plan.driver) }.map { stream, share in
      OpenLoop(stream, question, share: share, log) {
        executor(of: stream, over: carrying[$0 % carrying.count], workspace, ledger, exports)
      }
    }
    let preloaded =
      sample.preloadedRows > 0 ? try? await written(in: workspace) : (0, 0)
    for loop in loops { await loop.prepare() }
    let process = processID.map { ProcessMemory(processID: $0) }
    let mayReset = process?.resetPeak() ?? false
    // Slightly ahead, so that the first request is not late.
    let began =
      try await drivers?.beginning(of: sample.phase) ?? clock.now + .milliseconds(50)
    sample.startedAt = timestamp()
    let cpu = ownCPUMs()
    let watch = LoadWatch(
      workspace: workspace, target: cell.target, log: log, loops: loops,
      process: process, began: began, cpuMsBefore: cpu)
    let streams = Task {
      await withTaskGroup { group in
        for loop in loops { group.addTask { await loop.run(since: began) } }
      }
      watch.end()
    }
    try await withTaskCancellationHandler {
      do { try await watch.run(record: record, tell: tell) } catch {
        // Nothing can be recorded any more, so running requests are cancelled.
        streams.cancel()
        await streams.value
        throw error
      }
      await streams.value
    } onCancel: {
      streams.cancel()
    }
    let last = log.fetch()
    try record(Records(last))
    // Drivers agree on a start time, and one may be stopped before it.
    sample.elapsedMs = max(0, ((clock.now - began) / .milliseconds(1)).rounded())
    sample.plannedRequests = loops.map(\.planned).reduce(0, +)
    sample.driverCPUMs = (ownCPUMs() - cpu).rounded()
    sample.driverCores = ProcessInfo.processInfo.activeProcessorCount
    if mayReset { sample.serverRSSPeakBytes = process?.peakBytes }
    if Task.isCancelled { sample.outcome = .interrupted }
    if sample.outcome == .whole {
      // Other drivers may still insert.
      let again = (drivers == nil ? cell.streams : []).compactMap {
        executor(of: $0, over: carrying[0], workspace, ledger, exports) as? ExportExecutor
      }
      await sample.take(
        exports, of: again, by: QueryLog(workspace.client, version: workspace.version))
    }
    let rowsPerBatch = cell.streams.compactMap(\.rowsPerBatch).first ?? 0
    return await audited(
      sample, workspace, ledger, rowsPerBatch: rowsPerBatch, preloaded: preloaded)
  }

  /// Bytes of the parts that inserts and merges made.
  private typealias WrittenBytes = (inserted: Int, merged: Int)

  /// What the tables have written since they were made, with rows in them; nil where part_log does
  /// not say.
  private func written(in workspace: Workspace) async throws -> WrittenBytes? {
    let work = MergeWork(
      workspace.client, version: workspace.version, database: workspace.database.name)
    let tables = try await work.work(of: try await work.tables()).written
    let inserted = tables.map(\.newBytes).reduce(0, +)
    return inserted == 0 ? nil : (inserted, tables.map(\.writtenBytes).reduce(0, +))
  }

  /// Compares the table with what was acknowledged, also after a phase that was interrupted, and
  /// adds up what was written.
  private func audited(
    _ sample: PhaseSample, _ workspace: Workspace, _ ledger: BatchAccounting, rowsPerBatch: Int,
    preloaded: WrittenBytes?
  ) async -> PhaseSample {
    // After an interrupt, a server that hangs is not waited for long.
    let timeout: Duration = sample.outcome == .interrupted ? .seconds(4) : .seconds(600)
    let client = Client(
      workspace.client.endpoints, of: workspace.client.cluster, connectionsMax: 1,
      timeouts: Timeouts(connect: .seconds(10), total: timeout))
    let workspace = Workspace(
      client: client, version: workspace.version, database: workspace.database,
      front: workspace.front)
    let audit = DeliveryAudit(workspace: workspace, dataset: plan.dataset)
    let pending = PendingCleanup()
    defer { pending.discharge() }
    return await Task { [drivers] in
      var sample = sample
      do {
        let others = try await drivers?.outcomes(of: sample.phase, own: ledger.outcomes) ?? []
        let account = ledger.account(with: others, rowsPerBatch: rowsPerBatch)
        // The first driver checks what all have sent.
        guard drivers?.leads != false else {
          sample.take(account)
          return sample
        }
        await audit.take(account, into: &sample)
        if sample.outcome == .whole, sample.auditError == nil, account.acknowledgedBatches > 0,
          let preloaded, let written = try? await written(in: workspace)
        {
          sample.insertedBytes = written.inserted - preloaded.inserted
          sample.mergedBytes = written.merged - preloaded.merged
        }
      } catch { sample.auditError = firstLine("\(error)") }
      return sample
    }.value
  }

  /// Creates the tables with their preloaded rows; every phase starts with the same. The first of
  /// several drivers does it, the others wait.
  private func prepare(
    _ workspace: Workspace, _ target: InsertTarget, _ phase: Int, _ ledger: BatchAccounting
  ) async throws -> Int {
    if let drivers, !drivers.leads {
      try await drivers.wait(for: .prepared, phase)
      return ledger.preload(plan.question.preloadRows).count
    }
    try await workspace.drop.tables()
    try await workspace.createTable()
    if target == .withView {
      try await workspace.migrateUp()
      try await workspace.createObjects()
    }
    let body = InsertBody(of: plan.dataset)
    var left = plan.question.preloadRows
    while left > 0 {
      let rows = ledger.preload(min(left, plan.benchmark.rowsPerInsert))
      if rows.isEmpty { break }
      body.begin(rows)
      _ = try await workspace.client.insert(
        insertQuery(into: Workspace.table, in: workspace), from: body.fill)
      left -= rows.count
    }
    try await drivers?.post(.prepared, phase)
    return plan.question.preloadRows - left
  }

  private func executor(
    of stream: LoadTestQuestion.Stream, over client: Client, _ workspace: Workspace,
    _ ledger: BatchAccounting, _ exports: ExportAccounting
  ) -> any RequestExecutor {
    guard let name = stream.path, let path = plan.paths[name] else {
      var query = insertQuery(
        into: Workspace.table, in: workspace, mode: plan.benchmark.isAsync ? .async : .sync)
      // Without retries.
      query.settings["deduplicate_blocks_in_dependent_materialized_views"] = nil
      query.settings.merge(plan.benchmark.ingestSettings) { _, own in own }
      return InsertExecutor(
        client, query, rowsPerBatch: stream.rowsPerBatch ?? 1, of: plan.dataset, ledger)
    }
    let window = TimeSpan(milliseconds: stream.windowMs ?? 0)
    let cluster = client.cluster == nil ? [:] : ExportPath.loadClusterSettings
    let settings = path.exportSettings(
      under: plan.profile, on: workspace, own: cluster.merging(plan.benchmark.settings) { $1 })
    return ExportExecutor(
      client: client, path: path,
      window: ExportWindow(
        project: plan.dataset.exportProject, range: plan.dataset.window(window)),
      settings: settings, database: workspace.front, ledger: exports)
  }
}
