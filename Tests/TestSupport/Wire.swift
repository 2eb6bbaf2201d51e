// One connection of the fake server: bytes in and out, and just enough of HTTP to find where a
// request ends.

import Glibc

final class Wire {
  private let socket: Int32
  private var buffer: [UInt8] = []
  private var room = [UInt8](repeating: 0, count: 65_536)

  init(_ socket: Int32) {
    self.socket = socket
    // Small, so that what the client does not read is soon felt here.
    var size: Int32 = 65_536
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, 4)
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, 4)
  }

  /// What has been read beyond what was asked for.
  func takeBuffered() -> [UInt8] {
    defer { buffer = [] }
    return buffer
  }

  /// Reads more into the buffer; false if the client has closed.
  func fill() -> Bool {
    let count = recv(socket, &room, room.count, 0)
    guard count > 0 else { return false }
    buffer += room[..<count]
    return true
  }

  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.send(
          socket, bytes.baseAddress.map { $0 + sent }, bytes.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  func resetOnClose() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
  }

  func readHead() -> String? { readThrough([13, 10, 13, 10]) }

  func readBody(isChunked: Bool, length: Int, into sink: ([UInt8]) -> Void) {
    guard isChunked else { return read(length, into: sink) }
    while let line = readThrough([13, 10]), let size = Int(line.prefix { $0.isHexDigit }, radix: 16)
    {
      read(size, into: sink)
      guard readThrough([13, 10]) != nil, size > 0 else { return }
    }
  }

  private func read(_ count: Int, into sink: ([UInt8]) -> Void) {
    var left = count
    while left > 0 {
      if buffer.isEmpty, !fill() { return }
      let bytes = Array(buffer.prefix(left))
      buffer.removeFirst(bytes.count)
      left -= bytes.count
      sink(bytes)
    }
  }

  private func readThrough(_ ending: [UInt8]) -> String? {
    while true {
      if let end = buffer.firstRange(of: ending) {
        let text = String(decoding: buffer[..<end.upperBound], as: UTF8.self)
        buffer.removeFirst(end.upperBound)
        return text
      }
      guard fill() else { return nil }
    }
  }
}

/// A connection to a port of loopback.
func connected(to port: Int) -> Int32? {
  let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(UInt16(port).bigEndian)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  let result = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard result == 0 else {
    close(socket)
    return nil
  }
  return socket
}
