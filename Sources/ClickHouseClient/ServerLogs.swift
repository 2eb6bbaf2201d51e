// Which logs a server writes, as far as a client and those made of it have found out.

import Synchronization

/// What is known of a server's logs. A log that never had a row is not waited for twice.
package final class ServerLogs: Sendable {
  private struct State {
    var seen: Set<String> = []
    var missing: Set<String> = []
  }

  private let state = Mutex(State())

  /// Whether waiting for a row is of no use.
  ///
  /// - Parameter log: the table in `system`, such as `part_log`.
  /// - Returns: whether it was found to be missing.
  package func isMissing(_ log: String) -> Bool { state.withLock { $0.missing.contains(log) } }

  /// A row that was asked for is there.
  package func see(_ log: String) {
    state.withLock { state in
      state.seen.insert(log)
      state.missing.remove(log)
    }
  }

  /// The log is not there, or gave no row in time; of one that gave rows before, this says nothing.
  package func miss(_ log: String) {
    state.withLock { state in
      if !state.seen.contains(log) { state.missing.insert(log) }
    }
  }
}

extension Client {
  /// The same client, which adds settings to every query that does not have them itself.
  ///
  /// - Parameter settings: by name, such as `log_queries`.
  /// - Returns: a client of the same servers.
  package func adding(_ settings: [String: String]) -> Client {
    guard !settings.isEmpty else { return self }
    var endpoints = endpoints
    for place in endpoints.indices { endpoints[place].guards.settings.merge(settings) { $1 } }
    return Client(
      endpoints, of: cluster, first: entry.withLock { $0 }, connectionsMax: connectionsMax,
      timeouts: timeouts, queries: queries, logs: logs)
  }
}
