// The server's memory as a whole during one attempt: the kernel's peak of its resident set, and the
// figures of its allocator and of its own memory tracker before, during and after.

import ClickHouseClient

/// Watches the server's memory around one attempt.
package struct ServerMemory: Sendable {
  /// What was seen; a figure that could not be had is nil.
  package struct Reading: Sendable, Equatable {
    /// Resident bytes just before, after free pages were given back.
    package var residentBefore: Int?
    /// The most that was resident; only of a server on this machine.
    package var residentPeak: Int?
    /// jemalloc's allocated bytes just before.
    package var allocatedBefore: Int?
    /// The highest of the samples of jemalloc's allocated bytes, every 250 ms; nil of an attempt
    /// that was too short for ``fewestSamples``, because a peak that nobody saw is no peak.
    package var allocatedPeak: Int?
    /// The server's total memory tracker (`MemoryTracking`) just before.
    package var trackedBefore: Int?
    /// The highest of its samples, under the same conditions as jemalloc's.
    package var trackedPeak: Int?
    /// jemalloc's allocated bytes after the attempt.
    package var allocatedAfter: Int?
    /// jemalloc's resident bytes after the attempt.
    package var jemallocResidentAfter: Int?
  }

  private struct Metrics: Decodable {
    let allocated: Double
    let resident: Double
    let tracked: Double
  }

  private let client: Client
  private let processID: @Sendable (Endpoint) -> Int?

  /// How often jemalloc is asked during an attempt; one question costs the server some 11 ms of
  /// CPU.
  package static let interval: Duration = .milliseconds(250)

  /// How many samples an attempt must have for their highest to count as its peak.
  package static let fewestSamples = 3

  /// - Parameters:
  ///   - client: the server; it is asked while `work` runs, over another connection.
  ///   - processID: the server's process if it runs on this machine and we may read its `/proc`.
  package init(_ client: Client, processID: Int?) {
    self.init(client, processIDs: { _ in processID })
  }

  /// The same for a cluster: the server that is watched is the one that is spoken to.
  package init(_ client: Client, processIDs: @escaping @Sendable (Endpoint) -> Int?) {
    self.client = client
    processID = processIDs
  }

  /// Runs `work` with the server's memory watched.
  package func watch<Value: Sendable>(
    _ work: () async -> Value
  ) async -> (value: Value, reading: Reading) {
    var reading = Reading()
    let process = processID(client.endpoint).map { ProcessMemory(processID: $0) }
    // Pages that an earlier attempt left behind would hide this one's peak.
    _ = try? await client.execute(Query("SYSTEM JEMALLOC PURGE"))
    let before = await metrics()
    reading.allocatedBefore = before.map { Int($0.allocated) }
    reading.trackedBefore = before.map { Int($0.tracked) }
    if let process, process.resetPeak() { reading.residentBefore = process.residentBytes }

    let sampler = Task {
      var seen: [Metrics] = []
      while (try? await Task.sleep(for: Self.interval)) != nil, let now = await metrics() {
        seen.append(now)
      }
      return seen.count >= Self.fewestSamples ? seen : []
    }
    let value = await work()
    sampler.cancel()
    let during = await sampler.value
    if reading.residentBefore != nil { reading.residentPeak = process?.peakBytes }
    if let after = await metrics() {
      reading.allocatedAfter = Int(after.allocated)
      reading.jemallocResidentAfter = Int(after.resident)
    }
    // A peak is at least what was there before.
    if let before, !during.isEmpty {
      reading.allocatedPeak = (during + [before]).map { Int($0.allocated) }.max()
      reading.trackedPeak = (during + [before]).map { Int($0.tracked) }.max()
    }
    return (value, reading)
  }

  /// Fresh figures, or nil on a server that refuses them or has no jemalloc.
  private func metrics() async -> Metrics? {
    let query = Query(
      """
      SELECT maxIf(value, metric = 'jemalloc.allocated') AS allocated,
        maxIf(value, metric = 'jemalloc.resident') AS resident,
        (SELECT value FROM system.metrics WHERE metric = 'MemoryTracking') + 0.0 AS tracked
      FROM system.asynchronous_metrics WHERE metric IN ('jemalloc.allocated', 'jemalloc.resident')
      HAVING count() = 2
      """)
    guard (try? await client.execute(Query("SYSTEM RELOAD ASYNCHRONOUS METRICS"))) != nil
    else { return nil }
    return try? await client.rows(query, as: Metrics.self).first
  }
}
