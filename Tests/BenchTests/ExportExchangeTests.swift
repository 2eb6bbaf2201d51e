// The statements of one export against a server that fails on demand: what was prepared is put away
// whatever happens, and the failure that comes out is the first.

import TestSupport
import Testing
@testable import Analysis
@testable import ClickHouseClient
@testable import ExportPaths
@testable import Parquet
@testable import RunStore
@testable import WindowExports

@Suite(.timeLimit(.minutes(5))) struct ExportExchangeTests {
  private static let first = FormOfParquet(name: "a").bytes
  private static let second = FormOfParquet(name: "b", groups: 1).bytes
  /// One request on each connection: whether one is used again is not this test's business.
  private static let close = ["Connection: close"]
  private static let memoryLimit = [FakeServer.Step].answer(
    "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED) (version 25.8.2.1)\n",
    status: "500 Error", headers: close + ["X-ClickHouse-Exception-Code: 241"])
  private static let unknownTable = [FakeServer.Step].answer(
    "Code: 60. DB::Exception: No such table. (UNKNOWN_TABLE) (version 25.8.2.1)\n",
    status: "404 Not Found", headers: close + ["X-ClickHouse-Exception-Code: 60"])
  private static let nothing = file([])

  private static func file(_ bytes: some Collection<UInt8>) -> [FakeServer.Step] {
    .begin(headers: close) + (bytes.isEmpty ? [] : [.chunk(Array(bytes))]) + [.end]
  }

  /// An export in two slices of a second, between one statement before and two after.
  private func statements(_ body: String? = nil) throws -> [ExportStatement] {
    let body = body ?? "-- slice: 1s\n\(Self.make);\nSELECT 1;\n\(Self.drop) a;\n\(Self.drop) b;"
    let path = try ExportPath(name: "p", text: PathFileTests.head + body)
    return path.statements(
      for: ExportWindow(project: "x", range: 0...1999), id: "id", settings: [:],
      in: try Identifier("db"))
  }

  private func perform(
    _ server: FakeServer, _ statements: [ExportStatement], into sink: Collected = Collected()
  ) async throws -> ExportOutcome {
    let client = Client(try Endpoint(server.url))
    let exchange = ExportExchange(statements, client: client)
    return try await exchange.perform { sink.take($0) }
  }

  /// What was asked, with the number at the end of the query's id.
  private func asked(_ server: FakeServer) -> [String] {
    server.received.map { request in
      let id = request.line.split { "?& ".contains($0) }.first { $0.hasPrefix("query_id=") } ?? ""
      return "\(id.dropFirst("query_id=id-".count)) \(request.text)"
    }
  }

  private static let make = "CREATE TEMPORARY TABLE a (x Int8)"
  private static let drop = "DROP TEMPORARY TABLE"
  private static let all = [
    "1 \(make)", "2 SELECT 1", "3 SELECT 1", "4 \(drop) a", "5 \(drop) b",
  ]

  @Test func answersBecomeOneFileAndFiguresAreOfTheWhole() async throws {
    let server = FakeServer(
      Self.nothing, Self.file(Self.first),
      [.read, .pause] + Self.file(Self.second).dropFirst(), Self.nothing, Self.nothing)
    let sink = Collected()
    async let whole = perform(server, try statements(), into: sink)
    try await eventually("the second slice is asked for") { server.received.count == 3 }
    let began = ContinuousClock.now
    try await Task.sleep(for: .milliseconds(20))
    let held = (ContinuousClock.now - began) / .milliseconds(1)
    server.resume()
    let outcome = try await whole
    #expect(asked(server) == Self.all)
    #expect(outcome.receivedBytes == Self.first.count + Self.second.count)
    #expect(outcome.receivedRows == 30)
    let firstByteMs = try #require(outcome.firstByteMs)
    #expect(firstByteMs > 0 && outcome.totalMs >= firstByteMs + held)
    let joined = Collected()
    let joiner = ParquetJoiner { joined.take($0) }
    for file in [Self.first, Self.second] {
      try file.withUnsafeBytes { try joiner.take($0) }
      try joiner.endFile()
    }
    try joiner.finish()
    #expect(sink.bytes == joined.bytes)
  }

  @Test func oneAnswerIsPassedOnAsItIs() async throws {
    for body in ["SELECT 1", "-- slice: 1h\nSELECT 1"] {
      let server = FakeServer(Self.file(Self.first))
      let sink = Collected()
      let outcome = try await perform(server, try statements(body), into: sink)
      #expect(sink.bytes == Self.first && outcome.receivedRows == 20)
      #expect(outcome.receivedBytes == Self.first.count)
      #expect(outcome.totalMs >= outcome.firstByteMs ?? .infinity)
    }
  }

  struct Failure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let answers: [[FakeServer.Step]]
    let asked: [String]
  }

  static let failures = [
    Failure(
      testDescription: "preparing", answers: [memoryLimit, nothing, nothing],
      asked: [all[0], all[3], all[4]]),
    Failure(
      testDescription: "the first slice", answers: [nothing, memoryLimit, nothing, nothing],
      asked: [all[0], all[1], all[3], all[4]]),
    Failure(
      testDescription: "the second slice",
      answers: [nothing, file(first), memoryLimit, nothing, nothing], asked: all),
    Failure(
      testDescription: "putting away",
      answers: [nothing, file(first), file(second), memoryLimit, nothing], asked: all),
    Failure(
      testDescription: "and again while putting away",
      answers: [nothing, memoryLimit, unknownTable, nothing],
      asked: [all[0], all[1], all[3], all[4]]),
  ]

  @Test(arguments: failures) func aFailurePutsAwayAndIsReported(failure: Failure) async throws {
    let server = FakeServer(scripts: failure.answers)
    var sample = Sample()
    do {
      _ = try await perform(server, try statements())
      Issue.record("nothing failed")
    } catch { try sample.fail(with: error) }
    #expect(sample.status == .failed && sample.errorCode == 241, "the first failure, not the last")
    #expect(sample.errorName == "MEMORY_LIMIT_EXCEEDED")
    #expect(asked(server) == failure.asked)
  }

  /// An answer that HTTP calls whole: by its last chunk, or because the connection ends and there
  /// was no length.
  enum Ending: CaseIterable { case lastChunk, close }

  @Test(arguments: Ending.allCases)
  func anAnswerThatEndsEarlyIsAFailureWithAName(ending: Ending) async throws {
    let whole = FormOfParquet(name: "long", groups: 40).bytes
    for length in [0, 3, 11, whole.count * 9 / 10, whole.count - 8, whole.count - 1] {
      let part = Array(whole.prefix(length))
      let server = FakeServer(
        ending == .lastChunk
          ? Self.file(part)
          : [.read, .send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), .bytes(part)])
      var sample = Sample()
      do {
        _ = try await perform(server, try statements("SELECT 1"))
        Issue.record("\(length) bytes passed for a whole answer")
      } catch { try sample.fail(with: error) }
      #expect(sample.status == .failed && sample.errorName == "ANSWER_CUT_SHORT", "\(length)")
      #expect(sample.errorMessage?.hasPrefix("\(length) bytes arrived") == true)
    }
  }

  @Test func oneOfSeveralAnswersThatEndsEarlyIsAFailure() async throws {
    let server = FakeServer(
      Self.nothing, Self.file(Self.first.dropLast(1)), Self.nothing, Self.nothing)
    let sentence = await sentence { _ = try await perform(server, try statements()) }
    #expect(sentence.contains("without a footer at their end"))
    #expect(asked(server) == [0, 1, 3, 4].map { Self.all[$0] })
  }

  @Test func answersThatCannotBeJoinedAreAFailureWithAName() async throws {
    let server = FakeServer(
      Self.nothing, Self.file(Self.first),
      Self.file(FormOfParquet(columns: ["id", "output"]).bytes), Self.nothing, Self.nothing)
    var sample = Sample()
    do {
      _ = try await perform(server, try statements())
      Issue.record("nothing failed")
    } catch { try sample.fail(with: error) }
    #expect(sample.status == .failed && sample.errorName == "PARQUET_NOT_JOINED")
    #expect(sample.errorCode == nil)
    #expect(
      sample.errorMessage
        == "two responses have different columns, and cannot be joined into one file")
    #expect(asked(server) == Self.all)
  }

  @Test func anInterruptPutsAwayToo() async throws {
    let server = FakeServer(
      Self.nothing, Self.file(Self.first), [.read, .stall], Self.nothing, Self.nothing)
    let statements = try statements()
    let task = Task { try await perform(server, statements) }
    try await eventually("the second slice is asked for") { server.received.count == 3 }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(asked(server) == Self.all)
  }

  @Test func whatTheSinkThrowsComesOutAndEverythingIsPutAway() async throws {
    struct Full: Error {}
    let server = FakeServer(
      Self.nothing, Self.file(Self.first), Self.nothing, Self.nothing)
    let client = Client(try Endpoint(server.url))
    let exchange = ExportExchange(try statements(), client: client)
    await #expect(throws: Full.self) { _ = try await exchange.perform { _ in throw Full() } }
    #expect(asked(server) == [0, 1, 3, 4].map { Self.all[$0] })
  }
}
