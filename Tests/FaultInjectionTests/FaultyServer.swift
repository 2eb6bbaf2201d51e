// A server that is not the program's own: it is killed, frozen and started again on the same data
// and port, with other settings if need be.

import Foundation
import TestSupport
import Testing
@testable import ClickHouseClient
@testable import Engine

/// An embedded engine in a folder, which lives as long as somebody holds it. Unchecked, because one
/// test at a time has it.
final class FaultyServer: @unchecked Sendable {
  private struct Running {
    let supervisor: ChildProcess
    let leash: Int32
    let news: Int32
    let pid: pid_t
  }

  private let engine: Engine
  private let keep: Bool
  private let folder: String
  private let port: Int
  private let password = "let-me-in"
  private var running: Running?

  /// Prepares a server in a folder that need not exist, and that stays if it is to keep it.
  init(in folder: String, keep: Bool = true) throws {
    engine = try Engine.find(Engine.defaultVersion)
    self.folder = folder
    self.keep = keep
    port = try freePort()
  }

  deinit { kill() }

  /// Starts it and waits until it answers.
  ///
  /// - Parameters:
  ///   - settings: of the server, such as `max_server_memory_usage`; dots stand for nesting.
  ///   - environment: added to its own.
  /// - Throws: `Unmet` where it does not answer; the engine's first words where there is none.
  func start(settings: [String: String] = [:], environment: [String: String] = [:])
    async throws
  {
    let configuration = try self.configuration(with: settings)
    let leash = try SupervisorPipe()
    let news = try SupervisorPipe()
    let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { for descriptor in [leash.read, news.write, nothing] { close(descriptor) } }
    var variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    variables["CLICKHOUSE_WATCHDOG_ENABLE"] = "0"
    variables["EXPORTBENCH_ENGINE_PORT"] = "\(port)"
    variables["EXPORTBENCH_ENGINE_PASSWORD"] = password
    variables["EXPORTBENCH_ENGINE_DATA"] = "\(folder)/data/"
    variables["EXPORTBENCH_ENGINE_LOG"] = "\(folder)/server.log"
    variables["EXPORTBENCH_ENGINE_MEMORY_RATIO"] = "0.8"
    variables["EXPORTBENCH_ENGINE_PLACE"] = try Engine.resource("alone.xml")
    let command =
      [Program.path, Supervisor.commandName, "--folder", folder] + (keep ? ["--keep"] : []) + ["--"]
      + engine.command
      + ["--config-file=\(configuration)"]
    let supervisor = try ChildProcess(
      command: command, environment: variables, input: leash.read, output: news.write,
      error: nothing)
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(news.read, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    let pid = try #require(
      pid_t(String(decoding: line, as: UTF8.self).dropFirst(4)),
      "\(String(decoding: line, as: UTF8.self))")
    running = Running(supervisor: supervisor, leash: leash.write, news: news.read, pid: pid)
    let client = try client()
    try await eventually("the server answers", within: .seconds(60)) {
      (try? await client.ping()) != nil
    }
  }

  /// The embedded engine's own configuration, and these settings.
  private func configuration(with settings: [String: String]) throws -> String {
    let added = settings.map { name, value in
      let keys = name.split(separator: ".")
      return keys.map { "<\($0)>" }.joined() + value
        + keys.reversed().map { "</\($0)>" }.joined()
    }
    let text = try String(contentsOfFile: try Engine.resource("config.xml"), encoding: .utf8)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = "\(folder)/config.xml"
    try text.replacing("</clickhouse>", with: added.joined() + "</clickhouse>")
      .write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }

  /// Ends it with SIGKILL; its data stay.
  func kill() {
    guard let running else { return }
    Glibc.kill(running.pid, SIGKILL)
    close(running.leash)
    running.supervisor.waitUntilEnded()
    close(running.news)
    self.running = nil
  }

  /// Stops it in its tracks, or lets it go on: it keeps its connections and says nothing.
  func freeze(_ isFrozen: Bool) {
    if let running { Glibc.kill(running.pid, isFrozen ? SIGSTOP : SIGCONT) }
  }

  /// A client of it, by another port if something stands between.
  func client(through port: Int? = nil, timeouts: Timeouts = Timeouts()) throws -> Client {
    var endpoint = try Endpoint("http://127.0.0.1:\(port ?? self.port)")
    endpoint.user = "default"
    endpoint.password = Secret(password)
    return Client(endpoint, timeouts: timeouts)
  }

  private static let calm = Task {
    let server = try FaultyServer(
      in: "\(NSTemporaryDirectory())/exportbench-test-\(UUID().uuidString)", keep: false)
    try await server.start()
    return server
  }

  /// One for the tests that do nothing to it. Its supervisor ends it when this process ends.
  static var shared: FaultyServer { get async throws { try await calm.value } }

  /// The port that it listens on.
  var address: Int { port }

  /// What makes the program use it.
  func environment(through port: Int? = nil) -> [String: String] {
    [
      "CLICKHOUSE_URL": "http://127.0.0.1:\(port ?? self.port)", "CLICKHOUSE_USER": "default",
      "CLICKHOUSE_PASSWORD": password,
    ]
  }

  private struct One: Decodable { let value: Int }

  /// The number that a query gives.
  func number(_ sql: String) async throws -> Int {
    let query = Query("SELECT toInt64(\(sql)) AS value")
    return try #require(try await client().rows(query, as: One.self).first).value
  }
}

/// A benchmark of a second, and its dataset: every kind of record, in few rows. All ids are in one
/// month, so that an insert is one part, and is there whole or not at all.
struct StormBenchmark {
  var observations = 400
  var repeats = 4
  var rowsPerInsert = 100
  var payload = "100B"
  var days = 2
  var more = ""

  /// Writes the two files, and returns the benchmark's.
  @discardableResult
  func write(to scratch: Scratch) -> String {
    writeDataset(to: scratch)
    return scratch.write(
      """
      name: storm
      description: a benchmark for tests
      dataset: storm-data.yaml
      paths: [limit-by, mv-final]
      windows: [1d]
      repeats: \(repeats)
      warmups: 0
      rows_per_insert: \(rowsPerInsert)
      \(more)
      """, to: "storm.yaml")
  }

  /// Writes the dataset's file, and returns its name.
  @discardableResult
  func writeDataset(to scratch: Scratch) -> String {
    scratch.write(
      """
      name: storm
      observations: \(observations)
      start: 2026-09-01
      days: \(days)
      lag: {median: 1h, p99: 2h, max: 3h}
      payload: {output: \(payload)}
      """, to: "storm-data.yaml")
  }
}
