// The bridge as a whole process: mutated requests, a sudden end, the peaks of its debug log, and
// the Parquet files that it exports.

import ClickHouseClient
import Engine
import Foundation
import Statistics
import TestSupport
import Testing

extension IntegrationTests.BridgeTests {
  // Mutated requests

  /// Valid requests, of which each mutation starts.
  private func requests() async throws -> [[UInt8]] {
    let form =
      "--B\r\nContent-Disposition: form-data; name=\"e\"; filename=\"e\"\r\n\r\n1\ta\n\r\n--B--\r\n"
    return [
      "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
      try await head("param_x=a%5Ct&max_threads=1", "Content-Length: 17") + "SELECT {x:String}",
      try await head("query=SELECT%201&log_comment=x&session_id=s", "Content-Length: 0"),
      try await head("", "Content-Length: 41") + "SELECT * FROM numbers(9) FORMAT Parquet  ",
      try await head(
        "query=INSERT%20INTO%20mutated%20FORMAT%20TSV", "Transfer-Encoding: chunked")
        + "4\r\n1\t2\n\r\n8\r\n3\t4\n5\t6\n\r\n0\r\n\r\n",
      try await head(
        "query=INSERT%20INTO%20mutated%20FORMAT%20TSV",
        "Expect: 100-continue\r\nContent-Length: 8") + "1\t2\n3\t4\n",
      try await head(
        "query=SELECT%20*%20FROM%20e&e_structure=a%20UInt8,b%20String",
        "Content-Type: multipart/form-data; boundary=B\r\nContent-Length: \(form.utf8.count)")
        + form,
    ].map { Array($0.utf8) }
  }

  private static let pieces = [
    "\r\n", "\r\n\r\n", ":", "-1", "0", "%", "%00", "\0", "'", ";", "9999999999", "&query=", "$x$",
    "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
  ].map { Array($0.utf8) }

  private static func one<Value>(
    of values: [Value], _ random: inout some RandomNumberGenerator
  ) -> Value { values[Int.random(in: values.indices, using: &random)] }

