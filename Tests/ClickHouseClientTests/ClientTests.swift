// What travels to a server and what comes back, without a failure of the query's.

import ClickHouseClient
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
  @Test func aSelectTravelsInTheBodyAndTheRestInTheURL() async throws {
    let summary = #"{"read_rows":"10","read_bytes":"80","elapsed_ns":"1500","memory_usage":"7"}"#
    let server = FakeServer(.answer("1\n", headers: ["X-ClickHouse-Summary: \(summary)"]))
    let outcome = try await client(server, user: "me:hu%40sh@").execute(
      Query(
        "SELECT {id:String}", parameters: ["id": "a b\t&\\", "n": 3, "none": .null],
        settings: ["max_threads": "2"], queryID: "q 1", logComment: "cell/1", database: "db"))
    let request = try #require(server.received.first)
    #expect(request.text == "SELECT {id:String}")
    let target = try #require(request.line.split(separator: " ").dropFirst().first)
    #expect(
      Set(target.dropFirst(2).split(separator: "&")) == [
        "param_id=a%20b%5Ct%26%5C%5C", "param_n=3", "param_none=%5CN", "max_threads=2",
        "query_id=q%201", "log_comment=cell%2F1", "database=db", "default_format=Native",
      ])
    #expect(request.head.contains("X-ClickHouse-User: me\r\n"))
    #expect(request.head.contains("X-ClickHouse-Key: hu@sh\r\n"))
    #expect(!request.line.contains("hu") && !request.head.contains("Authorization"))
    #expect(outcome.queryID == "q 1" && outcome.receivedBytes == 2)
    #expect(outcome.summary?.readRows == 10 && outcome.summary?.memoryUsage == 7)
    #expect(outcome.summary?.writtenRows == nil)
  }

  @Test func aResultToBeDroppedIsAskedForWithoutABody() async throws {
    let head = FakeServer.Step.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    let running: [FakeServer.Step] = .answer(#"[{"queries":1}]"#) + .answer(#"[{"queries":0}]"#)
    let server = FakeServer([.read, head] + .answer(#"[{"queries":0}]"#), running)
    try await client(server).discard(Query("SELECT 1", queryID: "q1"))
    let first = try #require(server.received.first)
    #expect(first.line.hasPrefix("HEAD /?") && first.line.contains("query=SELECT%201"))
    #expect(first.bodyBytes == 0)
    #expect(server.received.count == 4, "it is asked again until the query is gone")
    #expect(server.received.dropFirst().allSatisfy { $0.line.contains("param_id=q1") })
  }

  @Test func aServerThatKnowsNoSuchRequestIsNotTakenForOneThatDid() async throws {
    let refusal = "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n"
    let server = FakeServer([.read, .send(refusal)], .answer(""))
    let words = await sentence {
      try await client(server).discard(Query("SELECT 1", queryID: "q1"))
    }
    #expect(words.contains("answered with status 501"), "\(words)")
  }

  @Test func aQueryMaySayInWhichFormatItsResultIsDropped() async throws {
    let server = FakeServer(.answer(""))
    try await client(server).execute(Query("SELECT 1", settings: ["default_format": "Null"]))
    #expect(server.received.first?.line.contains("default_format=Null") == true)
  }

  @Test func aQueryAlwaysHasAnIDOfItsOwn() async throws {
    let server = FakeServer(.answer("") + .answer(""))
    let client = client(server)
    let first = try await client.execute(Query("SELECT 1"))
    let second = try await client.execute(Query("SELECT 1"))
    #expect(first.queryID != second.queryID)
    #expect(server.received[0].line.contains("query_id=\(first.queryID)"))
  }

  @Test func anInsertTravelsInTheURLAndItsDataInTheBody() async throws {
    let server = FakeServer(.answer(""))
    let left = Mutex(3)
    let outcome = try await client(server).insert(Query("INSERT INTO t FORMAT Native")) { buffer in
      guard
        left.withLock({
          $0 -= 1; return $0 >= 0
        })
      else { return 0 }
      buffer[0] = 65
      return 1
    }
    #expect(server.received.first?.text == "AAA")
    #expect(
      server.received.first?.line.contains("query=INSERT%20INTO%20t%20FORMAT%20Native") == true)
    #expect(outcome.sentBytes == 3)
  }

  @Test func rowsAreReadExactly() async throws {
    struct Row: Decodable, Equatable {
      let n: UInt64
      let m: Int64?
      let text: String
    }
    let server = FakeServer(
      .answer(
        "[\n{\"n\":18446744073709551615,\"m\":null,\"text\":\"a\\nb\"},\n"
          + "{\"n\":9007199254740993,\"m\":-9223372036854775808,\"text\":\"\"}\n]\n")
        + .answer("[\n\n]\n") + .answer(""))
    let client = client(server)
    let rows: [Row] = try await client.rows(Query("SELECT n, m, text"))
    #expect(
      rows == [
        Row(n: .max, m: nil, text: "a\nb"), Row(n: 9_007_199_254_740_993, m: .min, text: ""),
      ])
    #expect(server.received[0].line.contains("default_format=JSONEachRow"))
    #expect(try await client.rows(Query("SELECT 1"), as: Row.self).isEmpty)
    #expect(try await client.rows(Query("DROP TABLE t"), as: Row.self).isEmpty)
  }

  @Test func rowsThatDoNotFitAreNamed() async throws {
    struct Row: Decodable { let n: Int }
    let server = FakeServer(
      .answer("[{\"n\":1},{\"n\":\"x\"}]") + .answer("[{}]") + .answer("1\n2"))
    let client = client(server)
    let query = Query("SELECT 1", queryID: "q1")
    func said() async -> String {
      await sentence { _ = try await client.rows(query, as: Row.self) }
    }
    #expect(
      await said() == "the rows of query q1 are not of type Row: at row 2, column n it is not a Int"
    )
    #expect(
      await said() == "the rows of query q1 are not of type Row: at row 1 there is no column 'n'")
    #expect(await said().hasPrefix("the rows of query q1 are not of type Row: "))
  }

  @Test func aResultThatIsTooLongForMemoryIsRefused() async throws {
    let script = .begin() + [.chunk([UInt8](repeating: 32, count: 1 << 20), times: 65), .end]
    let server = FakeServer(script)
    let said = await sentence {
      _ = try await client(server).rows(Query("SELECT 1", queryID: "q1"), as: Int.self)
    }
    #expect(said == "the result of query q1 is longer than 67108864 bytes; ask for fewer rows")
  }

  @Test func versionsCompare() async throws {
    let server = FakeServer(.answer("[{\"version\":\"25.8.2.1 (official build)\"}]"))
    let version = try await client(server).serverVersion()
    #expect(version == ServerVersion(25, 8, 2))
    #expect(version > ServerVersion(24, 12) && version < ServerVersion(25, 11))
    #expect(version.description == "25.8.2")
  }

  @Test func aPingNeedsNoUser() async throws {
    let server = FakeServer(.answer("Ok.\n"))
    try await client(server, user: "me:hush@").ping()
    #expect(server.received.first?.line == "GET /ping HTTP/1.1")
    #expect(server.received.first?.head.contains("hush") == false)
  }

  @Test func aCancelledQueryEndsAtOnce() async throws {
    let server = FakeServer(.begin() + [.stall])
    let task = Task { try await client(server).execute(Query("SELECT 1")) }
    try await eventually("a request") { !server.received.isEmpty }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
