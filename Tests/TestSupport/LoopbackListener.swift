// Accepts connections on a free port of loopback until it is closed, each on a thread of its own.

import Foundation
import Synchronization

/// A listening socket whose thread holds it until it is closed.
final class LoopbackListener: Sendable {
  private let socket: Int32
  private let isClosed = Mutex(false)

  /// The port it listens on.
  let port: Int

  init() { (socket, port) = listenOnLoopback() }

  /// Accepts connections. `serve` gets each, which is closed once it returns.
  func start(_ serve: @escaping @Sendable (Int32) -> Void) {
    Thread.detachNewThread { [self] in
      while !isClosed.withLock({ $0 }) {
        let client = accept(socket, nil, nil)
        guard client >= 0 else { break }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        Thread.detachNewThread {
          serve(client)
          Glibc.close(client)
        }
      }
      Glibc.close(socket)
    }
  }

  /// Ends it; a second call does nothing.
  func close() {
    let isFirst = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return !isClosed
    }
    if isFirst { shutdown(socket, Int32(SHUT_RDWR)) }
  }
}
