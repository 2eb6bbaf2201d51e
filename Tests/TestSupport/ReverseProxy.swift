// A proxy between a client and a real server: hands requests on, takes a prefix off their path, and
// can lose an answer after the server has done what was asked. One request for each connection, or
// a tunnel (`CONNECT`) for what is encrypted.

import Foundation
import Synchronization

/// Hands requests on to a port of loopback.
package final class ReverseProxy: Sendable {
  private struct State {
    var heads: [String] = []
    var answersToLose = 0
  }

  private let listener = LoopbackListener()
  private let upstream: Int
  private let prefix: String
  private let state = Mutex(State())

  /// The port it listens on.
  package var port: Int { listener.port }
  /// The heads of the requests so far, as they came.
  package var heads: [String] { state.withLock { $0.heads } }

  /// Starts to listen.
  ///
  /// - Parameters:
  ///   - upstream: the server's port.
  ///   - prefix: what is taken off the path, such as `/warehouse`; a path without it is a 404.
  package init(to upstream: Int, prefix: String = "") {
    self.upstream = upstream
    self.prefix = prefix
    listener.start { [self] in serve($0) }
  }

  /// Ends it; its thread holds it until then.
  package func close() { listener.close() }

  /// Drops the next answers to inserts, and closes instead, once the server has answered.
  package func loseAnswers(_ count: Int) { state.withLock { $0.answersToLose = count } }

  private func serve(_ client: Int32) {
    let wire = Wire(client)
    guard let head = wire.readHead() else { return }
    state.withLock { $0.heads.append(head) }
    if head.hasPrefix("CONNECT ") { return tunnel(client, wire) }
    guard let rewritten = rewritten(head) else {
      wire.send(Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8))
      return
    }
    // The rows of a load, and not those by which loads know of each other.
    let isInsert = head.contains("query=INSERT") && !head.contains("exportbench_loads")
    let losesAnswer =
      isInsert
      && state.withLock { state in
        state.answersToLose -= 1
        return state.answersToLose >= 0
      }
    guard let server = connected(to: upstream) else { return }
    defer { Glibc.close(server) }
    Wire(server).send(Array(rewritten.utf8) + wire.takeBuffered())
    pump(client, server, losesAnswer: losesAnswer)
  }

  /// Whatever host is asked for, what comes is its own: TLS, which nobody in between reads.
  private func tunnel(_ client: Int32, _ wire: Wire) {
    guard let server = connected(to: upstream) else { return }
    defer { Glibc.close(server) }
    wire.send(Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8))
    Wire(server).send(wire.takeBuffered())
    pump(client, server, losesAnswer: false)
  }

  /// The head without the prefix, and without the address that a forward proxy is told.
  private func rewritten(_ head: String) -> String? {
    var words = head.prefix { !$0.isNewline }.split(separator: " ").map(String.init)
    guard words.count == 3 else { return nil }
    if let scheme = words[1].firstRange(of: "://") {
      words[1] = String(words[1][scheme.upperBound...].drop { $0 != "/" })
    }
    guard words[1].hasPrefix(prefix) else { return nil }
    words[1] = String(words[1].dropFirst(prefix.count))
    let rest = head.drop { !$0.isNewline }
    return words.joined(separator: " ") + "\r\nConnection: close" + rest
  }

  /// Bytes in both directions until the server has closed.
  private func pump(_ client: Int32, _ server: Int32, losesAnswer: Bool) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var sides = [
      pollfd(fd: client, events: Int16(POLLIN), revents: 0),
      pollfd(fd: server, events: Int16(POLLIN), revents: 0),
    ]
    while poll(&sides, 2, 60_000) > 0 {
      for (index, target) in [(0, server), (1, client)] where sides[index].revents != 0 {
        let count = recv(sides[index].fd, &buffer, buffer.count, 0)
        if count <= 0 {
          if index == 1 { return }
          // The client has said all that it will.
          sides[0].fd = -1
          continue
        }
        if index == 1, losesAnswer { continue }
        guard Wire(target).send(Array(buffer[..<count])) else { return }
      }
    }
  }
}
