// What HTTPClient promises, tried against a server that misbehaves.

import HTTPTransport
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct TransportTests {
  let client = HTTPClient(connectionsMax: 2)

  @Test func anAnswerComesWholeWithItsHeadersAndCounts() async throws {
    let server = FakeServer(
      .begin(headers: ["X-Note:  one ", "x-note: two"]) + [
        .chunk("hello "), .chunk("world"), .send("0\r\nX-After: yes\r\n\r\n"),
      ])
    let body = Text()
    let response = try await client.perform(
      Request(
        method: "POST", url: server.url + "/a?b=c", headers: [("X-Empty", ""), ("X-A", "1")]),
      body: .bytes(Array("ask".utf8)), receive: { _ in body.append })
    #expect(response.head.status == 200)
    #expect(response.head.headers["X-NOTE"] == "two")
    #expect(response.head.headers.fields.filter { $0.name.lowercased() == "x-note" }.count == 2)
    #expect(response.trailers["x-after"] == "yes")
    #expect(body.text == "hello world")
    #expect(response.receivedBytes == 11 && response.sentBytes == 3)
    #expect(response.body.isEmpty && !response.reusedConnection)
    let received = try #require(server.received.first)
    #expect(received.line == "POST /a?b=c HTTP/1.1")
    #expect(received.text == "ask")
    #expect(received.head.contains("X-A: 1\r\n") && received.head.contains("X-Empty:"))
    #expect(!received.head.contains("Expect") && !received.head.contains("Content-Type"))
  }

  @Test func withoutASinkTheBodyIsCollectedAndBounded() async throws {
    let server = FakeServer(
      .begin(status: "500 Oops") + [.chunk([UInt8](repeating: 65, count: 50_000), times: 3), .end])
    let response = try await client.perform(Request(url: server.url)) { _ in nil }
    #expect(response.head.status == 500 && !response.head.isSuccess)
    #expect(response.body.count == HTTPClient.collectedBytesMax)
    #expect(response.receivedBytes == 150_000)
  }

  @Test func aConnectionIsUsedAgain() async throws {
    let server = FakeServer(.answer("1") + .answer("2"))
    let first = try await client.perform(Request(url: server.url)) { _ in nil }
    let second = try await client.perform(Request(url: server.url)) { _ in nil }
    #expect(server.connections == 1)
    #expect(!first.reusedConnection && second.reusedConnection)
    #expect(second.timings.connect_ms == 0)
  }

  @Test func aRequestIsNeverSentTwice() async throws {
    // The server takes the second request on the connection that stood, and dies.
    let server = FakeServer(.answer("1") + [.read], .answer("again"))
    _ = try await client.perform(Request(url: server.url)) { _ in nil }
    let error = await failure {
      try await client.perform(Request(method: "POST", url: server.url), body: .bytes([65])) { _ in
        nil
      }
    }
    #expect(error?.kind == .reset)
    #expect(server.received.count == 2)
  }

  @Test func aRequestThatWasSentIsNotSaidToBeUnsent() async throws {
    // The server takes the second request and dies: libcurl connects anew, and is refused.
    let server = FakeServer(.answer("1") + [.read, .refuse])
    _ = try await client.perform(Request(url: server.url)) { _ in nil }
    let error = await failure {
      try await client.perform(Request(method: "POST", url: server.url), body: .bytes([65])) { _ in
        nil
      }
    }
    #expect(error?.kind == .reset, "\(String(describing: error))")
    #expect(server.received.count == 2)
  }

  @Test func aRedirectIsNotFollowed() async throws {
    let server = FakeServer(.answer("", status: "302 Found", headers: ["Location: /other"]))
    let response = try await client.perform(Request(url: server.url)) { _ in nil }
    #expect(response.head.status == 302)
    #expect(server.received.count == 1)
  }

  @Test func moreRequestsThanConnectionsWaitTheirTurn() async throws {
    let server = FakeServer(
      .answer("1") + .answer("2") + .answer("3"), .answer("4") + .answer("5"))
    let narrow = HTTPClient(connectionsMax: 1)
    let answers = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<3 {
        group.addTask {
          try await narrow.perform(Request(url: server.url)) { _ in nil }.receivedBytes
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(answers == 3)
    #expect(server.connections == 1)
  }

  @Test func aWaitForAConnectionCanBeCancelled() async throws {
    let server = FakeServer(.begin() + [.stall])
    let narrow = HTTPClient(connectionsMax: 1)
    let first = Task { try await narrow.perform(Request(url: server.url)) { _ in nil } }
    try await eventually("a request") { !server.received.isEmpty }
    let second = Task { try await narrow.perform(Request(url: server.url)) { _ in nil } }
    second.cancel()
    await #expect(throws: CancellationError.self) { _ = try await second.value }
    first.cancel()
    await #expect(throws: CancellationError.self) { _ = try await first.value }
    #expect(server.received.count == 1)
  }
}

@Suite(.timeLimit(.minutes(1))) struct TransportFailureTests {
  let client = HTTPClient()

  @Test func aResetIsAReset() async throws {
    let server = FakeServer(.begin() + [.chunk("half"), .reset], [.read, .reset], [.read])
    let error = await failure { try await client.perform(Request(url: server.url)) { _ in nil } }
    #expect(error?.kind == .reset || error?.kind == .truncated)
    for _ in 0..<2 {
      let error = await failure { try await client.perform(Request(url: server.url)) { _ in nil } }
      #expect(error?.kind == .reset)
      #expect(error?.response == nil)
    }
  }

  @Test func aTruncatedAnswerIsNoSuccess() async throws {
    let server = FakeServer(
      .begin() + [.chunk("half")],
      [.read, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")])
    for _ in 0..<2 {
      let error = await failure { try await client.perform(Request(url: server.url)) { _ in nil } }
      #expect(error?.kind == .truncated)
      #expect(error?.response?.head.status == 200)
      #expect(error?.response?.body == Array("half".utf8))
    }
  }

  @Test func silenceRunsIntoTheIdleLimit() async throws {
    let server = FakeServer(.begin() + [.chunk("half"), .stall])
    let timeouts = Timeouts(idle: .milliseconds(50))
    let error = await failure {
      try await client.perform(Request(url: server.url, timeouts: timeouts)) { _ in nil }
    }
    #expect(error?.kind == .timedOut(.idle))
  }

  @Test func theTimeOfASinkIsNoSilence() async throws {
    let server = FakeServer(.begin() + [.chunk("a"), .chunk("b"), .end])
    let timeouts = Timeouts(idle: .milliseconds(300))
    let response = try await client.perform(Request(url: server.url, timeouts: timeouts)) { _ in
      { _ in pause(milliseconds: 400) }
    }
    #expect(response.receivedBytes == 2)
  }

  @Test func theTotalLimitEndsAnAnswerThatTrickles() async throws {
    let server = FakeServer([.read, .stall])
    let timeouts = Timeouts(idle: .seconds(30), total: .milliseconds(50))
    let error = await failure {
      try await client.perform(Request(url: server.url, timeouts: timeouts)) { _ in nil }
    }
    #expect(error?.kind == .timedOut(.total))
  }

  @Test func cancellationAbortsAStalledTransferAndTheServerSeesIt() async throws {
    let server = FakeServer(.begin() + [.chunk("half"), .stall])
    let task = Task { try await client.perform(Request(url: server.url)) { _ in nil } }
    try await eventually("the first bytes") { server.sentBytes > 0 }
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    try await eventually("the client leaves") { server.clientsGone > 0 }
  }

  @Test func aRefusedConnectionNamesTheAddressAndNoSecret() async throws {
    let port = unusedPort()
    let request = Request(url: "http://me:hush@127.0.0.1:\(port)/db?key=hush")
    let error = try #require(await failure { try await client.perform(request) { _ in nil } })
    #expect(error.kind == .cannotConnect && error.code == 7)
    #expect(error.description.contains("http://127.0.0.1:\(port)/db"))
    #expect(!error.description.contains("hush"))
  }

  @Test func anUnknownHostIsNotResolved() async throws {
    let request = Request(url: "http://nobody.invalid/")
    let error = await failure { try await client.perform(request) { _ in nil } }
    #expect(error?.kind == .cannotResolve)
  }

  @Test func aServerWithoutTLSIsNotSpokenToOverTLS() async throws {
    let server = FakeServer([.send("HTTP/1.1 400 Bad Request\r\n\r\n")])
    let request = Request(url: "https://127.0.0.1:\(server.port)/")
    let error = await failure { try await client.perform(request) { _ in nil } }
    #expect(error?.kind == .tls)
  }

  @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", ""])
  func onlyHTTPIsSpoken(url: String) async throws {
    let error = await failure { try await client.perform(Request(url: url)) { _ in nil } }
    #expect(error?.kind == .badRequest)
  }

  @Test func aHeaderCannotSmuggleALine() async throws {
    let request = Request(url: "http://127.0.0.1:1/", headers: [("X-A", "1\r\nX-B: 2")])
    let error = try #require(await failure { try await client.perform(request) { _ in nil } })
    #expect(error.kind == .badRequest)
  }
}
