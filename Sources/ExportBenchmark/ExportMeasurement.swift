// The exports of a run: every planned attempt in every state of merges, and the check of each
// answer.

import BenchmarkSpec
import ClickHouseClient
import Failures
import Probes
import RunSession
import RunStore
import Workspace

/// Makes the attempts of a run that are not recorded, and checks the answers.
struct ExportMeasurement {
  private let session: ExportSession
  private let workspace: Workspace
  private let exporter: Exporter
  private let check: AnswerCheck
  private let probes: MemoryLimitProbes
  private let began = ContinuousClock.now
  private var made = 0
  private var left: Int
  private var peaks: PeakHistory

  private var plan: RunPlan { session.plan }
  private var folder: RunFolder { session.folder }
  private var remaining: RemainingWork { RemainingWork(plan: plan, records: folder.records) }

  /// - Parameters:
  ///   - session: the run.
  ///   - workspace: the tables.
  ///   - truth: where the windows are, and what they must return.
  ///   - client: asks for logs and memory, which a client that only reads may not.
  ///   - reached: the server.
  /// - Throws: the cancellation of the task.
  init(
    _ session: ExportSession, _ workspace: Workspace, _ truth: Truth, _ client: Client,
    _ reached: Target.Reached
  ) async throws {
    let plan = session.plan
    let windows = plan.benchmark.windows
    self.session = session
    self.workspace = workspace
    exporter = Exporter(
      workspace: workspace, project: truth.project,
      windows: try await abandonable {
        Dictionary(uniqueKeysWithValues: windows.map { ($0, truth.expectation(of: $0)) })
      },
      profile: plan.profile, settings: plan.benchmark.settings,
      memorySource: ServerMemory(client) { reached.processIDs[$0.port] },
      queryLog: QueryLog(client, version: workspace.version),
      allocatorIsProven: session.proof.holds,
      consumption: Consumption(partBytes: plan.benchmark.partBytes))
    check = AnswerCheck(
      workspace, truth, profile: plan.profile, settings: plan.benchmark.settings)
    probes = MemoryLimitProbes(session, exporter, truth)
    peaks = PeakHistory(session.folder.records)
    left = 0
    left = remaining.todo(in: plan.benchmark.mergeStates).count
  }

  /// Makes every attempt, and checks every answer.
  ///
  /// - Parameter reach: brings the tables into a state of merges.
  /// - Throws: what ends a run: its cancellation, a server that is gone, a guard.
  mutating func run(reach: (MergeState) async throws -> Void) async throws {
    for state in plan.benchmark.mergeStates where try !remaining.isDone(state) {
      try await reach(state)
      try await census(state)
      for cell in remaining.todo(in: [state]) { try await attempt(cell) }
      // A wrong answer asks for no further repeats. Merges do not wait for a check.
      if plan.benchmark.precision != nil, state != .live {
        try await verify(state)
        peaks = PeakHistory(folder.records)
      }
      while let cells = try remaining.more(in: state) {
        left += cells.count
        for cell in cells { try await attempt(cell) }
      }
      if state == .live { try await census(state) }
      try await probes.run(in: state)
      try await verify(state)
    }
  }

  private mutating func attempt(_ cell: PlannedAttempt) async throws {
    let number = (folder.records.samples.last?.attempt ?? 0) + 1
    session.tell(
      .measuring(
        cell, attempt: made + 1, of: made + left,
        seconds: (ContinuousClock.now - began) / .seconds(1), known: peaks.known(of: cell)))
    let sample = try await exporter.attempt(cell, number: number)
    try folder.append(sample)
    peaks.add(sample)
    made += 1
    left -= 1
    if sample.status != .ok { session.tell(.failed(sample)) }
    try sample.endRunIfStopped()
  }

  private func census(_ state: MergeState) async throws {
    let census = StorageCensus(workspace: workspace, state: state)
    func record(_ table: StorageSample, _ columns: [ColumnSample]) throws {
      try folder.append(table)
      for column in columns { try folder.append(column) }
    }
    try await census.take(record: record)
    guard state != .live, plan.benchmark.viewCodecs else { return }
    let shards: [Shard]
    // A client without a server of some shard cannot measure the codecs there.
    do { shards = try await Shard.all(of: workspace.client) } catch is UserError { return }
    guard !shards.isEmpty else { return }
    session.tell(.step("giving the view the table's codecs"))
    try await census.takeWithCodecs(on: shards, record: record)
  }

  /// Checks every answer that was measured in a state of merges and is not checked yet.
  private func verify(_ state: MergeState) async throws {
    let missing = remaining.checksToDo(in: state)
    guard !missing.isEmpty else { return }
    session.tell(.step("checking every answer (\(state))"))
    if !check.isPrepared { try await check.prepare() }
    for (path, window) in missing {
      let (verification, differences) = try await check.check(path, window, in: state)
      // Differences first: a check that is recorded is not repeated.
      for difference in differences { try folder.append(difference) }
      try folder.append(verification)
      if verification.status != .ok { session.tell(.wrong(verification, differences)) }
    }
  }
}

extension Sample {
  /// Ends the run with an attempt that a guard ended.
  func endRunIfStopped() throws {
    guard status == .stopped else { return }
    throw ServerMemoryExceeded(description: errorMessage ?? ServerMemoryExceeded.name)
  }
}
