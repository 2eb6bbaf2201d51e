// The bridge that serves an engine without a server entry: clients that cut off, disconnect, do not
// read or send nonsense, and a bridge that is killed.

import ClickHouseClient
import Engine
import Foundation
import TestSupport
import Testing

/// The bridged engine that these tests share.
enum Bridge {
  static let version = "26.9"

  static let isInstalled = Engine.installedVersions(ProcessInfo.processInfo.environment)
    .contains(version)

  private static let starting = Task {
    try await startEngine(
      Engine.find(version), folder: "\(NSTemporaryDirectory())/exportbench-test-\(UUID())")
  }

  static var server: EmbeddedServer { get async throws { try await starting.value } }

  static var client: Client { get async throws { Client(try await server.endpoint) } }
}

extension IntegrationTests {
  @Suite(
    .enabled(
      if: Bridge.isInstalled,
      "engine \(Bridge.version) is not installed: scripts/setup --engine \(Bridge.version)"))
  struct BridgeTests {
    let scratch = Scratch()

    func value<Value: Decodable>(
      _ sql: String, _ parameters: [String: Parameter] = [:], as type: Value.Type = Value.self
    ) async throws -> Value {
      let client = try await Bridge.client
      return try #require(
        try await client.rows(Query(sql, parameters: parameters), as: Single<Value>.self).first
      ).value
    }

    func run(_ sql: String) async throws {
      try await Bridge.client.execute(Query(sql))
    }

    /// The head of a POST with the owner's password.
    func head(_ query: String, _ framing: String) async throws -> String {
      let server = try await Bridge.server
      return "POST /?\(query) HTTP/1.1\r\nHost: localhost\r\nX-ClickHouse-User: default\r\n"
        + "X-ClickHouse-Key: \(server.password)\r\n\(framing)\r\n\r\n"
    }

    func connect() async throws -> RawConnection {
      try RawConnection(port: try await Bridge.server.endpoint.port)
    }

    /// A connection on which a statement was sent as a POST.
    func sending(_ sql: String, id: String) async throws -> RawConnection {
      let connection = try await connect()
      let framing = "Content-Length: \(sql.utf8.count)"
      connection.send(try await head("query_id=\(id)", framing) + sql)
      return connection
    }

    func isRunning(_ id: String) async throws -> Bool {
      try await value(
        "SELECT toInt64(count()) AS value FROM system.processes WHERE query_id = {id: String}",
        ["id": Parameter(id)], as: Int.self) > 0
    }

    /// Waits, for a minute at most, until a query runs or has ended.
    func wait(for id: String, toRun: Bool) async throws -> Bool {
      for _ in 0..<1200 {
        if try await isRunning(id) == toRun { return true }
        try await Task.sleep(for: .milliseconds(50))
      }
      return false
    }

    // Bodies that are cut off

    @Test(arguments: [
      "Content-Length: 1000", "Content-Length: -1", "Content-Length: 1_2",
      "Transfer-Encoding: chunked",
    ])
    func aBodyThatIsCutOffInsertsNothing(framing: String) async throws {
      try await run("CREATE TABLE cut (x UInt8) ENGINE = Memory")
      let connection = try await connect()
      let isChunked = framing.hasPrefix("Transfer")
      let body = isChunked ? "4\r\n1\n2\n\r\n" : "1\n2\n"
      connection.send(
        try await head("query=INSERT%20INTO%20cut%20FORMAT%20TSV", framing) + body)
      connection.endSending()
      let answer = try #require(connection.receiveAll(), "the bridge does not close")
      #expect(!answer.starts(with: Array("HTTP/1.1 200".utf8)))
      #expect(try await value("SELECT toInt64(count()) AS value FROM cut", as: Int.self) == 0)
      try await run("DROP TABLE cut")
    }

