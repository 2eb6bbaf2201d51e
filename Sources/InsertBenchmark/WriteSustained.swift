// Open-loop inserts at a constant rate into one target with merges enabled, sampling the server
// every second.

import BenchmarkSpec
import ClickHouseClient
import ObservationGenerator
import Probes
import RunStore
import Synchronization
import Workspace

struct WriteSustained {
  package let load: Sustained
  package let target: InsertTarget
  /// 1 or 2: order of the side.
  package let position: Int
  package let dataset: Dataset
  /// Time without changes after which merges count as settled.
  package let quiet: Duration

  private let clock = ContinuousClock()

  /// Runs the load and waits until merges settle. Records every second, and inserts and written
  /// parts at the end.
  package func run(in workspace: Workspace, record: (Records) throws -> Void) async throws {
    let schedule = Schedule(load, dataset)
    try await workspace.merges.start()
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        let began = clock.now
        for _ in 0..<load.connections {
          group.addTask { try await work(schedule, since: began, in: workspace) }
        }
        try await watch(schedule, since: began, in: workspace, record)
        try await group.waitForAll()
      }
      var inserts = schedule.samples
      try await WriteAccount(workspace).complete(&inserts)
      let merges = try await MergePhase(
        workspace: workspace, leg: ReservedLeg.sustained, round: 1, quiet: quiet
      ).run(of: [target])
      try record(Records(inserts, merges))
    } catch let error as ClickHouseError {
      try record(Records(schedule.samples))
      throw error
    }
  }

  /// Inserts until the schedule has ended.
  private func work(
    _ schedule: Schedule, since began: ContinuousClock.Instant, in workspace: Workspace
  ) async throws {
    let inserter = WriteInserter(workspace: workspace, mode: load.mode, settings: load.settings)
    let servers = ClusterInsert(workspace)
    let batch = WriteBatch(of: dataset)
    defer { schedule.left() }
    while let next = schedule.take(at: clock.now - began) {
      batch.make(next.rows)
      try await clock.sleep(until: began + next.due)
      var sample = InsertSample()
      sample.leg = ReservedLeg.sustained
      sample.round = 1
      sample.pair = next.number
      sample.target = target
      sample.position = position
      sample.rows = next.rows.count
      sample.rowsPerInsert = load.rowsPerInsert
      sample.lagMs = max(0, (clock.now - began - next.due) / .milliseconds(1))
      try await inserter.with(through: servers.client(next.number)).insert(
        [{ batch.fill($0) }], &sample)
      schedule.ended(sample)
      if sample.status != .ok { try await workspace.client.ping() }
    }
  }

  /// Samples every second until all workers have finished.
  private func watch(
    _ schedule: Schedule, since began: ContinuousClock.Instant, in workspace: Workspace,
    _ record: (Records) throws -> Void
  ) async throws {
    var second = 0
    repeat {
      second += 1
      try await clock.sleep(until: began + .seconds(second))
      let elapsed = clock.now - began
      // After a slow sample, the next one is at the next full second.
      second = max(second, Int(elapsed / .seconds(1)))
      let look = try await WriteLook.take(at: workspace.database.name, from: workspace.client)
      var sample = schedule.look(at: elapsed)
      sample.target = target
      sample.elapsedMs = elapsed / .milliseconds(1)
      let inner = look.parts.filter { $0.key.hasPrefix(".") }.values
      sample.tableParts =
        look.parts[target == .plain ? Workspace.plainTable : Workspace.table] ?? 0
      if target == .withView { sample.viewParts = inner.reduce(0, +) }
      sample.runningMerges = look.runningMerges
      sample.mergingBytes = look.mergingBytes
      sample.serverMemoryBytes = look.serverMemoryBytes.map { Int($0) }
      try record(Records([sample]))
    } while !schedule.isOver
  }
}

/// Due inserts and finished ones, shared by the workers.
private final class Schedule: Sendable {
  struct Insert {
    let number: Int
    let due: Duration
    let rows: [RowID]
  }

  private struct State {
    var arrivals: Arrivals
    var taken = 0
    var workers: Int
    var samples: [InsertSample] = []
    var recent: [Double] = []
  }

  private let load: Sustained
  private let duration: Duration
  private let state: Mutex<State>

  init(_ load: Sustained, _ dataset: Dataset) {
    self.load = load
    duration = .milliseconds(load.duration.milliseconds)
    state = Mutex(State(arrivals: Arrivals(dataset), workers: load.connections))
  }

  /// The next insert, due or late; nil if the time is over or none is left.
  func take(at elapsed: Duration) -> Insert? {
    state.withLock { state in
      guard elapsed < duration, state.taken < load.inserts else { return nil }
      var rows: [RowID] = []
      state.arrivals.next(into: &rows, limit: load.rowsPerInsert)
      state.taken += 1
      return Insert(number: state.taken, due: due(state.taken), rows: rows)
    }
  }

  func ended(_ sample: InsertSample) {
    state.withLock { state in
      state.samples.append(sample)
      if let ms = sample.clientWallMs { state.recent.append(ms) }
    }
  }

  func left() { state.withLock { $0.workers -= 1 } }

  var isOver: Bool { state.withLock { $0.workers == 0 } }

  /// In order.
  var samples: [InsertSample] { state.withLock { $0.samples.sorted { $0.pair < $1.pair } } }

  /// Also resets the recently finished inserts.
  func look(at elapsed: Duration) -> TimelineSample {
    state.withLock { state in
      var sample = TimelineSample()
      let ok = state.samples.filter { $0.status == .ok }
      let planned = Int(min(elapsed, duration) / .seconds(1) * load.insertsPerSecond) + 1
      sample.plannedInserts = min(load.inserts, planned)
      sample.acknowledgedInserts = ok.count
      sample.failedInserts = state.samples.count - ok.count
      sample.acknowledgedRows = ok.map(\.rows).reduce(0, +)
      sample.lastInsertMs = state.recent.last
      sample.maxInsertMs = state.recent.max()
      if state.taken < load.inserts {
        sample.lagMs = max(0, (min(elapsed, duration) - due(state.taken + 1)) / .milliseconds(1))
      }
      state.recent.removeAll()
      return sample
    }
  }

  private func due(_ number: Int) -> Duration {
    .seconds(Double(number - 1) / load.insertsPerSecond)
  }
}
