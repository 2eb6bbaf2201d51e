// The room's front door: a bounded pool of connections, each with a thread of its own. Knows
// nothing of libcurl; see Connection.

import Synchronization

/// Performs HTTP requests over a bounded number of connections, which are kept open and used again.
///
/// Each connection has a thread of its own, never one of Swift's: the closures that make and take
/// bodies run there and may block without holding up a task. What is buffered on the way is bounded
/// by libcurl's buffers (1 MiB up, 512 KiB down), whatever the length of a body.
package final class HTTPClient: Sendable {
  /// The most bytes of a body that are kept in ``Response/body``: 64 KiB.
  package static let collectedBytesMax = 65_536

  private struct Pool {
    var idle: [Connection] = []
    var connections = 0
    var waiters: [(id: Int, continuation: CheckedContinuation<Connection, any Error>)] = []
    var nextID = 0
  }

  private let connectionsMax: Int
  private let pool = Mutex(Pool())

  /// Makes a client; threads are started when they are needed and end with the client.
  ///
  /// - Parameter connectionsMax: requests that run at the same time; further ones wait their turn.
  package init(connectionsMax: Int = 16) {
    precondition(connectionsMax > 0, "a client needs a connection")
    self.connectionsMax = connectionsMax
  }

  deinit {
    for connection in pool.withLock({ $0.idle }) { connection.stop() }
  }

  /// Sends a request and hands the body of the answer on, chunk by chunk, whatever its status.
  ///
  /// When this returns or throws, none of the closures is running or will be called again. The
  /// cancellation of the task aborts the request at once (a closure that blocks is waited for).
  ///
  /// - Parameters:
  ///   - request: what is asked, and of whom.
  ///   - body: the request's body.
  ///   - receive: called once with status and header lines, on the connection's thread; returns the
  ///     sink for the body, or nil to have its first 64 KiB collected in ``Response/body``.
  /// - Returns: the whole answer, but for what a sink took.
  /// - Throws: ``TransportError``; `CancellationError`; whatever a closure threw.
  package func perform(
    _ request: Request, body: RequestBody = .none,
    receive: @escaping @Sendable (ResponseHead) throws -> BodySink?
  ) async throws -> Response {
    let connection = try await borrow()
    defer { giveBack(connection) }
    return try await connection.perform(Job(request: request, body: body, receive: receive))
  }

  private func borrow() async throws -> Connection {
    enum Choice {
      case use(Connection)
      case open
      case wait(Int)
    }
    let choice: Choice = pool.withLock { pool in
      if let connection = pool.idle.popLast() { return .use(connection) }
      if pool.connections < connectionsMax {
        pool.connections += 1
        return .open
      }
      pool.nextID += 1
      return .wait(pool.nextID)
    }
    switch choice {
    case .use(let connection): return connection
    case .wait(let id): return try await wait(as: id)
    case .open:
      do { return try Connection() } catch {
        pool.withLock { $0.connections -= 1 }
        throw error
      }
    }
  }

  private func wait(as id: Int) async throws -> Connection {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        // A connection may have been given back since we looked.
        let connection: Connection? = pool.withLock { pool in
          if let connection = pool.idle.popLast() { return connection }
          pool.waiters.append((id, continuation))
          return nil
        }
        if let connection { continuation.resume(returning: connection) }
        // The handler may have come before the waiter was there to be found.
        if Task.isCancelled { abandon(id) }
      }
    } onCancel: {
      abandon(id)
    }
  }

  private func abandon(_ id: Int) {
    let waiter = pool.withLock { pool in
      pool.waiters.firstIndex { $0.id == id }.map { pool.waiters.remove(at: $0) }
    }
    waiter?.continuation.resume(throwing: CancellationError())
  }

  private func giveBack(_ connection: Connection) {
    let waiter = pool.withLock { pool in
      if pool.waiters.isEmpty {
        pool.idle.append(connection)
        return nil as CheckedContinuation<Connection, any Error>?
      }
      return pool.waiters.removeFirst().continuation
    }
    waiter?.resume(returning: connection)
  }
}
