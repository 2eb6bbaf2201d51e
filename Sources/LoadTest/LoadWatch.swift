// Samples server and schedule every second during a phase, and records the rows.

import BenchmarkSpec
import ClickHouseClient
import Probes
import RunStore
import Synchronization
import Workspace

final class LoadWatch: Sendable {
  private let workspace: Workspace
  private let target: InsertTarget
  private let log: RequestLog
  private let loops: [OpenLoop]
  private let process: ProcessMemory?
  private let began: ContinuousClock.Instant
  private let cpuMsBefore: Double
  private let looking: Client
  private let isOver = Mutex(false)
  private let clock = ContinuousClock()

  /// Timeout of a sample: a server that hangs must not delay recording.
  private static let timeout: Duration = .seconds(2)

  init(
    workspace: Workspace, target: InsertTarget, log: RequestLog, loops: [OpenLoop],
    process: ProcessMemory?, began: ContinuousClock.Instant, cpuMsBefore: Double
  ) {
    (self.workspace, self.target, self.log, self.loops) = (workspace, target, log, loops)
    (self.process, self.began, self.cpuMsBefore) = (process, began, cpuMsBefore)
    looking = Client(
      workspace.client.endpoints, of: workspace.client.cluster, connectionsMax: 1,
      timeouts: Timeouts(connect: Self.timeout, total: Self.timeout))
  }

  /// Reports the end of the streams.
  func end() { isOver.withLock { $0 = true } }

  /// Samples every second until the streams have ended. Rows of requests are on disk one second
  /// after their end, or three if the server hangs.
  ///
  /// - Throws: errors of `record`.
  func run(record: (Records) throws -> Void, tell: (SecondSample) -> Void) async throws {
    var second = 0
    while !isOver.withLock({ $0 }) {
      second += 1
      // Short steps, so that the end is noticed quickly.
      while clock.now < began + .seconds(second), !isOver.withLock({ $0 }) {
        try? await Task.sleep(for: .milliseconds(20))
        if Task.isCancelled { await Task.yield() }
      }
      if isOver.withLock({ $0 }) { return }
      let look = await look()
      try record(Records(log.fetch(), [look]))
      tell(look)
      second = max(second, Int((clock.now - began) / .seconds(1)))
    }
  }

  private func look() async -> SecondSample {
    var sample = SecondSample()
    sample.phase = log.phase
    let now = (clock.now - began) / .milliseconds(1)
    sample.elapsedMs = now.rounded()
    let standing = log.standing
    (sample.inFlight, sample.succeeded) = (standing.inFlight, standing.succeeded)
    (sample.failed, sample.acknowledgedRows) = (standing.failed, standing.acknowledgedRows)
    sample.waiting = loops.map { $0.overdue(at: now) }.reduce(0, +)
    sample.driverCPUMs = (ownCPUMs() - cpuMsBefore).rounded()
    sample.serverResidentBytes = process?.residentBytes
    guard let look = try? await WriteLook.take(at: workspace.database.name, from: looking) else {
      return sample
    }
    sample.tableParts = look.parts[Workspace.table] ?? 0
    if target == .withView {
      sample.viewParts = look.parts.filter { $0.key.hasPrefix(".") }.values.reduce(0, +)
    }
    sample.runningMerges = look.runningMerges
    sample.mergingBytes = look.mergingBytes
    sample.serverTrackedBytes = look.serverTrackedBytes
    sample.serverResidentBytes =
      sample.serverResidentBytes ?? look.serverMemoryBytes.map { Int($0) }
    return sample
  }
}
