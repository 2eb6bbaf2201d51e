// A load test: round after round of phases, then the trials of searches.

import Analysis
import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Probes
import RunSession
import RunStore
import Workspace

/// News of a load test's progress.
package enum LoadNews: ProgressNews {
  /// A step begins, in words.
  case step(String)
  /// A phase goes on: its number, of how many if that is known, and the last look at it.
  case going(phase: Int, of: Int?, label: String, look: SecondSample, spanMs: Double)
  case ended(PhaseSample)
}

/// A load test under way.
package final class LoadRun: Measurement {
  private let session: RunSession<LoadPlan, LoadNews>
  private var drivers: DriverBarrier?

  private var plan: LoadPlan { session.plan }
  private var folder: RunFolder { session.folder }

  /// Prepares a load test; its files go into `folder`, which is new.
  package init(
    _ plan: LoadPlan, on target: Target, into folder: RunFolder,
    tell: @escaping @Sendable (LoadNews) -> Void
  ) {
    session = RunSession(plan, on: target, into: folder, tell: tell)
  }

  /// Makes every phase, and concludes.
  package func execute() async throws -> Findings { try await session.execute(self) }

  package var timeouts: Timeouts { Timeouts(connect: .seconds(10), idle: .seconds(600)) }

  package var rights: (list: String, database: Identifier) {
    get throws { ("run", try Workspace.database(of: sharedName)) }
  }

  package var progress: String { "\(folder.records.phases.count) phases" }

  package var driverRSSPeakBytes: Int? { ProcessMemory().peakBytes }

  package func measure(_ server: SessionServer) async throws {
    var workspaces: [InsertTarget: Workspace] = [:]
    for target in targets {
      let name = sharedName + (target == .plain ? "-without-view" : "")
      let workspace = try await workspace(name, of: target, on: server.client)
      session.workspaces.append(workspace)
      workspaces[target] = workspace
    }
    if let driver = plan.driver, let workspace = session.workspaces.first {
      drivers = try await DriverBarrier(driver, in: workspace, plan: try plan.text())
    }
    let pulse = drivers?.stayHeard()
    defer { pulse?.cancel() }
    try await ServerMemoryGuard.watch(server.client, cancelling: true) {
      try await makePhases(workspaces, server)
    }
  }

  /// Tells the other drivers that this one is gone, also in a task that was cancelled.
  package func abandon() async {
    await Task { [drivers] in try? await drivers?.post(.gone, 0) }.value
  }

  /// What the databases are named after: this run alone, unless it has other drivers.
  private var sharedName: String { plan.shared ?? folder.name }

  /// The database of phases with the view, or without; the first of several drivers makes it, and
  /// the others wait for it.
  private func workspace(
    _ name: String, of target: InsertTarget, on client: Client
  ) async throws -> Workspace {
    guard plan.driver?.isFirst != false else {
      return try await DriverBarrier.database(of: name, on: client) { session.tell(.step($0)) }
    }
    let objects = target == .plain ? [] : plan.objects
    return plan.shared == nil
      ? try await RunWorkspace.createNext(for: name, on: client, with: objects, keep: plan.keep)
      : try await RunWorkspace.create(for: name, on: client, with: objects, keep: plan.keep)
  }

  private var targets: [InsertTarget] {
    let wanted = plan.question.targets + plan.question.searches.map(\.target)
    return [.withView, .plain].filter(wanted.contains)
  }

  private func makePhases(
    _ workspaces: [InsertTarget: Workspace], _ server: SessionServer
  ) async throws {
    let question = plan.question
    let most = question.searches.map { $0.raise == .concurrency ? Int($0.to) : 0 }.max() ?? 0
    let carrying = server.reached.client(
      // Each stream has its own bound; this one must never be the limit.
      connectionsMax: question.streams.map(\.connections).reduce(most, +) + 1,
      timeouts: Timeouts(
        connect: .seconds(10), total: .milliseconds(question.timeoutMs)))
    let phases = LoadPhase(
      plan, in: workspaces, carriedBy: carrying,
      processID: server.reached.processIDs[server.client.endpoint.port], with: drivers)
    let total = question.cells.count * question.rounds
    for round in 1...question.rounds {
      for cell in question.cells(ofRound: round, seed: plan.benchmark.seed) {
        var sample = PhaseSample()
        sample.round = round
        try await make(cell, sample, question, of: question.searches.isEmpty ? total : nil, phases)
      }
    }
    for search in question.searches { try await make(search, phases) }
  }

  /// Makes the trials of a search until it is over.
  private func make(_ search: LoadTestSearch, _ phases: LoadPhase) async throws {
    var question = plan.question
    question.durationMs = search.trialMs
    while let position = next(of: search), let cell = question.cell(of: search, at: position) {
      session.tell(.step("\(search.name): \(search.text(at: position))"))
      var sample = PhaseSample()
      (sample.search, sample.position) = (search.name, position)
      try await make(cell, sample, question, of: nil, phases)
    }
  }

  private func next(of search: LoadTestSearch) -> Int? {
    LoadTestFindings(session.manifest, folder.records)?.searches
      .first { $0.search.name == search.name }?.next
  }

  private func make(
    _ cell: LoadTestCell, _ sample: PhaseSample, _ question: LoadTestQuestion, of total: Int?,
    _ phases: LoadPhase
  ) async throws {
    try Task.checkCancellation()
    var sample = sample
    sample.phase = (folder.records.phases.last?.phase ?? 0) + 1
    let number = sample.phase
    let ended = try await phases.run(cell, sample, question) { records in
      try folder.append(records.requests)
      try folder.append(records.seconds)
    } tell: { look in
      session.tell(
        .going(
          phase: number, of: total, label: cell.label, look: look, spanMs: question.spanMs))
    }
    try folder.append(ended)
    session.tell(.ended(ended))
    try Task.checkCancellation()
  }

  package func describe(_ manifest: inout Manifest) {
    let cluster = session.target.cluster
    manifest.settings = [
      "insert": insertSettings(of: cluster).merging(plan.benchmark.ingestSettings) { $1 },
      "export": plan.exportSettings,
    ]
    if let cluster {
      manifest.settings["cluster"] = ExportPath.loadClusterSettings
      manifest.notes.append(
        "measured on the cluster \(cluster): connections are distributed over its servers, and "
          + "exports read any replica; parts and merges count one replica of each shard, memory is "
          + "the maximum over the hosts")
    }
    manifest.loadTest = plan.question
  }
}

extension LoadPlan: Planned {
  package var rows: Manifest.Dataset { Manifest.Dataset(dataset, file: datasetFile) }
  package var listedPaths: [ExportPath] { paths.values.sorted { $0.name < $1.name } }
  package var settingsOfInserts: [[String: String]] { [[:], benchmark.ingestSettings] }
}
