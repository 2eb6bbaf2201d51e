// Server memory guard: ends the suite's queries when the server's memory exceeds a limit.

import ClickHouseClient
import Synchronization

/// The limit was exceeded, or cannot be monitored. The description is one sentence.
package struct ServerMemoryExceeded: Error, CustomStringConvertible, Sendable {
  package let description: String
  /// Value of the column `error_name`.
  package static let name = "SERVER_MEMORY_GUARD"

  package init(description: String) { self.description = description }
}

/// Monitors the server's memory during work, and cancels the work.
///
/// Monitors the larger of `MemoryTracking`, which `max_server_memory_usage` limits, and
/// `MemoryResident`, the resident set that the server samples once a second. On a cluster the host
/// with the highest value counts.
package struct ServerMemoryGuard: Sendable {
  /// Sampling interval.
  package static let interval: Duration = .milliseconds(200)
  /// How long sampling may fail before the work is cancelled.
  package static let failureMax: Duration = .seconds(10)

  private let limitBytes: Int
  private let client: Client

  /// Runs `work`, and cancels it when the server of `client` exceeds the limit in its guards.
  /// Without a limit it only runs the work.
  ///
  /// Kills the client's running queries by id, and blocks further ones until it returns.
  ///
  /// - Parameter cancelling: whether to cancel the task too: for work that uses other clients and
  ///   shuts down cleanly on cancellation.
  /// - Throws: errors of `work`; ``ServerMemoryExceeded``, also before the work begins.
  package static func watch<Value>(
    _ client: Client, cancelling: Bool = false, _ work: () async throws -> Value
  ) async throws -> Value {
    guard let limit = client.endpoint.guards.serverMemoryMaxBytes else { return try await work() }
    // A separate client, so that it works while every other connection is busy.
    let observer = ServerMemoryGuard(
      limitBytes: limit,
      client: Client(
        client.endpoints, of: client.cluster, connectionsMax: 1,
        timeouts: Timeouts(connect: .seconds(5), total: .seconds(5))))
    try await observer.checkFirst()
    return try await withUnsafeCurrentTask { task in
      let current = Current(task: cancelling ? task : nil)
      let monitor = Task { await observer.monitor(client, current) }
      let result: Result<Value, any Error>
      do { result = .success(try await work()) } catch { result = .failure(error) }
      monitor.cancel()
      let reason = await monitor.value
      client.halt(because: nil)
      if case .failure = result, let reason { throw reason }
      return try result.get()
    }
  }

  /// The guarded task; the monitor that may cancel it is awaited before the task returns.
  private struct Current: @unchecked Sendable {
    let task: UnsafeCurrentTask?
  }

  private func checkFirst() async throws {
    let now: Int
    do { now = try await usedBytes() } catch let error as ClickHouseError {
      throw ServerMemoryExceeded(
        description: "the server's memory cannot be monitored, so nothing was started (\(error)); "
          + "see exportbench grants guard")
    }
    if let exceeded = exceeded(by: now) { throw exceeded }
  }

  /// Returns why it cancelled the work; nil if it did not.
  private func monitor(_ client: Client, _ current: Current) async -> ServerMemoryExceeded? {
    var seen = ContinuousClock.now
    while (try? await Task.sleep(for: Self.interval)) != nil {
      do {
        let now = try await usedBytes()
        seen = .now
        if let exceeded = exceeded(by: now) { return await end(client, current, exceeded) }
      } catch let error as ClickHouseError where error.serverException?.code == 241 {
        return await end(
          client, current,
          ServerMemoryExceeded(
            description: "the server had no memory left to report how much it uses"))
      } catch {
        guard ContinuousClock.now - seen > Self.failureMax, !Task.isCancelled else { continue }
        return await end(
          client, current,
          ServerMemoryExceeded(
            description: "the server's memory could not be monitored for \(Self.failureMax), so "
              + "everything was stopped"))
      }
    }
    return nil
  }

  private func exceeded(by now: Int) -> ServerMemoryExceeded? {
    guard now > limitBytes else { return nil }
    return ServerMemoryExceeded(
      description: "the server uses \(mebibytes(now)), more than the \(mebibytes(limitBytes)) of "
        + "--max-server-memory")
  }

  private func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }

  /// Halts the client, and kills its running queries until none remains.
  private func end(
    _ client: Client, _ current: Current, _ reason: ServerMemoryExceeded
  ) async -> ServerMemoryExceeded {
    client.halt(because: reason)
    current.task?.cancel()
    while !client.runningQueries.isEmpty, !Task.isCancelled {
      let kill = Query(
        "KILL QUERY\(client.onCluster) WHERE has({ids: Array(String)}, query_id) ASYNC",
        parameters: ["ids": Parameter(client.runningQueries)])
      _ = try? await self.client.execute(kill)
      try? await Task.sleep(for: .milliseconds(50))
    }
    return reason
  }

  private func usedBytes() async throws -> Int {
    struct Row: Decodable { let bytes: Int }
    // Not logged: it would be four of five lines in the server's log.
    let query = Query(
      """
      SELECT toInt64(max(value)) AS bytes FROM (
        SELECT value + 0.0 AS value FROM \(client.everyReplica("system.metrics"))
        WHERE metric = 'MemoryTracking'
        UNION ALL
        SELECT value FROM \(client.everyReplica("system.asynchronous_metrics"))
        WHERE metric = 'MemoryResident')
      """,
      settings: client.passingOverTheLost.merging(["log_queries": "0", "max_threads": "1"]) { $1 })
    return try await client.rows(query, as: Row.self).first?.bytes ?? 0
  }
}
