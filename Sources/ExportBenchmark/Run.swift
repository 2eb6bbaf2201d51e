// A run from beginning to end: load, measure, check, conclude. The one way through the house, as
// code. A run that is resumed takes the same way, and passes over what is recorded already.

import ExportPaths
import Analysis
import BenchmarkSpec
import ClickHouseClient
import Failures
import Foundation
import InsertBenchmark
import ObservationGenerator
import Probes
import RunSession
import RunStore
import Units
import WindowExports
import Workspace

/// What a run tells while it goes on.
package enum RunNews: Sendable {
  /// A step has begun, in words.
  case step(String)
  /// So many of the dataset's rows are in both tables.
  case loaded(rows: Int, of: Int, bytes: Int, seconds: Double)
  /// A round of inserts begins.
  case writing(WriteBench.Progress, seconds: Double)
  /// An attempt begins; `known` is what the attempts of its kind came to so far.
  case measuring(PlannedAttempt, attempt: Int, of: Int, seconds: Double, known: PeakHistory.Known)
  /// An attempt under a memory limit begins; how it ended is not known yet.
  case probing(MemoryLimitProbe)
  /// An attempt failed, and the run goes on.
  case failed(Sample)
  /// A path's answer is not what it must be, and the run goes on.
  case wrong(VerificationSample, [DifferenceSample])
}

