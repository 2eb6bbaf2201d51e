// Sink for uploads of parts: a minimal HTTP server on a free port of 127.0.0.1 that discards all
// bodies.

import Foundation
import Synchronization

/// Serves one connection after another in bounded memory.
final class PartSink: Sendable {
  /// Shared with the thread, which may briefly outlive the owner.
  private final class Tally: Sendable {
    let taken = Mutex((parts: 0, bytes: 0))
    /// Nil when closed: another socket may reuse its number.
    let listener: Mutex<Int32?>

    init(_ listener: Int32) { self.listener = Mutex(listener) }
  }

  /// `http://127.0.0.1:PORT/export`
  let url: String
  private let tally: Tally

  /// Complete uploads.
  var taken: (parts: Int, bytes: Int) { tally.taken.withLock { $0 } }

  /// - Throws: ``ConsumerError`` if no port is free.
  init() throws(ConsumerError) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(listener, pointer, size) == 0 && getsockname(listener, pointer, &size) == 0
      }
    }
    guard listener >= 0, isBound, listen(listener, 4) == 0 else {
      let reason = String(cString: strerror(errno))
      if listener >= 0 { close(listener) }
      throw ConsumerError.failed("no port of 127.0.0.1 for uploads: \(reason)")
    }
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/export"
    tally = Tally(listener)
    Thread.detachNewThread { [tally] in Self.serve(listener, tally) }
  }

  // Wakes the thread, which closes the listener.
  deinit { tally.listener.withLock { if let open = $0 { shutdown(open, Int32(SHUT_RDWR)) } } }

  private static func serve(_ listener: Int32, _ tally: Tally) {
    defer {
      tally.listener.withLock {
        close(listener)
        $0 = nil
      }
    }
    while true {
      let connection = accept(listener, nil, nil)
      if connection < 0 && errno == EINTR { continue }
      guard connection >= 0 else { return }
      _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
      // An idle client must not block others.
      var timeout = timeval(tv_sec: 30, tv_usec: 0)
      setsockopt(
        connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
      converse(connection, tally)
      close(connection)
    }
  }

  /// Handles requests until the client disconnects or sends an invalid one.
  private static func converse(_ connection: Int32, _ tally: Tally) {
    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var head: [UInt8] = []
    while true {
      let count = recv(connection, &buffer, buffer.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      head += buffer[..<count]
      guard let end = head.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound else {
        guard head.count < 16 << 10 else { return }
        continue
      }
      guard let length = Self.length(head[..<end]) else { return }
      // A client that waits for its response sends nothing after the body.
      var left = length - (head.count - end)
      head = []
      while left > 0 {
        let count = recv(connection, &buffer, min(left, buffer.count), 0)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        left -= count
      }
      tally.taken.withLock { $0 = ($0.parts + 1, $0.bytes + length) }
      guard left == 0, send(connection, answer, answer.count, noSignal) > 0
      else { return }
    }
  }

  /// Writing to a closed connection must not raise SIGPIPE.
  private static let noSignal = Int32(MSG_NOSIGNAL)

  private static func length(_ head: ArraySlice<UInt8>) -> Int? {
    let lines = String(decoding: head, as: UTF8.self).lowercased().split(
      whereSeparator: \.isNewline)
    return lines.first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) }
  }
}
