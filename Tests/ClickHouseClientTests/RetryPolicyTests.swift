// What may be sent again, or elsewhere: the rule as a table, and the client that keeps it.

import Synchronization
import TestSupport
import Testing
@testable import ClickHouseClient

@Suite struct RetryPolicyRuleTests {
  static let insert = RetryPolicy.deduplicated(token: "t")

  private func next(
    _ repetition: RetryPolicy, _ setback: FailureKind, repeats: Int = 0, redirects: Int = 0,
    hasHandedOn: Bool = false, base: String = "https://db.example:8443/x", asUser: Bool = true
  ) -> NextStep {
    repetition.next(
      after: setback, repeats: repeats, redirects: redirects, hasHandedOn: hasHandedOn,
      base: base, hasCredentials: asUser)
  }

  @Test(arguments: [FailureKind.notBegun, .unavailable, .broken])
  func whatSaysNothingIsSentOnce(setback: FailureKind) {
    #expect(next(.never, setback) == .giveUp)
    for repetition in [RetryPolicy.read, Self.insert] {
      #expect(next(repetition, setback) == .again(after: .milliseconds(100)))
      #expect(next(repetition, setback, repeats: 1) == .again(after: .milliseconds(400)))
      #expect(next(repetition, setback, repeats: 2) == .giveUp, "and not for ever")
      #expect(next(repetition, setback, hasHandedOn: true) == .giveUp)
      #expect(next(repetition, .final) == .giveUp)
    }
  }

  @Test(arguments: [
    ("https://db.example:8443/y", "https://db.example:8443/y"),
    ("https://DB.example/x/?query=1", "https://DB.example/x"),
    ("/y/", "https://db.example:8443/y"),
    ("http://db.example:8123/x", nil),
    ("https://other.example:8443/x", nil),
    ("https://me:pw@db.example:8443/x", nil),
    ("ftp://db.example/x", nil),
    ("", nil),
  ])
  func aReadGoesWhereItsPasswordMay(location: String, target: String?) {
    for status in [301, 302, 307, 308] {
      let step = next(.read, .redirected(status: status, location: location))
      #expect(step == target.map { .follow($0) } ?? .giveUp)
      let others = [RetryPolicy.never, Self.insert].map {
        next($0, .redirected(status: status, location: location))
      }
      #expect(others == [.giveUp, .giveUp])
    }
  }

  @Test func redirectsEnd() {
    let away = FailureKind.redirected(status: 302, location: "https://other.example/x")
    #expect(next(.read, away, asUser: false) == .follow("https://other.example/x"))
    #expect(next(.read, away, redirects: 3, asUser: false) == .giveUp)
    #expect(next(.read, .redirected(status: 303, location: "/y")) == .giveUp)
    let up = FailureKind.redirected(status: 301, location: "https://db.example/x")
    #expect(next(.read, up, base: "http://db.example:80/x") == .follow("https://db.example/x"))
  }

  @Test func guardsAreLaidOverSettings() {
    var guards = Guards()
    #expect(guards.applied(to: ["max_threads": "10"]) == ["max_threads": "10"])
    guards.threadsMax = 4
    guards.priority = 9
    guards.isReadOnly = true
    #expect(
      guards.applied(to: ["max_threads": "10", "max_insert_threads": "8", "readonly": "0"]) == [
        "max_threads": "4", "max_insert_threads": "4", "readonly": "2", "priority": "9",
      ])
    #expect(guards.applied(to: ["max_threads": "2"])["max_threads"] == "2")
    #expect(guards.applied(to: ["max_threads": "0"])["max_threads"] == "4")
    #expect(guards.applied(to: ["readonly": "1"])["readonly"] == "1")
    #expect(guards.applied(to: [:])["max_insert_threads"] == nil)
  }
}

