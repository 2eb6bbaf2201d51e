// HTTP client: a bounded pool of connections, each with its own thread.

import Synchronization

/// Performs HTTP requests over a bounded number of kept-alive connections.
///
/// Body closures run on the connection's thread, never on one of Swift's, and may block without
/// blocking a task. Buffering is bounded by libcurl's buffers (1 MiB up, 512 KiB down), whatever
/// the length of a body.
package final class HTTPClient: Sendable {
  /// Bytes of a body that ``Response/body`` keeps at most: 64 KiB.
  package static let collectedBytesMax = 65_536

  private struct Pool {
    var idle: [Connection] = []
    var connections = 0
    var waiters: [(id: Int, continuation: CheckedContinuation<Connection, any Error>)] = []
    var nextID = 0
  }

  private let connectionsMax: Int
  private let pool = Mutex(Pool())

  /// Threads start on demand and end with the client.
  ///
  /// - Parameter connectionsMax: concurrent requests; further ones wait.
  package init(connectionsMax: Int = 16) {
    precondition(connectionsMax > 0, "a client needs a connection")
    self.connectionsMax = connectionsMax
  }

  deinit {
    for connection in pool.withLock({ $0.idle }) { connection.stop() }
  }

  /// Sends a request and passes on the response body chunk by chunk, whatever the status.
  ///
  /// No closure runs or will be called after this returns or throws. Cancellation aborts the
  /// request at once, except for a closure that blocks, which is waited for.
  ///
  /// - Parameter receive: called once with the response head, on the connection's thread; returns
  ///   the sink for the body, or nil to collect its first 64 KiB in ``Response/body``.
  /// - Throws: ``TransportError``; `CancellationError`; errors of the closures.
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
        // A connection may have been returned in the meantime.
        let connection: Connection? = pool.withLock { pool in
          if let connection = pool.idle.popLast() { return connection }
          pool.waiters.append((id, continuation))
          return nil
        }
        if let connection { continuation.resume(returning: connection) }
        // The cancellation handler may have run before the waiter was registered.
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