  private static func mutate(
    _ request: [UInt8], _ random: inout some RandomNumberGenerator
  ) -> [UInt8] {
    var bytes = request
    for _ in 0..<one(of: [1, 1, 1, 2, 4, 8], &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = .random(in: 0...255, using: &random)
      case 2: bytes.insert(contentsOf: one(of: pieces, &random), at: place)
      case 3:
        let more = (0..<Int.random(in: 1...50, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        bytes.insert(contentsOf: more, at: place)
      default:
        let count = one(of: [1, 2, 5, 30, 1000], &random)
        bytes.removeSubrange(place..<min(place + count, bytes.count))
      }
    }
    return bytes
  }

  @Test func tenThousandMutatedRequestsDoNoHarm() async throws {
    try await run("CREATE TABLE mutated (x UInt8, y UInt8) ENGINE = Memory")
    let valid = try await requests()
    let port = try await Bridge.server.endpoint.port
    let process = try await Bridge.server.processID
    let unanswered = try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in 0..<8 {
        group.addTask {
          var random = SplitMix64(seed: UInt64(worker))
          var unanswered = 0
          for _ in 0..<1250 {
            let connection = try RawConnection(port: port)
            connection.send(Self.mutate(Self.one(of: valid, &random), &random))
            connection.endSending()
            if connection.receiveAll() == nil { unanswered += 1 }
          }
          return unanswered
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(unanswered == 0)
    #expect(try await Bridge.server.death() == nil)
    // No connection stays open but this test's own ones, and no query runs.
    let sockets = { () -> Int in
      let folder = "/proc/\(process)/fd"
      return namesInFolder(folder).count {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        return target?.hasPrefix("socket:") == true
      }
    }
    for _ in 0..<400 where sockets() > 40 { try await Task.sleep(for: .milliseconds(50)) }
    #expect(sockets() <= 40)
    #expect(
      try await value("SELECT toInt64(count()) AS value FROM system.processes", as: Int.self) == 1)
    try await run("DROP TABLE mutated")
  }

  // A sudden end

  @Test func aKilledBridgeLeavesNothingBehind() async throws {
    for moment in 0..<10 {
      let folder = scratch.path("engine-\(moment)")
      let server = try await startEngine(Engine.find(Bridge.version), folder: folder)
      let client = Client(server.endpoint)
      try await client.execute(
        Query("CREATE TABLE default.t (x UInt64, s String) ENGINE = MergeTree ORDER BY x"))
      let work = Task {
        try? await client.execute(
          Query("INSERT INTO t SELECT number, randomPrintableASCII(100) FROM numbers(500000)"))
      }
      let export = Task {
        try? await client.stream(
          Query("SELECT randomPrintableASCII(1000) AS s FROM numbers(1000000) FORMAT Parquet")
        ) { _ in }
      }
      try await Task.sleep(for: .milliseconds(moment * 60))
      kill(pid_t(server.processID), SIGKILL)
      #expect(await server.deathSoon() != nil)
      server.stop()
      _ = await (work.value, export.value)
      #expect(!exists("/proc/\(server.processID)") && !exists(folder))
    }
    #expect(processes(mentioning: scratch.path).isEmpty)
    #expect(scratch.names.isEmpty)
  }

  // Peaks

  private static let readLog = """
    import json, sys
    sys.path.insert(0, sys.argv[1])
    from debug_log import DebugLog

    log = DebugLog(None, "/nonexistent")
    log._path = sys.argv[2]
    log._read()
    json.dump({k.decode(): q["peak"] for k, q in log._queries.items() if q["peak"]}, sys.stdout)
    """

  /// The peaks by the engine's query id, as the bridge reads them from the log of an older engine.
  private func peaks(in log: String) throws -> [String: Int] {
    let engine = try Engine.find(Bridge.version)
    let bridge = try #require(engine.command.first { $0.hasSuffix("/bridge") })
    let process = Process()
    process.executableURL = URL(fileURLWithPath: engine.command[0])
    process.arguments = ["-B", scratch.write(Self.readLog, to: "read.py"), bridge, log]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try JSONDecoder().decode([String: Int].self, from: text)
  }

  @Test func thePeaksOfTheDebugLogAreThoseOfTheQueryLog() async throws {
    struct Row: Decodable {
      let id, comment: String
      let peak: Int
    }
    let marker = UUID().uuidString
    let client = try await Bridge.client
    try await run("CREATE TABLE peaks (x UInt64, s String) ENGINE = MergeTree ORDER BY x")
    for (number, sql) in [
      "INSERT INTO peaks SELECT number, randomPrintableASCII(100) FROM numbers(200000)",
      "SELECT number % 100000 AS k, count() FROM numbers(3000000) GROUP BY k FORMAT Native",
      "SELECT * FROM peaks ORDER BY s FORMAT Parquet",
      "SELECT * FROM peaks ORDER BY s FORMAT Native",
      "SELECT x, uniqExact(s) FROM peaks GROUP BY x ORDER BY x LIMIT 5 FORMAT Parquet",
    ].enumerated() {
      try await client.stream(Query(sql, logComment: "\(marker) \(number)")) { _ in }
    }
    try await run("SYSTEM FLUSH LOGS")
    let rows = try await client.rows(
      Query(
        """
        SELECT engine_query_id AS id, log_comment AS comment, toInt64(memory_usage) AS peak
        FROM system.query_log
        WHERE type = 'QueryFinish' AND startsWith(log_comment, {marker: String})
        """, parameters: ["marker": Parameter(marker)]), as: Row.self)
    #expect(rows.count == 5)
    let seen = try peaks(in: "\(try await Bridge.server.folder)/server.log")
    for row in rows {
      let peak = try #require(seen[row.id], "no peak of \(row.comment)")
      #expect(row.peak > 4 << 20)
      // The log rounds to 1/100 MiB.
      #expect(abs(peak - row.peak) <= (1 << 20) / 100, "\(row.comment)")
    }
    try await run("DROP TABLE peaks")
  }

  // Parquet

  private static let readFile = """
    import json, sys
    import datafusion, duckdb, polars, pyarrow.parquet as pq

    file = sys.argv[1]
    found = pq.ParquetFile(file).metadata
    groups = [found.row_group(i).num_rows for i in range(found.num_row_groups)]
    frame = datafusion.SessionContext().read_parquet(file)
    json.dump({
      "groups": groups,
      "rows": [
        pq.read_table(file).num_rows,
        duckdb.sql(f"SELECT count(*) FROM read_parquet('{file}')").fetchone()[0],
        polars.read_parquet(file).height,
        frame.count(),
      ]}, sys.stdout)
    """

  private struct Seen: Decodable, Equatable { let groups, rows: [Int] }

  @Test(
    .enabled(if: Readers.arePossible, Readers.areMissing),
    arguments: [
      "SELECT * FROM wide", "SELECT * FROM wide WHERE x % 3 = 0",
      "SELECT * FROM wide ORDER BY x LIMIT 1 BY x", "SELECT * FROM (SELECT * FROM wide)",
      "WITH w AS (SELECT * FROM wide) SELECT x, length(s) AS size FROM w ORDER BY x",
    ])
  func anExportIsOneFileWithTheRowGroupsOfAServer(sql: String) async throws {
    try await run("CREATE TABLE wide (x UInt64, s String) ENGINE = MergeTree ORDER BY x")
    try await run("INSERT INTO wide SELECT number, randomPrintableASCII(1000) FROM numbers(30000)")
    let client = try await Bridge.client
    // With readonly = 1 the engine writes the result itself, as a server does.
    let files = try await ["2", "1"].asyncMap { readOnly in
      let name = "\(UUID()).parquet"
      scratch.write("", to: name)
      let file = try #require(FileHandle(forWritingAtPath: scratch.path(name)))
      let query = Query(
        "\(sql) FORMAT Parquet",
        settings: [
          "readonly": readOnly, "max_threads": "1", "output_format_parquet_row_group_size": "500",
        ])
      try await client.stream(query) { file.write(Data($0)) }
      try file.close()
      return try Readers.run(Self.readFile, on: scratch.path(name), scratch, as: Seen.self)
    }
    #expect(files[0] == files[1])
    #expect(files[0].groups.count > 10)
    #expect(Set(files[0].rows) == [files[0].groups.reduce(0, +)])
    try await run("DROP TABLE wide")
  }
}

extension Array {
  /// Transforms one element after another.
  fileprivate func asyncMap<Value>(
    _ transform: (Element) async throws -> Value
  ) async rethrows -> [Value] {
    var values: [Value] = []
    for element in self { values.append(try await transform(element)) }
    return values
  }
}