@Suite(.timeLimit(.minutes(1))) struct RetryPolicyTests {
  struct Row: Decodable { let n: Int }
  static let page = [
    "HTTP/1.1 503 Service Unavailable", "Content-Type: text/html", "Content-Length: 74", "", "",
  ].joined(separator: "\r\n")
  static let unavailable: [FakeServer.Step] = [
    .read,
    .send(page + "<html><head><title>503</title></head><body>No <b>backend</b></body></html>"),
  ]

  private func ids(_ server: FakeServer) -> [Substring?] {
    server.received.map { $0.line.firstMatch(of: /query_id=([^& ]+)/)?.1 }
  }

  @Test func aReadIsAskedAgain() async throws {
    let server = FakeServer(Self.unavailable, [.read, .reset], .answer("[{\"n\":1}]"))
    let rows = try await client(server).rows(Query("SELECT 1 AS n"), as: Row.self)
    #expect(rows.map(\.n) == [1])
    #expect(Set(ids(server)).count == 3, "the first one may still be at work under its id")
  }

  @Test func aConnectionThatWasDroppedWhileIdleIsNoFailure() async throws {
    // What a load balancer does: it closes after an answer, and says nothing of it.
    let server = FakeServer(.answer("1"), .answer("2"), .answer("3"))
    let client = client(server)
    for _ in 0..<3 {
      try await client.execute(Query("SELECT 1"))
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(server.connections == 3 && server.received.count == 3)
  }

  @Test func whatIsMeasuredIsNot() async throws {
    for query in [Query("SELECT 1", queryID: "mine"), Query("SELECT 1")] {
      let server = FakeServer(Self.unavailable, .answer("[{\"n\":1}]"))
      let words = await sentence {
        if query.queryID != nil {
          _ = try await client(server).rows(query, as: Row.self)
        } else {
          try await client(server).stream(query) { _ in }
        }
      }
      #expect(
        words
          == "a proxy at \(server.url) answered in the server's place, with status 503 "
          + "('503 No backend'); check that the server runs, and try again")
      #expect(server.received.count == 1)
    }
  }

  @Test func halfAnAnswerIsNotBegunAgain() async throws {
    let server = FakeServer(.begin() + [.chunk("[{\"n\":1}"), .reset], .answer("[{\"n\":1}]"))
    let words = await sentence {
      _ = try await client(server).rows(Query("SELECT 1 AS n"), as: Row.self)
    }
    #expect(!words.hasPrefix("no error"))
    #expect(server.received.count == 1)
  }

  @Test(arguments: [nil, "load-7"])
  func anInsertIsRepeatedOnlyWithItsToken(token: String?) async throws {
    let server = FakeServer([.read, .reset], .answer(""))
    var query = Query("INSERT INTO t FORMAT Native")
    query.repetition = token.map { .deduplicated(token: $0) }
    let made = Mutex(0)
    let words = await sentence {
      let outcome = try await client(server).insert(query) {
        made.withLock { $0 += 1 }
        let left = Shared(3)
        return { buffer in
          buffer[0] = 65
          return left.value.withLock {
            $0 -= 1
            return $0 < 0 ? 0 : 1
          }
        }
      }
      #expect(outcome.repeats == 1)
    }
    guard let token else {
      #expect(words.contains("broke") && server.received.count == 1)
      return #expect(made.withLock { $0 } == 1)
    }
    #expect(words == "no error" && server.received.map(\.text) == ["AAA", "AAA"])
    #expect(
      server.received.allSatisfy { $0.line.contains("insert_deduplication_token=\(token)") })
    #expect(Set(ids(server)).count == 2)
  }

  @Test func anInsertWithoutARuleIsSentOnce() async throws {
    let server = FakeServer([.read, .reset], .answer(""))
    let words = await sentence {
      try await client(server).insert(Query("INSERT INTO t FORMAT Native"), from: { _ in 0 })
    }
    #expect(words.contains("broke") && server.received.count == 1)
  }

  @Test func aReadFollowsARedirectAndKeepsItsQuestion() async throws {
    let other = FakeServer(.answer("[{\"n\":2}]"))
    let server = FakeServer(
      .answer("", status: "308 Permanent Redirect", headers: ["Location: \(other.url)/db/"]))
    let rows = try await client(server, user: "me:hush@").rows(Query("SELECT 2 AS n"), as: Row.self)
    #expect(rows.map(\.n) == [2])
    let request = try #require(other.received.first)
    #expect(request.line.hasPrefix("POST /db/?default_format=JSONEachRow"))
    #expect(request.text == "SELECT 2 AS n" && request.head.contains("X-ClickHouse-Key: hush"))
  }

  @Test func aPasswordDoesNotGoToAnotherHost() async throws {
    let other = FakeServer(.answer("[]"))
    let away = "http://localhost:\(other.port)/"
    let server = FakeServer(.answer("", status: "302 Found", headers: ["Location: \(away)"]))
    let words = await sentence {
      _ = try await client(server, user: "me:hush@").rows(Query("SELECT 1"), as: Row.self)
    }
    #expect(words.hasPrefix("\(server.url) redirects to \(away) (status 302), which is followed"))
    #expect(other.received.isEmpty && !words.contains("hush"))
  }

  @Test func aChangeIsNotRedirected() async throws {
    let server = FakeServer(
      .answer("", status: "307 Temporary Redirect", headers: ["Location: /elsewhere"]),
      .answer(""))
    let words = await sentence { try await client(server).execute(Query("CREATE TABLE t")) }
    #expect(words.contains("redirects to another address (status 307)"))
    #expect(server.received.count == 1)
  }

  @Test func aPageIsNoAnswer() async throws {
    let server = FakeServer(
      .answer("<html><p>Please log in</p>", headers: ["Content-Type: text/html; charset=UTF-8"]))
    let words = await sentence { try await client(server).execute(Query("CREATE TABLE t")) }
    #expect(
      words.hasPrefix("\(server.url) answered with status 200 ('Please log in'), and not like"))
  }

  @Test func aProxyThatGivesUpWaitingIsToldApart() async throws {
    let server = FakeServer(.answer("<h1>Gateway Time-out</h1>", status: "504 Gateway Time-out"))
    let words = await sentence { try await client(server).execute(Query("SELECT 1")) }
    #expect(words.contains("with status 504 ('Gateway Time-out'); raise the proxy's timeout"))
    #expect(server.received.first?.head.lowercased().contains("accept-encoding") == false)
  }

  @Test func anExceptionIsKnownWithoutItsHeader() async throws {
    let text = "Code: 60. DB::Exception: Table t does not exist. (UNKNOWN_TABLE) (version 25.8.2.1)"
    let said = await serverException(
      .answer(text, status: "404 Not Found", headers: ["Content-Type: text/plain"]))
    #expect(said?.code == 60 && said?.name == "UNKNOWN_TABLE")
  }

  @Test func aHaltEndsWhatIsUnderWayAndRefusesTheRest() async throws {
    struct Halt: Error {}
    let server = FakeServer(.begin() + [.pause, .reset], .answer(""))
    let client = client(server)
    let task = Task { try await client.execute(Query("SELECT 1", queryID: "q1")) }
    try await eventually("a request") { !server.received.isEmpty }
    #expect(client.runningQueries == ["q1"])
    client.halt(because: Halt())
    server.resume()
    await #expect(throws: Halt.self) { try await task.value }
    await #expect(throws: Halt.self) { try await client.execute(Query("SELECT 2")) }
    #expect(client.runningQueries.isEmpty && server.received.count == 1)
    client.halt(because: nil)
    try await client.execute(Query("SELECT 3"))
  }
}
