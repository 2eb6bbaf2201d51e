// Bodies that are longer than any buffer, both ways, and closures that throw.

import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct BodyTests {
  static let total = 50_000_000
  /// What may lie between the two ends: libcurl's buffers and the kernel's.
  static let outstandingMax = 16_000_000
  let client = HTTPClient()

  @Test func aDownloadWaitsForItsSink() async throws {
    let server = FakeServer(
      .begin() + [.chunk([UInt8](repeating: 7, count: 100_000), times: Self.total / 100_000), .end])
    let largest = Mutex(0)
    let isFirst = Mutex(true)
    let ahead = Mutex(0)
    let response = try await client.perform(Request(url: server.url)) { _ in
      { bytes in
        largest.withLock { $0 = max($0, bytes.count) }
        guard
          isFirst.withLock({ first in
            defer { first = false }; return first
          })
        else { return }
        let sent = settled { server.sentBytes }
        ahead.withLock { $0 = sent }
      }
    }
    #expect(response.receivedBytes == Self.total)
    #expect(largest.withLock { $0 } <= 512 << 10)
    #expect(ahead.withLock { $0 } < Self.outstandingMax)
  }

  @Test func anUploadWaitsForTheServer() async throws {
    let server = FakeServer(
      [.readHead, .pause, .readBody, .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
    let given = Mutex(0)
    let task = Task {
      try await client.perform(
        Request(method: "POST", url: server.url),
        body: .stream { buffer in
          let count = min(buffer.count, Self.total - given.withLock { $0 })
          buffer[..<count].initializeMemory(as: UInt8.self, repeating: 7)
          given.withLock { $0 += count }
          return count
        }
      ) { _ in nil }
    }
    try await eventually("a request") { !server.received.isEmpty }
    #expect(settled { given.withLock { $0 } } < Self.outstandingMax)
    server.resume()
    let response = try await task.value
    #expect(response.sentBytes == Self.total)
    #expect(server.received.first?.bodyBytes == Self.total)
  }

  @Test func whatASinkThrowsComesOut() async throws {
    let server = FakeServer(.answer("a"))
    await #expect(throws: Odd(number: 3)) {
      try await client.perform(Request(url: server.url)) { _ in { _ in throw Odd(number: 3) } }
    }
  }

  @Test func whatTheChoiceOfASinkThrowsComesOut() async throws {
    let server = FakeServer(.answer("a"))
    await #expect(throws: Odd(number: 4)) {
      try await client.perform(Request(url: server.url)) { _ in throw Odd(number: 4) }
    }
  }

  @Test func whatASourceThrowsComesOutAndTheBodyHasNoEnd() async throws {
    let server = FakeServer([.read, .stall])
    let calls = Mutex(0)
    await #expect(throws: Odd(number: 5)) {
      try await client.perform(
        Request(method: "POST", url: server.url),
        body: .stream { buffer in
          if calls.withLock({
            $0 += 1; return $0
          }) > 1 {
            throw Odd(number: 5)
          }
          buffer[0] = 65
          return 1
        }
      ) { _ in nil }
    }
    try await eventually("the client leaves") { server.clientsGone > 0 }
    #expect(server.received.first?.text == "A")
  }
}
