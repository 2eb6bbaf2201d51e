// Which system logs a server writes, as observed so far.

import Synchronization

/// A log that never had a row is not waited for twice.
package final class ServerLogs: Sendable {
  private struct State {
    var seen: Set<String> = []
    var missing: Set<String> = []
  }

  private let state = Mutex(State())

  /// Whether a log, such as `part_log`, was found missing, so that waiting for a row is useless.
  package func isMissing(_ log: String) -> Bool { state.withLock { $0.missing.contains(log) } }

  /// Records that a log has rows.
  package func see(_ log: String) {
    state.withLock { state in
      state.seen.insert(log)
      state.missing.remove(log)
    }
  }

  /// Records that a log is missing or gave no row in time; ignored for a log that gave rows before.
  package func miss(_ log: String) {
    state.withLock { state in
      if !state.seen.contains(log) { state.missing.insert(log) }
    }
  }
}

extension Client {
  /// The same client with default settings, such as `log_queries`, for every query that does not
  /// set them.
  package func adding(_ settings: [String: String]) -> Client {
    guard !settings.isEmpty else { return self }
    var endpoints = endpoints
    for place in endpoints.indices { endpoints[place].guards.settings.merge(settings) { $1 } }
    return Client(
      endpoints, of: cluster, first: entry.withLock { $0 }, connectionsMax: connectionsMax,
      timeouts: timeouts, queries: queries, logs: logs)
  }
}
