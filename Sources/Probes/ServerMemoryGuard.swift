// Ends our queries when the server's memory rises above a bound: a server of others' comes first.

import ClickHouseClient
import Synchronization

/// The bound was exceeded, or cannot be watched. The description is one sentence.
package struct ServerMemoryExceeded: Error, CustomStringConvertible, Sendable {
  /// The sentence.
  package let description: String
  /// Its name in the column of a table.
  package static let name = "SERVER_MEMORY_GUARD"

  package init(description: String) { self.description = description }
}

/// Watches the server's memory while work goes on, and ends the work.
///
/// What is watched is the larger of two figures of the whole server's: `MemoryTracking`, the
/// tracker that `max_server_memory_usage` is held against, and `MemoryResident`, its resident set,
/// which the server measures once a second. Of a cluster it is the host that uses most.
package struct ServerMemoryGuard: Sendable {
  /// How often the server is asked.
  package static let interval: Duration = .milliseconds(200)
  /// How long it may fail to say: a guard that sees nothing guards nothing.
  package static let blindnessMax: Duration = .seconds(10)

  private let limitBytes: Int
  private let client: Client

  /// Runs `work`, and ends it when the server of `client` exceeds the bound among its guards.
  /// Without a bound it just runs.
  ///
  /// The client's queries that are under way are killed by their ids, and it asks nothing more
  /// until this returns.
  ///
  /// - Parameters:
  ///   - client: whose queries are ended.
  ///   - cancelling: whether the task is cancelled as well: for work that has other clients too,
  ///     and ends in order when its task is cancelled.
  ///   - work: what is guarded.
  /// - Returns: what `work` returned.
  /// - Throws: what `work` throws; ``ServerMemoryExceeded``, also before the work begins.
  package static func watch<Value>(
    _ client: Client, cancelling: Bool = false, _ work: () async throws -> Value
  ) async throws -> Value {
    guard let limit = client.endpoint.guards.serverMemoryMaxBytes else { return try await work() }
    // Of its own, so that it is heard while every other connection is busy.
    let sentry = ServerMemoryGuard(
      limitBytes: limit,
      client: Client(
        client.endpoints, of: client.cluster, connectionsMax: 1,
        timeouts: Timeouts(connect: .seconds(5), total: .seconds(5))))
    try await sentry.lookFirst()
    return try await withUnsafeCurrentTask { task in
      let current = Current(task: cancelling ? task : nil)
      let watcher = Task { await sentry.keepWatch(over: client, current) }
      let result: Result<Value, any Error>
      do { result = .success(try await work()) } catch { result = .failure(error) }
      watcher.cancel()
      let reason = await watcher.value
      client.halt(because: nil)
      if case .failure = result, let reason { throw reason }
      return try result.get()
    }
  }

  /// The guarded task, which the watcher may cancel: it is awaited before the task goes on.
  private struct Current: @unchecked Sendable {
    let task: UnsafeCurrentTask?
  }

  private func lookFirst() async throws {
    let now: Int
    do { now = try await usedBytes() } catch let error as ClickHouseError {
      throw ServerMemoryExceeded(
        description: "the server's memory cannot be watched, so nothing was begun (\(error)); "
          + "see exportbench grants guard")
    }
    if let exceeded = exceeded(by: now) { throw exceeded }
  }

  /// Returns why it ended the work; nil if it did not.
  private func keepWatch(over client: Client, _ current: Current) async -> ServerMemoryExceeded? {
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
            description: "the server had no memory left to say how much it uses"))
      } catch {
        guard ContinuousClock.now - seen > Self.blindnessMax, !Task.isCancelled else { continue }
        return await end(
          client, current,
          ServerMemoryExceeded(
            description: "the server's memory could not be watched for \(Self.blindnessMax), so "
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

  /// Halts the client, and kills what it has under way until nothing is.
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
    // It would be four of five lines in the server's log.
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