    @Test(arguments: ["-1", "1_0", "0x2", "+2", "zz", "", "fffffffffffffffff"])
    func aChunkWithoutASizeInsertsNothing(size: String) async throws {
      try await run("CREATE TABLE chunks (x UInt8) ENGINE = Memory")
      let connection = try await connect()
      connection.send(
        try await head("query=INSERT%20INTO%20chunks%20FORMAT%20TSV", "Transfer-Encoding: chunked")
          + "2\r\n1\n\r\n\(size)\r\n2\n\r\n0\r\n\r\n")
      connection.endSending()
      let answer = try #require(connection.receiveAll(), "the bridge does not close")
      #expect(answer.starts(with: Array("HTTP/1.1 400".utf8)))
      #expect(try await value("SELECT toInt64(count()) AS value FROM chunks", as: Int.self) == 0)
      try await run("DROP TABLE chunks")
    }

    // Clients that leave or do not read

    @Test(arguments: [
      "SELECT sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1",
      "SELECT sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1 FORMAT Parquet",
      "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))",
      "SELECT randomPrintableASCII(1000) FROM numbers(100000000) FORMAT Native",
    ])
    func theQueryOfAClientThatLeavesEnds(sql: String) async throws {
      let id = UUID().uuidString
      var connection: RawConnection? = try await sending(sql, id: id)
      #expect(try await wait(for: id, toRun: true))
      withExtendedLifetime(connection) {}
      connection = nil
      #expect(try await wait(for: id, toRun: false))
    }

    @Test(arguments: ["Native", "Parquet"])
    func aQueryWhoseReaderIsSlowCanBeKilled(format: String) async throws {
      let id = UUID().uuidString
      let connection = try await sending(
        "SELECT randomPrintableASCII(1000) FROM numbers(100000000)"
          + " SETTINGS output_format_parquet_row_group_size = 1000 FORMAT \(format)", id: id)
      #expect(connection.receive(1000)?.isEmpty == false)
      try await run("KILL QUERY WHERE query_id = '\(id)' SYNC")
      #expect(try await wait(for: id, toRun: false))
      let rest = try #require(connection.receiveAll(), "the bridge does not close")
      #expect(String(decoding: rest.suffix(400), as: UTF8.self).contains("Code: 394."))
      #expect(!rest.suffix(5).elementsEqual("0\r\n\r\n".utf8), "the answer looks complete")
    }

    @Test func twoExportsRunAtATime() async throws {
      let sql = "SELECT number, randomPrintableASCII(100) AS s FROM numbers(100000) FORMAT "
      let client = try await Bridge.client
      // The first is not read before the second has ended.
      let id = UUID().uuidString
      let slow = try await sending(sql + "Native", id: id)
      #expect(slow.receive(100)?.isEmpty == false)
      let other = try await client.stream(Query(sql + "Parquet")) { _ in }
      #expect(other.receivedBytes > 5_000_000)
      #expect(try await isRunning(id))
      slow.endSending()
      #expect(try await wait(for: id, toRun: false))
    }

    // Exceptions

    @Test(arguments: ["TSV", "Native", "Parquet"])
    func anExceptionWithinAnAnswerIsTold(format: String) async throws {
      let received = ByteCount()
      let query = Query(
        """
        SELECT randomPrintableASCII(1000), throwIf(number = 20000, 'twenty thousand')
        FROM numbers(30000) FORMAT \(format)
        """, settings: ["max_block_size": "1000", "output_format_parquet_row_group_size": "1000"])
      do {
        let client = try await Bridge.client
        try await client.stream(query) { received.add($0.count) }
        Issue.record("the answer looks complete")
      } catch let error as ClickHouseError {
        let exception = try #require(error.serverException, "\(error)")
        #expect(exception.code == 395)
        #expect(exception.message.contains("twenty thousand"))
      }
      #expect(received.count > 1 << 20)
    }

