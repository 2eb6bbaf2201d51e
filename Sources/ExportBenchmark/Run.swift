// A run of an export benchmark: in a database of its own, or on existing tables.

import ClickHouseClient
import ClickHouseSQL
import Analysis
import ExportPaths
import InsertBenchmark
import Probes
import RunSession
import RunStore
import Workspace

/// News of a run's progress.
package enum RunNews: ProgressNews {
  /// A step begins, in words.
  case step(String)
  /// Rows of the dataset in both tables.
  case loaded(rows: Int, of: Int, bytes: Int, seconds: Double)
  case writing(WriteBench.Progress, seconds: Double)
  /// `known`: results of earlier attempts of its kind.
  case measuring(PlannedAttempt, attempt: Int, of: Int, seconds: Double, known: PeakHistory.Known)
  /// Started under a memory limit.
  case probing(MemoryLimitProbe)
  /// The run continues.
  case failed(Sample)
  /// The answer is wrong; the run continues.
  case wrong(VerificationSample, [DifferenceSample])
}

/// The session of a run, which its steps share.
typealias ExportSession = RunSession<RunPlan, RunNews>

/// A run under way.
package final class Run: Experiment {
  private let session: ExportSession
  private var plan: RunPlan { session.plan }

  /// Prepares a run; its files go into `folder`, which may hold the beginning of the same run.
  package init(
    _ plan: RunPlan, on target: Target, into folder: RunFolder,
    tell: @escaping @Sendable (RunNews) -> Void
  ) {
    session = ExportSession(plan, on: target, into: folder, tell: tell)
  }

  /// Measures everything that the plan asks for and is not recorded, and concludes.
  package func execute() async throws -> Findings { try await session.execute(self) }

  /// Asks the run's server whether it accepts the settings, and measures nothing; of an embedded
  /// one the files are in `folder` meanwhile. So a sweep checks all servers before it begins.
  package static func check(_ plan: RunPlan, on target: Target, folder: String) async throws {
    try await target.reach(folder: folder, keep: false) {
      let client = $0.client()
      try await plan.checkSettings(client, try await client.serverVersion())
    }
  }

  /// A query may rightly be silent for minutes; a server that is silent for longer has hung.
  package var timeouts: Timeouts { Timeouts(connect: .seconds(10), idle: .seconds(1800)) }

  package var rights: (list: String, database: Identifier) {
    get throws {
      switch plan.source {
      case .dataset: ("run", try Workspace.database(of: session.manifest.run))
      case .found(let tables): ("run-found", tables.database)
      }
    }
  }

  package var progress: String { "\(session.folder.records.samples.count) attempts" }

  package var driverRSSPeakBytes: Int? {
    session.folder.records.samples.compactMap(\.driverRSSPeakBytes).max()
  }

  /// Checks the logs that the plan's figures come from; notes in the manifest what will be missing.
  package func prepare(_ server: SessionServer) async throws -> [String: String] {
    var optional: [LogCheck.Log] = []
    if plan.source.dataset != nil { optional += [.part, .views] }
    if plan.benchmark.writes.legs.contains(where: { $0.mode == .async }) {
      optional.append(.gathered)
    }
    let check = try await LogCheck(
      server.client, version: server.version, needsQueryLog: !plan.paths.isEmpty,
      optional: optional)
    try check.refuseObstacles()
    for finding in check.findings { session.note(finding.sentence) }
    return check.settings
  }

  package func measure(_ server: SessionServer) async throws {
    switch plan.source {
    case .dataset(let dataset, _):
      try await DatasetRun(session, dataset, server).measure()
    case .found(let tables):
      try await ExistingTablesRun(session, tables, server, timeouts).measure()
    }
    noteMissingCodecs()
  }

  package func describe(_ manifest: inout Manifest) {
    manifest.baseline = plan.adding(logged)
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
    let number = (folder.records.samples.last?.first?.name ?? ""
    manifest.mergeStates = plan.benchmark.mergeStates.map(\.description)
    manifest.claims = plan.benchmark.claims
    manifest.frontier = plan.benchmark.frontier
    switch plan.source {
    case .dataset: manifest.settings["insert"] = insertSettings(of: session.target.cluster)
    // The run's beginning chose the rows.
    case .found: if let begun = session.folder.resumed { manifest.dataset = begun.dataset }
    }
    if !plan.paths.isEmpty {
      manifest.settings["export"] = SecretMask.masked(settings: plan.exportSettings)
      if session.target.cluster != nil { manifest.settings["cluster"] = ExportPath.clusterSettings }
    }
    if let cluster = session.target.cluster {
      manifest.notes.append(
        "measured on the cluster \(cluster): peak memory and the server's figures are the "
          + "initiator's, which sends its queries to one replica of each shard; the memory of "
          + "those is in samples.csv (shard_memory_peak_bytes); parts and bytes count one replica "
          + "of each shard")
    }
    if !plan.objects.isEmpty {
      manifest.notes.append(
        "inserts with the view also feed \(plan.objects.map(\.name).joined(separator: ", ")): "
          + "what this run says of writes is not the document's view alone")
    }
    if !session.proof.holds {
      manifest.notes.append(
        "jemalloc does not serve the whole process, so the driver's allocator has no figures")
    }
  }

  /// Notes that the view was not measured with the table's codecs.
  private func noteMissingCodecs() {
    let counted = session.folder.records.storage.contains { $0.role == .viewWithCodecs }
    guard plan.benchmark.viewCodecs, session.target.cluster != nil, !counted else { return }
    session.manifest.add([
      "the view was not counted with the table's codecs, which needs a server of each shard in "
        + "--url"
    ])
  }
}
