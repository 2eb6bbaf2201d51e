// Memory of the whole server during one attempt: the kernel's resident peak, and jemalloc and
// memory tracker before, during and after.

import ClickHouseClient

package struct ServerMemory: Sendable {
  /// A figure that is not available is nil.
  package struct Reading: Sendable, Equatable {
    /// Resident bytes at the start, after a purge of free pages.
    package var residentBefore: Int?
    /// Peak resident bytes; only for a local server.
    package var residentPeak: Int?
    /// jemalloc's allocated bytes at the start.
    package var allocatedBefore: Int?
    /// Maximum sample of jemalloc's allocated bytes, every 250 ms; nil with fewer than
    /// ``fewestSamples`` samples, which may miss the peak.
    package var allocatedPeak: Int?
    /// The server's memory tracker (`MemoryTracking`) at the start.
    package var trackedBefore: Int?
    /// Maximum of its samples, under the same conditions as jemalloc's.
    package var trackedPeak: Int?
    /// jemalloc's allocated bytes at the end.
    package var allocatedAfter: Int?
    /// jemalloc's resident bytes at the end.
    package var jemallocResidentAfter: Int?
  }

  private struct Metrics: Decodable {
    let allocated: Double
    let resident: Double
    let tracked: Double
  }

  private let client: Client
  private let processID: @Sendable (Endpoint) -> Int?

  /// One sample costs the server about 11 ms of CPU.
  package static let interval: Duration = .milliseconds(250)

  /// Samples that a peak requires.
  package static let fewestSamples = 3

  /// - Parameters:
  ///   - client: sampled while `work` runs, over another connection.
  ///   - processID: of a local server whose `/proc` is readable.
  package init(_ client: Client, processID: Int?) {
    self.init(client, processIDs: { _ in processID })
  }

  /// For a cluster: observes the server that the client uses.
  package init(_ client: Client, processIDs: @escaping @Sendable (Endpoint) -> Int?) {
    self.client = client
    processID = processIDs
  }

  package func watch<Value: Sendable>(
    _ work: () async -> Value
  ) async -> (value: Value, reading: Reading) {
    var reading = Reading()
    let process = processID(client.endpoint).map { ProcessMemory(processID: $0) }
    // Pages from an earlier attempt would hide this one's peak.
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
    // A peak is at least the initial value.
    if let before, !during.isEmpty {
      reading.allocatedPeak = (during + [before]).map { Int($0.allocated) }.max()
      reading.trackedPeak = (during + [before]).map { Int($0.tracked) }.max()
    }
    return (value, reading)
  }

  /// Nil if the server refuses them or has no jemalloc.
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
