// A load from beginning to end: round after round of phases, then the trials of searches.

import Analysis
import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Failures
import Foundation
import Probes
import RunSession
import RunStore
import WindowExports
import Workspace

/// What a load tells while it goes on.
package enum LoadNews: Sendable {
  /// A step has begun, in words.
  case step(String)
  /// A phase goes on: which of how many, if that is known, what it is, and how it stands.
  case going(phase: Int, of: Int?, label: String, look: SecondSample, spanMs: Double)
  case ended(PhaseSample)
}

/// A load under way.
package final class LoadRun {
  private let plan: LoadPlan
  private let target: Target
  private let folder: RunFolder
  private let tell: @Sendable (LoadNews) -> Void
  private let proof = AllocatorProof.take()
  private let clock = ContinuousClock()
  private lazy var description = describe()

  /// Prepares a load; its files go into `folder`, which is new.
  package init(
    _ plan: LoadPlan, on target: Target, into folder: RunFolder,
    tell: @escaping @Sendable (LoadNews) -> Void
  ) {
    self.plan = plan
    self.target = target
    self.folder = folder
    self.tell = tell
  }

  /// Makes every phase, and concludes.
  ///
  /// When this throws, what was measured until then is in the folder, with a summary of it; if
  /// nothing was, the folder is gone.
  package func execute() async throws -> Findings {
    let pending = folder.removalIfEmpty()
    defer { pending.discharge() }
    do {
      tell(.step("starting"))
      if target.cluster != nil { try plan.refusePathsThatAreNotForClusters() }
      var manifest = description
      try folder.write(&manifest)
      return try await target.reach(folder: folder.path + "/engine", keep: plan.keep) {
        try await measure($0, &manifest)
      }
    } catch {
      if folder.records.isEmpty { folder.remove() }
      throw error
    }
  }

  private func measure(
    _ reached: Target.Reached, _ manifest: inout Manifest
  ) async throws -> Findings {
    let began = clock.now
    let client = reached.client(
      timeouts: Timeouts(connect: .seconds(10), idle: .seconds(600)))
    let version = try await client.serverVersion()
    let check = SettingsCheck(
      client: client, version: version, file: plan.benchmarkFile.name, own: plan.benchmark.settings)
    try await check.checkInserts()
    try await check.checkInserts(plan.benchmark.ingestSettings)
    try await check.check(plan.listedPaths, under: plan.profile)
    if !plan.paths.isEmpty {
      manifest.add(plan.defectNotes(on: version))
      manifest.engine.workarounds = ServerDefect.workarounds(on: version)
    }
    try await manifest.name(client, version)
    try await Rights.check(
      for: &manifest, client, reached, list: "run", in: try Workspace.database(of: sharedName)
    ) { tell(.step($0)) }
    var workspaces: [InsertTarget: Workspace] = [:]
    var drivers: DriverBarrier?
    do {
      for target in targets {
        let name = sharedName + (target == .plain ? "-without-view" : "")
        workspaces[target] = try await workspace(name, of: target, on: client)
      }
      if let driver = plan.driver, let workspace = targets.first.flatMap({ workspaces[$0] }) {
        drivers = try await DriverBarrier(driver, in: workspace, plan: try plan.text())
      }
      let pulse = drivers?.stayHeard()
      defer { pulse?.cancel() }
      try await ServerMemoryGuard.watch(client, cancelling: true) {
        try await makePhases(
          workspaces, reached, processID: reached.processIDs[client.endpoint.port], drivers)
      }
      manifest.notes += folder.records.lossNotes(hosts: try await Replica.all(from: client))
      for workspace in workspaces.values { try await workspace.end() }
      manifest.complete = true
      manifest.status = "done"
      return try finish(&manifest, began)
    } catch {
      let pending = PendingCleanup()
      defer { pending.discharge() }
      manifest.status =
        "ended early after \(folder.records.phases.count) phases: \(firstLine(error))"
      if !folder.records.isEmpty { _ = try? finish(&manifest, began) }
      let made = Array(workspaces.values)
      // The databases are ours and nobody else's. A task that was cancelled must still say that it
      // is gone, and drop them.
      await Task { [drivers] in
        try? await drivers?.post(.gone, 0)
        for workspace in made { try? await workspace.end() }
      }.value
      throw error
    }
  }

  /// What the databases are named after: this run alone, unless it has other drivers.
  private var sharedName: String { plan.shared ?? folder.name }

  /// Whether this driver makes tables, and drops them.
  private var makesTables: Bool { plan.driver?.isFirst != false }

  /// The database of phases with the view, or without; of several drivers the first makes it, and
  /// the others wait for it.
  private func workspace(
    _ name: String, of target: InsertTarget, on client: Client
  ) async throws -> Workspace {
    guard makesTables else {
      return try await DriverBarrier.database(of: name, on: client) { tell(.step($0)) }
    }
    let objects = target == .plain ? [] : plan.objects
    guard plan.shared != nil else {
      return try await Workspace.createNext(for: name, on: client, with: objects, keep: plan.keep)
    }
    return try await Workspace.create(for: name, on: client, with: objects, keep: plan.keep)
  }

  private var targets: [InsertTarget] {
    let wanted = plan.question.targets + plan.question.searches.map(\.target)
    return [.withView, .plain].filter(wanted.contains)
  }

  private func makePhases(
    _ workspaces: [InsertTarget: Workspace], _ reached: Target.Reached, processID: Int?,
    _ drivers: DriverBarrier?
  ) async throws {
    let question = plan.question
    let most = question.searches.map { $0.raise == .concurrency ? Int($0.to) : 0 }.max() ?? 0
    let carrying = reached.client(
      // Each stream has a bound of its own; this one must never be what is waited for.
      connectionsMax: question.streams.map(\.connections).reduce(most, +) + 1,
      timeouts: Timeouts(
        connect: .seconds(10), total: .milliseconds(question.timeoutMs)))
    let phases = LoadPhase(
      plan, in: workspaces, carriedBy: carrying, processID: processID, with: drivers)
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
      tell(.step("\(search.name): \(search.text(at: position))"))
      var sample = PhaseSample()
      (sample.search, sample.position) = (search.name, position)
      try await make(cell, sample, question, of: nil, phases)
    }
  }

  private func next(of search: LoadTestSearch) -> Int? {
    LoadTestFindings(description, folder.records)?.searches
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
      tell(
        .going(
          phase: number, of: total, label: cell.label, look: look, spanMs: question.spanMs))
    }
    try folder.append(ended)
    tell(.ended(ended))
    try Task.checkCancellation()
  }

  private func finish(
    _ manifest: inout Manifest, _ began: ContinuousClock.Instant
  ) throws -> Findings {
    try folder.finish(
      &manifest, wallMs: (clock.now - began) / .milliseconds(1),
      driverRSSPeakBytes: ProcessMemory().peakBytes)
  }

  /// What is known before the server is asked anything.
  private func describe() -> Manifest {
    var manifest = Manifest(of: plan, in: folder, on: target, proof)
    manifest.settings = [
      "insert": insertSettings(of: target.cluster).merging(plan.benchmark.ingestSettings) { $1 },
      "export": UntrackedMemory.settings.merging(plan.benchmark.settings) { $1 },
    ]
    manifest.notes += plan.untrackedMemoryNotes
    if let cluster = target.cluster {
      manifest.settings["cluster"] = ExportPath.loadClusterSettings
      manifest.notes.append(
        "measured on the cluster \(cluster): connections go to its servers in turn, and exports "
          + "read any replica; parts and merges count one replica of each shard, memory is the "
          + "highest of all hosts")
    }
    manifest.loadTest = plan.question
    manifest.driver = plan.driver
    #if DEBUG
      manifest.notes.append(
        "exportbench was built without optimization: it is slower than it need be, and its own "
          + "share of the figures means nothing")
    #endif
    return manifest
  }
}
