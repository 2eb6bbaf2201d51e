// Registry of a client's running queries, so that a guard can halt the client and kill them on the
// server.

import Synchronization

final class QueryRegistry: Sendable {
  private struct State {
    var running: Set<String> = []
    var halt: (any Error)?
  }

  private let state = Mutex(State())

  var running: [String] { state.withLock { $0.running.sorted() } }

  /// The error with which new queries fail; nil while queries are allowed.
  var halt: (any Error)? {
    get { state.withLock { $0.halt } }
    set { state.withLock { $0.halt = newValue } }
  }

  func begin(_ queryID: String) throws {
    try state.withLock { state in
      if let halt = state.halt { throw halt }
      state.running.insert(queryID)
    }
  }

  func end(_ queryID: String) { _ = state.withLock { $0.running.remove(queryID) } }
}

extension Client {
  /// Their query ids.
  package var runningQueries: [String] { queries.running }

  /// Refuses every further query with this error; running queries that fail, fail with it too. Nil
  /// allows queries again.
  package func halt(because error: (any Error)?) { queries.halt = error }
}
