// An HTTP server for what a real one does not do on demand: an exception in mid-stream, a stall, a
// reset, a truncated answer. Plays one script per connection, on one thread, over loopback. Makes
// no numbers: nothing is measured against it.

import Glibc
import Synchronization

/// Plays scripts over loopback sockets and remembers what it was asked.
package final class FakeServer: Sendable {
  /// One thing to do on a connection.
  package enum Step: Sendable {
    /// Reads a request, head and body. Ends the script if the client has gone.
    case read
    /// Reads the head of a request only.
    case readHead
    /// Reads the rest of the body of that request.
    case readBody
    /// Sends text as it is.
    case send(String)
    /// Sends bytes as they are.
    case bytes([UInt8])
    /// Sends bytes as a chunk of a chunked body, so many times.
    case chunk([UInt8], times: Int = 1)
    /// Waits for ``resume()``.
    case pause
    /// Sends nothing more and waits until the client closes.
    case stall
    /// Sends a chunk of a space a hundred times a second until the client closes.
    case trickle
    /// Refuses connections from here on, as a server that has died.
    case refuse
    /// Closes with a reset (RST) in place of an end (FIN).
    case reset
  }

  /// A request as it came.
  package struct Received: Sendable {
    /// The request line and the header lines.
    package let head: String
    /// The body without the framing of its chunks; its first 1 MiB.
    package var body: [UInt8] = []
    /// The length of the body.
    package var bodyBytes = 0

    /// The request line.
    package var line: String { String(head.prefix { !$0.isNewline }) }
    package var text: String { String(decoding: body, as: UTF8.self) }
  }

  private struct State {
    var received: [Received] = []
    var connections = 0
    var sentBytes = 0
    var clientsGone = 0
    var isResumed = false
  }

  private let listener: Int32
  private let scripts: [[Step]]
  private let state = Mutex(State())

  /// The port it listens on.
  package let port: Int
  package var url: String { "http://127.0.0.1:\(port)" }
  /// The requests so far.
  package var received: [Received] { state.withLock { $0.received } }
  /// The connections so far.
  package var connections: Int { state.withLock { $0.connections } }
  /// The bytes of the chunks that the kernel took so far.
  package var sentBytes: Int { state.withLock { $0.sentBytes } }
  /// The connections that a client closed during a ``Step/stall``.
  package var clientsGone: Int { state.withLock { $0.clientsGone } }

  /// Starts to listen; each connection plays the next script, and one too many is closed at once.
  package convenience init(_ scripts: [Step]...) { self.init(scripts: scripts) }

  package init(scripts: [[Step]]) {
    self.scripts = scripts
    (listener, port) = listenOnLoopback()
    let owner = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<FakeServer>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, owner.toOpaque())
    precondition(failure == 0, "no thread for the fake server")
    pthread_detach(thread)
  }

  /// Lets a ``Step/pause`` end, now or when it is reached.
  package func resume() { state.withLock { $0.isResumed = true } }

  private func run() {
    for script in scripts {
      let socket = accept(listener, nil, nil)
      // A process that another test starts must not hold this connection open.
      _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
      guard socket >= 0 else { break }
      state.withLock { $0.connections += 1 }
      play(script, on: Wire(socket))
      Glibc.close(socket)
    }
    Glibc.close(listener)
  }

  private func play(_ script: [Step], on wire: Wire) {
    for step in script {
      switch step {
      case .read:
        guard readHead(wire) else { return }
        readBody(wire)
      case .readHead:
        guard readHead(wire) else { return }
      case .readBody: readBody(wire)
      case .send(let text): wire.send(Array(text.utf8))
      case .bytes(let bytes): wire.send(bytes)
      case .chunk(let bytes, let times):
        let framed = Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [13, 10]
        for _ in 0..<times {
          guard wire.send(framed) else { return }
          state.withLock { $0.sentBytes += bytes.count }
        }
      case .pause: while !state.withLock({ $0.isResumed }) { usleep(1000) }
      case .stall:
        while wire.fill() {}
        state.withLock { $0.clientsGone += 1 }
      case .trickle:
        while wire.send(Array("1\r\n \r\n".utf8)) { usleep(10_000) }
      case .refuse: shutdown(listener, Int32(SHUT_RDWR))
      case .reset: wire.resetOnClose()
      }
    }
  }

  private func readHead(_ wire: Wire) -> Bool {
    guard let head = wire.readHead() else { return false }
    state.withLock { $0.received.append(Received(head: head)) }
    return true
  }

  private func readBody(_ wire: Wire) {
    guard let head = received.last?.head.lowercased() else { return }
    wire.readBody(isChunked: head.contains("transfer-encoding: chunked"), length: length(head)) {
      bytes in
      state.withLock { state in
        let last = state.received.count - 1
        state.received[last].bodyBytes += bytes.count
        let room = max(0, (1 << 20) - state.received[last].body.count)
        state.received[last].body += bytes.prefix(room)
      }
    }
  }
}

extension [FakeServer.Step] {
  /// A whole answer to one request, after which the connection stays open.
  package static func answer(_ body: String, status: String = "200 OK", headers: [String] = [])
    -> Self
  {
    // An empty chunk would be an end already, and the next answer begin with another one.
    begin(status: status, headers: headers) + (body.isEmpty ? [] : [.chunk(body)]) + [.end]
  }

  /// Reads a request, and sends the head of a chunked answer.
  package static func begin(status: String = "200 OK", headers: [String] = []) -> Self {
    let lines = ["HTTP/1.1 \(status)", "Transfer-Encoding: chunked"] + headers
    return [.read, .send(lines.map { $0 + "\r\n" }.joined() + "\r\n")]
  }
}

extension FakeServer.Step {
  /// The last chunk of a body: the answer is complete.
  package static var end: Self { .send("0\r\n\r\n") }
  package static func chunk(_ text: String) -> Self { .chunk(Array(text.utf8)) }
}

private func length(_ head: String) -> Int {
  for line in head.split(whereSeparator: \.isNewline) where line.hasPrefix("content-length:") {
    return Int(line.dropFirst(15).filter { $0 != " " }) ?? 0
  }
  return 0
}

/// A port of loopback on which nobody listens: a connection to it is refused.
package func unusedPort() -> Int {
  let (socket, port) = listenOnLoopback()
  close(socket)
  return port
}

func listenOnLoopback() -> (socket: Int32, port: Int) {
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
      bind(listener, pointer, size) == 0 && getsockname(listener, pointer, &size) == 0
    }
  }
  precondition(isBound && listen(listener, 16) == 0, "no port for the fake server")
  return (listener, Int(UInt16(bigEndian: address.sin_port)))
}