    @Test(arguments: [
      ("CREATE USER u", "users and grants"), ("GRANT SELECT ON *.* TO default", "users and grants"),
      ("DROP ROLE r", "users and grants"),
      ("CREATE TABLE t ON CLUSTER c (x UInt8) ENGINE = Memory", "statements ON CLUSTER"),
      ("SELECT 1 INTO OUTFILE '/tmp/x'", "INTO OUTFILE"),
      ("EXPLAIN SELECT 1 INTO OUTFILE '/tmp/x'", "INTO OUTFILE"),
      ("INSERT INTO t FROM INFILE '/etc/hostname' FORMAT CSV", "FROM INFILE"),
      ("INSERT INTO t SELECT a FROM input('a UInt8') FORMAT CSV", "the table function input"),
    ])
    func whatTheBridgeLacksIsRefusedInOneSentence(sql: String, what: String) async throws {
      do {
        try await run(sql)
        Issue.record("not refused: \(sql)")
      } catch let error as ClickHouseError {
        let exception = try #require(error.serverException)
        #expect(exception.code == 48)
        #expect(exception.message.contains("A bridged engine does not support \(what)"))
      }
    }

    @Test func settingsLimitResultsInEveryFormat() async throws {
      let client = try await Bridge.client
      func size(_ settings: [String: String]) async throws -> Int {
        let sql = "SELECT toString(number) AS x FROM numbers(10000) FORMAT Parquet"
        return try await client.stream(Query(sql, settings: settings)) { _ in }.receivedBytes
      }
      let whole = try await size([:])
      #expect(try await size(["limit": "5"]) < whole / 10)
      #expect(try await size(["offset": "9995"]) < whole / 10)
      await #expect(throws: ClickHouseError.self) { _ = try await size(["max_result_rows": "5"]) }
    }

    @Test func dataBehindAnInsertKeepTheirBlanks() async throws {
      try await run("CREATE TABLE blanks (x String) ENGINE = Memory")
      let sql = "INSERT INTO blanks FORMAT LineAsString\n   indented\n"
      let connection = try await sending(sql, id: "blanks")
      connection.endSending()
      _ = connection.receiveAll()
      let stored = try await value("SELECT any(x) AS value FROM blanks", as: String.self)
      #expect(stored == "   indented")
      try await run("DROP TABLE blanks")
    }

    @Test func aStatementOfManyOpenedCommentsIsRefusedAtOnce() async throws {
      let sql = "SELECT " + String(repeating: "/*", count: 20_000)
      await #expect(throws: ClickHouseError.self) { try await run(sql) }
    }

    @Test func aClusterOfABridgedEngineIsRefused() async throws {
      let words = await sentence {
        _ = try await EmbeddedCluster.start(
          Engine.find(Bridge.version), folder: scratch.path("cluster"), keep: false,
          supervisor: Program.path)
      }
      #expect(words.contains("is bridged and cannot form a cluster"))
      #expect(scratch.names.isEmpty)
    }

    @Test(arguments: ["1", "2"])
    func aReaderExportsButDoesNotWrite(readOnly: String) async throws {
      try await run("CREATE TABLE IF NOT EXISTS kept (x UInt8) ENGINE = Memory")
      let client = try await Bridge.client
      func query(_ sql: String) -> Query { Query(sql, settings: ["readonly": readOnly]) }
      let answer = try await client.stream(query("SELECT 1 AS x FORMAT Parquet")) { _ in }
      #expect(answer.receivedBytes > 100)
      for sql in [
        "INSERT INTO kept SELECT 1", "WITH 1 AS y INSERT INTO kept SELECT y",
        "INSERT INTO FUNCTION file('\(scratch.path("x"))', TSV) SELECT 1",
        "CREATE TABLE other (x UInt8) ENGINE = Memory", "SELECT 1; INSERT INTO kept SELECT 1",
      ] {
        await #expect(throws: ClickHouseError.self, "\(sql)") {
          try await client.execute(query(sql))
        }
      }
      #expect(try await value("SELECT toInt64(count()) AS value FROM kept", as: Int.self) == 0)
      #expect(scratch.names.isEmpty)
    }
  }
}

private struct Single<Value: Decodable>: Decodable { let value: Value }

/// A counter that a connection's thread adds to.
private final class ByteCount: @unchecked Sendable {
  private let lock = NSLock()
  private var sum = 0

  var count: Int { lock.withLock { sum } }

  func add(_ count: Int) { lock.withLock { sum += count } }
}
