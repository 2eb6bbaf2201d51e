// HTTP requests byte by byte, for tests of what the client never sends: cut off, slow, invalid.

import Foundation
import Testing

/// A TCP connection to a port of this machine. Reads and writes give up after ten seconds.
final class RawConnection {
  private let socket: Int32

  init(port: Int) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    // Small, so that what is not read is soon felt by the server.
    var size: Int32 = 65_536
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0, "no connection to port \(port)")
  }

  deinit { close(socket) }

  /// Sends as much as the other side takes.
  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  func endSending() { shutdown(socket, Int32(SHUT_WR)) }

  /// The next bytes, at most `count`; empty at the end, nil without an answer in time.
  func receive(_ count: Int = 65_536) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: count)
    let size = recv(socket, &buffer, count, 0)
    if size < 0 { return errno == EAGAIN ? nil : [] }
    return Array(buffer[..<size])
  }

  /// Everything until the other side closes; nil if it does not.
  func receiveAll() -> [UInt8]? {
    var bytes: [UInt8] = []
    while let more = receive() {
      if more.isEmpty { return bytes }
      bytes += more
    }
    return nil
  }
}