/// A run under way.
package final class Run {
  package let plan: RunPlan
  package let target: Target
  package let folder: RunFolder
  package let tell: @Sendable (RunNews) -> Void
  private let clock = ContinuousClock()
  package let proof = AllocatorProof.take()

  /// Prepares a run; its files go into `folder`, which may hold those of its own beginning.
  package init(
    _ plan: RunPlan, on target: Target, into folder: RunFolder,
    tell: @escaping @Sendable (RunNews) -> Void
  ) {
    self.plan = plan
    self.target = target
    self.folder = folder
    self.tell = tell
  }

  /// Measures everything that the plan asks for and is not there yet, and concludes.
  ///
  /// When this throws, what was measured until then is in the folder; if nothing was, a folder that
  /// was made for this run is gone.
  package func execute() async throws -> Findings {
    let pending = folder.resumed == nil ? folder.removalIfEmpty() : nil
    defer { pending?.discharge() }
    do {
      tell(.step("starting"))
      if target.cluster != nil { try plan.refusePathsThatAreNotForClusters() }
      var manifest = describe()
      // Which rows those are that were there was found out when the run began.
      if case .found = plan.source, let begun = folder.resumed { manifest.dataset = begun.dataset }
      if let begun = folder.resumed {
        try refuseDifferences(between: begun, and: manifest)
        manifest.goesOn(from: begun, at: timestamp())
        try await folder.clear("engine")
      } else {
        try folder.write(&manifest)
      }
      return try await target.reach(folder: folder.path + "/engine", keep: plan.keep) {
        try await measure($0.client(timeouts: Self.timeouts), $0, &manifest)
      }
    } catch {
      if folder.records.isEmpty, folder.resumed == nil { folder.remove() }
      throw error
    }
  }

  /// A query may rightly be silent for minutes; a server that is for longer has hung.
  package static let timeouts = Timeouts(connect: .seconds(10), idle: .seconds(1800))

  private func measure(
    _ client: Client, _ reached: Target.Reached, _ manifest: inout Manifest
  ) async throws -> Findings {
    let began = clock.now
    let version = try await client.serverVersion()
    try await Self.checkSettings(client, version, of: plan)
    manifest.add(settingsLeftOut(on: version) + plan.defectNotes(on: version))
    if !plan.paths.isEmpty { manifest.engine.workarounds = ServerDefect.workarounds(on: version) }
    try await manifest.name(client, version)
    if let begun = folder.resumed { try refuseOtherServer(than: begun, manifest) }
    let (rights, database) =
      switch plan.source {
      case .dataset: ("run", try Workspace.database(of: manifest.run))
      case .found(let tables): ("run-found", tables.database)
      }
    try await Rights.check(for: &manifest, client, reached, list: rights, in: database) {
      tell(.step($0))
    }
    let logged = try await checkLogs(client, version, &manifest)
    let client = client.adding(logged)
    var ours: Workspace?
    do {
      switch plan.source {
      case .dataset(let dataset, _):
        let workspace = try await makeWorkspace(on: client, &manifest)
        ours = workspace
        try await ServerMemoryGuard.watch(client) {
          try await measure(dataset, in: workspace, reached, &manifest)
        }
      case .found(let tables):
        // What is watched is what exports.
        let reading = reached.client(timeouts: Self.timeouts, readOnly: true).adding(logged)
        try await ServerMemoryGuard.watch(reading) {
          try await measure(tables, through: reading, client, reached, &manifest)
        }
      }
      manifest.notes += folder.records.lossNotes(hosts: try await Replica.all(from: client))
      manifest.notes += codecNotes
      try await ours?.end()
      manifest.complete = true
      manifest.status = "done"
      return try finish(&manifest, began)
    } catch {
      let pending = PendingCleanup()
      defer { pending.discharge() }
      manifest.status =
        "ended early after \(folder.records.samples.count) attempts: \(firstLine(error))"
      if !folder.records.isEmpty { _ = try? finish(&manifest, began) }
      try? await ours?.end()
      throw error
    }
  }

  /// Measures a dataset in a database that was made for it.
  private func measure(
    _ dataset: Dataset, in workspace: Workspace, _ reached: Target.Reached,
    _ manifest: inout Manifest
  ) async throws {
    try await describeTables(in: workspace, &manifest)
    try await write(dataset, beside: workspace)
    guard let rows = plan.benchmark.rowsPerInsert else { return }
    var tables = Tables(workspace, dataset, rowsPerInsert: rows)
    try await load(&tables, dataset, &manifest)
    try await export(from: workspace, .generated(dataset), workspace.client, reached) {
      try await tables.reach($0) { tell(.step($0)) }
    }
  }

  /// Asks the run's server whether it takes the settings, and measures nothing; of an embedded one
  /// the files go into `folder` meanwhile. So a sweep knows of all its servers before it begins.
  package static func check(_ plan: RunPlan, on target: Target, folder: String) async throws {
    try await target.reach(folder: folder, keep: false) {
      let client = $0.client()
      try await checkSettings(client, try await client.serverVersion(), of: plan)
    }
  }

  /// Asks the server whether it takes the settings, which only it knows, before minutes of loading.
  private static func checkSettings(
    _ client: Client, _ version: ServerVersion, of plan: RunPlan
  ) async throws {
    let check = SettingsCheck(
      client: client, version: version, file: plan.benchmarkFile.name, own: plan.benchmark.settings)
    if plan.source.dataset != nil {
      try await check.checkInserts()
      for leg in plan.benchmark.writes.legs { try await check.checkInserts(leg.settings) }
    }
    try await check.check(plan.paths, under: plan.profile)
  }

  /// A note for each setting that the server is too old for.
  private func settingsLeftOut(on version: ServerVersion) -> [String] {
    let names = Set(plan.paths.flatMap { $0.unknownSettings(under: plan.profile, on: version) })
    guard !names.isEmpty else { return [] }
    return [
      "ClickHouse \(version) does not know, so exports ran without: "
        + names.sorted().joined(separator: ", ")
    ]
  }

  private func write(_ dataset: Dataset, beside workspace: Workspace) async throws {
    guard !plan.benchmark.writes.isEmpty else { return }
    let bench = try WriteBench(beside: workspace, dataset, seed: plan.benchmark.seed)
    let began = clock.now
    try await bench.run(
      plan.benchmark.writes, done: WriteBench.done(in: folder.records), keep: plan.keep
    ) { progress in
      tell(.writing(progress, seconds: seconds(since: began)))
    } record: { round in
      for insert in round.inserts { try folder.append(insert) }
      // Last, because they say that the round is whole.
      for merge in round.merges { try folder.append(merge) }
    }
  }

  /// Makes every attempt in every state of merges, and checks the answers.
  ///
  /// - Parameters:
  ///   - workspace: the tables.
  ///   - truth: where the windows lie, and what they must give.
  ///   - client: asks for logs and memory, which a client that only reads may not.
  ///   - reached: the server.
  ///   - reach: brings the tables into a state.
  /// - Throws: what ends a run: its cancellation, a server that is gone, a guard.
  func export(
    from workspace: Workspace, _ truth: Truth, _ client: Client, _ reached: Target.Reached,
    reach: (MergeState) async throws -> Void
  ) async throws {
    let check = AnswerCheck(
      workspace, truth, profile: plan.profile, settings: plan.benchmark.settings)
    let windows = plan.benchmark.windows
    let exporter = Exporter(
      workspace: workspace, project: truth.project,
      windows: try await abandonable {
        Dictionary(uniqueKeysWithValues: windows.map { ($0, truth.expectation(of: $0)) })
      },
      profile: plan.profile, settings: plan.benchmark.settings,
      memorySource: ServerMemory(client) { reached.processIDs[$0.port] },
      queryLog: QueryLog(client, version: workspace.version), allocatorIsProven: proof.holds,
      consumption: Consumption(partBytes: plan.benchmark.partBytes))
    var progress = Progress(
      began: clock.now, left: todo(in: plan.benchmark.mergeStates).count,
      peaks: PeakHistory(folder.records))
    for state in plan.benchmark.mergeStates where try !isDone(state) {
      try await reach(state)
      try await census(state, in: workspace)
      for cell in todo(in: [state]) { try await attempt(cell, exporter, &progress) }
      // A wrong answer asks for no further repeats. Merges do not wait for a check.
      if plan.benchmark.precision != nil, state != .live {
        try await verify(state, check)
        progress.peaks = PeakHistory(folder.records)
      }
      while let cells = try more(in: state) {
        progress.left += cells.count
        for cell in cells { try await attempt(cell, exporter, &progress) }
      }
      if state == .live { try await census(state, in: workspace) }
      try await probe(state, with: exporter, truth)
      try await verify(state, check)
    }
  }

  /// How far the attempts of this process have come, for the time that is left.
  private struct Progress {
    let began: ContinuousClock.Instant
    var made = 0
    var left: Int
    var peaks: PeakHistory
  }

  private func attempt(
    _ cell: PlannedAttempt, _ exporter: Exporter, _ progress: inout Progress
  ) async throws {
    let number = (folder.records.samples.last?.attempt ?? 0) + 1
    tell(
      .measuring(
        cell, attempt: progress.made + 1, of: progress.made + progress.left,
        seconds: seconds(since: progress.began), known: progress.peaks.known(of: cell)))
    let sample = try await exporter.attempt(cell, number: number)
    try folder.append(sample)
    progress.peaks.add(sample)
    progress.made += 1
    progress.left -= 1
    if sample.status != .ok { tell(.failed(sample)) }
    try end(ifStopped: sample)
  }

  /// Ends the run with an attempt that a guard ended.
  package func end(ifStopped sample: Sample) throws {
    guard sample.status == .stopped else { return }
    throw ServerMemoryExceeded(description: sample.errorMessage ?? ServerMemoryExceeded.name)
  }

  private func census(_ state: MergeState, in workspace: Workspace) async throws {
    let census = StorageCensus(workspace: workspace, state: state)
    func record(_ table: StorageSample, _ columns: [ColumnSample]) throws {
      try folder.append(table)
      for column in columns { try folder.append(column) }
    }
    try await census.take(record: record)
    guard state != .live else { return }
    let shards = try await shardsWithCodecs(workspace.client)
    guard !shards.isEmpty else { return }
    tell(.step("giving the view the table's codecs"))
    try await census.takeWithCodecs(on: shards, record: record)
  }

  /// Compares every answer that was measured in a state of merges with the truth.
  private func verify(_ state: MergeState, _ check: AnswerCheck) async throws {
    let missing = checksToDo(in: state)
    guard !missing.isEmpty else { return }
    tell(.step("checking every answer (\(state))"))
    if !check.isPrepared { try await check.prepare() }
    for (path, window) in missing {
      let (verification, differences) = try await check.check(path, window, in: state)
      // Differences first: a check that is recorded is one that is not made again.
      for difference in differences { try folder.append(difference) }
      try folder.append(verification)
      if verification.status != .ok { tell(.wrong(verification, differences)) }
    }
  }

  package func seconds(since moment: ContinuousClock.Instant) -> Double {
    (clock.now - moment) / .seconds(1)
  }
}
