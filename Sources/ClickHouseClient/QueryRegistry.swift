// Which queries of a client are under way, so that they can be ended from outside: a guard halts
// the client, and kills on the server what is in the list.

import Synchronization

/// The queries of a client that are under way.
final class QueryRegistry: Sendable {
  private struct State {
    var running: Set<String> = []
    var halt: (any Error)?
  }

  private let state = Mutex(State())

  package var running: [String] { state.withLock { $0.running.sorted() } }

  /// Why nothing may be asked any more; nil while everything may.
  package var halt: (any Error)? {
    get { state.withLock { $0.halt } }
    set { state.withLock { $0.halt = newValue } }
  }

  package func begin(_ queryID: String) throws {
    try state.withLock { state in
      if let halt = state.halt { throw halt }
      state.running.insert(queryID)
    }
  }

  package func end(_ queryID: String) { _ = state.withLock { $0.running.remove(queryID) } }
}

extension Client {
  /// The ids of the queries that are under way.
  package var runningQueries: [String] { queries.running }

  /// Refuses every further query with this error, and lets those that are under way and fail, fail
  /// with it. Nil lets queries be asked again.
  package func halt(because error: (any Error)?) { queries.halt = error }
}
