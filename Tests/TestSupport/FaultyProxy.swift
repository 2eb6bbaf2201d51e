// A TCP proxy on loopback that breaks connections at a byte of the caller's choice. Knows nothing
// of what it carries.
//
// Two threads for each connection, one for each direction, so that neither waits for the other.

import Glibc
import Synchronization

/// Stands between a client and a server, and breaks what it is told to break.
package final class FaultyProxy: Sendable {
  /// What happens to a connection.
  package enum Fault: Sendable, CaseIterable {
    /// Both ends see an orderly close.
    case cut
    /// Both ends see a reset.
    case reset
    /// Whoever receives sees an orderly end after that byte; the other direction stays open.
    case truncate
    /// A second passes, and all goes on.
    case slow
  }

  package struct Strike: Sendable {
    /// What happens.
    package let fault: Fault
    /// Whether the bytes to the server are counted, or those to the client.
    package let isToServer: Bool
    /// After how many bytes of that direction.
    package let byte: Int

    package init(_ fault: Fault, isToServer: Bool, after byte: Int) {
      (self.fault, self.isToServer, self.byte) = (fault, isToServer, byte)
    }
  }

  private struct State {
    var target: Int
    var connections = 0
    var strikes: [Strike] = []
    var isClosed = false
    var open: Set<Int32> = []
  }

  private let state: Mutex<State>
  private let listener: Int32
  private let strike: @Sendable (Int) -> Strike?

  /// The port it listens on.
  package let port: Int
  /// The connections so far.
  package var connections: Int { state.withLock { $0.connections } }
  /// What has struck so far.
  package var strikes: [Strike] { state.withLock { $0.strikes } }

  /// Starts to listen.
  ///
  /// - Parameters:
  ///   - target: the server's port on loopback.
  ///   - strike: what happens to a connection, by its number from 1; nil leaves it alone.
  package init(to target: Int, strike: @escaping @Sendable (Int) -> Strike?) {
    (listener, port) = listenOnLoopback()
    state = Mutex(State(target: target))
    self.strike = strike
    // A closed listener wakes nobody, so the thread looks up now and then.
    var timeout = timeval(tv_sec: 0, tv_usec: 100_000)
    setsockopt(
      listener, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    inThread { [self] in listen() }
  }

  /// Sends what comes from here on to another port: for a server that was started again.
  package func redirect(to target: Int) { state.withLock { $0.target = target } }

  /// Breaks every connection and listens no more.
  package func close() {
    state.withLock { state in
      state.isClosed = true
      for socket in state.open { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  private func listen() {
    while !state.withLock({ $0.isClosed }) {
      let client = accept(listener, nil, nil)
      guard client >= 0 else { continue }
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      let (number, target) = state.withLock { state in
        state.connections += 1
        return (state.connections, state.target)
      }
      guard let server = connected(to: target) else {
        Glibc.close(client)
        continue
      }
      carry(between: client, and: server, number)
    }
    Glibc.close(listener)
  }

  private func carry(between client: Int32, and server: Int32, _ number: Int) {
    let strike = strike(number)
    let pair = Pair(client, server)
    state.withLock { $0.open.formUnion([client, server]) }
    for isToServer in [true, false] {
      let mine = strike?.isToServer == isToServer ? strike : nil
      inThread { [self] in
        if copy(from: isToServer ? client : server, to: isToServer ? server : client, mine) {
          hit(pair, mine)
        }
        if pair.leave() {
          state.withLock { $0.open.subtract([client, server]) }
          Glibc.close(client)
          Glibc.close(server)
        }
      }
    }
  }

  /// Copies until the end, or until the strike's byte; returns whether that was reached.
  private func copy(from source: Int32, to sink: Int32, _ strike: Strike?) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var left = strike?.byte ?? .max
    while true {
      if left == 0 {
        guard strike?.fault == .slow, let strike else { return true }
        state.withLock { $0.strikes.append(strike) }
        usleep(1_000_000)
        left = .max
      }
      let count = recv(source, &buffer, min(buffer.count, left), 0)
      guard count > 0, send(buffer[..<count], to: sink) else {
        shutdown(sink, Int32(SHUT_WR))
        return false
      }
      if left < .max { left -= count }
    }
  }

  private func hit(_ pair: Pair, _ strike: Strike?) {
    guard let strike else { return }
    state.withLock { $0.strikes.append(strike) }
    let (source, sink) =
      strike.isToServer ? (pair.client, pair.server) : (pair.server, pair.client)
    switch strike.fault {
    case .slow: break
    case .cut:
      for socket in [source, sink] { shutdown(socket, Int32(SHUT_RDWR)) }
    case .reset:
      // Dissolving the association makes the kernel send a reset, and wakes whoever waits.
      for socket in [source, sink] {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        _ = Glibc.connect(socket, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
      }
    case .truncate:
      shutdown(sink, Int32(SHUT_WR))
      // What still comes is taken and lost.
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while recv(source, &buffer, buffer.count, 0) > 0 {}
    }
  }

  private func send(_ bytes: ArraySlice<UInt8>, to socket: Int32) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Glibc.send(
          socket, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }
}

/// The two sockets of a connection, which are closed when both directions have ended.
private final class Pair: Sendable {
  let client: Int32
  let server: Int32
  private let busy = Mutex(2)

  init(_ client: Int32, _ server: Int32) { (self.client, self.server) = (client, server) }

  /// Whether this was the last of the two directions.
  func leave() -> Bool {
    busy.withLock { busy in
      busy -= 1
      return busy == 0
    }
  }
}

private final class Work: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Runs the work in a thread of its own, which nobody waits for.
private func inThread(_ body: @escaping @Sendable () -> Void) {
  let work = Unmanaged.passRetained(Work(body))
  var thread = pthread_t()
  let failure = pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    }, work.toOpaque())
  precondition(failure == 0, "no thread for the proxy")
  pthread_detach(thread)
}
