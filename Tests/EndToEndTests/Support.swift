// The built program, a server for the tests that need no server of their own, and small inputs.

import CSVRecords
import ClickHouseClient
import Engine
import Foundation
import RunStore
import TestSupport
import Testing

/// Everything that drives the built program. One after another, for machines with two cores.
@Suite(.serialized) struct EndToEndTests {}

/// A server that many tests use by its URL. Its supervisor ends it when this process ends.
enum Shared {
  private static let starting = Task {
    // Not a `Scratch`, which would be removed with a static variable, and so never.
    try await EmbeddedServer.start(
      try Engine.find(Engine.defaultVersion),
      folder: "\(NSTemporaryDirectory())/exportbench-test-\(UUID())", keep: false,
      supervisor: Program.path)
  }

  static var server: EmbeddedServer { get async throws { try await starting.value } }

  /// What makes the program use the server, with the password where users put it.
  static var environment: [String: String] {
    get async throws {
      let server = try await server
      return [
        "CLICKHOUSE_URL": "http://127.0.0.1:\(server.endpoint.port)",
        "CLICKHOUSE_USER": "default", "CLICKHOUSE_PASSWORD": server.password,
      ]
    }
  }

  /// The suite's databases on it.
  static func databases() async throws -> [String] {
    struct Row: Decodable { let name: String }
    let query = Query("SELECT name FROM system.databases WHERE name LIKE 'exportbench%'")
    return try await Client(try await server.endpoint).rows(query, as: Row.self).map(\.name)
  }
}

/// A dataset and a benchmark in a folder, small enough to measure in a second.
struct TinyBenchmark {
  var observations = 300
  var deleted = 0.0
  var windows = "[1d]"
  var repeats = 5
  var rowsPerInsert = 1000
  var claims = ""

  /// Writes the two files, and returns the benchmark's.
  func write(to scratch: Scratch) -> String {
    scratch.write(
      """
      name: tiny
      observations: \(observations)
      start: 2026-09-01
      days: 2
      versions: {1: 0.5, 2: 0.5}
      deleted: \(deleted)
      lag: {median: 6h, p99: 12h, max: 1d}
      payload: {output: 100B}
      """, to: "tiny-data.yaml")
    return scratch.write(
      """
      name: tiny
      description: a benchmark for tests
      dataset: tiny-data.yaml
      paths: [limit-by, mv-final]
      windows: \(windows)
      repeats: \(repeats)
      warmups: 0
      rows_per_insert: \(rowsPerInsert)
      \(claims)
      """, to: "tiny.yaml")
  }

  /// A claim on rows read, which are the same in every attempt.
  static func claim(atMost: Double) -> String {
    """
    claims:
      - name: rows
        says: "reads little"
        export: read_rows
        path: mv-final
        baseline: limit-by
        at_most: \(atMost)
    """
  }
}

/// The words of a command; `%` stands for a path.
func words(of command: String, in path: String) -> [String] {
  command.split(separator: " ").map { String($0).replacing("%", with: path) }
}

/// The whole lines of a file of a run, which must be all that it holds.
func wholeRows<Record: Recorded>(_ kind: Record.Type, _ file: String) throws -> [Record] {
  let data = try #require(FileManager.default.contents(atPath: file), "\(file) is not there")
  let parsed = try CSV.parse(kind, Array(data), file: file, lastLine: .tornIfUnbroken)
  #expect(parsed.headerIsCurrent)
  #expect(parsed.intactByteCount == data.count, "\(file) ends in the midst of a line")
  return parsed.records
}

/// The manifest of a run.
func manifest(_ folder: String) throws -> Manifest {
  let data = try #require(FileManager.default.contents(atPath: "\(folder)/manifest.json"))
  return try Manifest(json: Array(data), file: "manifest.json")
}

/// Checks that no file of a folder holds a text.
func expectNowhere(_ secret: String, in folder: String) throws {
  let walk = try #require(FileManager.default.enumerator(atPath: folder))
  for case let name as String in walk {
    #expect(textOfFile("\(folder)/\(name)")?.contains(secret) != true, "\(name) holds it")
  }
}

/// Checks that nothing of a run's server is left, where nothing has waited for its end.
func expectNoEngine(of folder: String) async throws {
  try await eventually("the engine of \(folder) ends") {
    processes(mentioning: folder).isEmpty && !exists("\(folder)/engine")
  }
}
