// One embedded server for all of these tests, and a database of its own for each.

import ClickHouseClient
import Engine
import ExportPaths
import Foundation
import ObservationGenerator
import TestSupport
import Testing
import Units
import Workspace

/// Everything that asks a real server. One after another, for they share one.
@Suite(.serialized) struct IntegrationTests {}

/// The server that the tests share. Its supervisor ends it when this process ends.
enum Shared {
  private static let starting = Task {
    // Not a `Scratch`, which would be removed with a static variable, and so never.
    try await startEngine(folder: "\(NSTemporaryDirectory())/exportbench-test-\(UUID())")
  }

  /// The server; it starts when it is first asked for.
  static var server: EmbeddedServer { get async throws { try await starting.value } }

  static var client: Client { get async throws { Client(try await server.endpoint) } }
}

/// Starts an engine whose supervisor is the built program.
func startEngine(
  _ engine: Engine? = nil, folder: String, keep: Bool = false
) async throws -> EmbeddedServer {
  try await EmbeddedServer.start(
    try engine ?? Engine.find(testedVersion), folder: folder, keep: keep,
    supervisor: Program.path)
}

/// The version that the tests ask: the default one, or that of `EXPORTBENCH_TEST_ENGINE`, under
/// which `scripts/test --engines` runs them again.
let testedVersion =
  ProcessInfo.processInfo.environment["EXPORTBENCH_TEST_ENGINE"] ?? Engine.defaultVersion

/// Whether the version that is tested is that one or newer.
func isTested(since major: Int, _ minor: Int) -> Bool {
  ServerVersion(parsing: testedVersion).map { $0 >= ServerVersion(major, minor) } ?? true
}

extension Trait where Self == ConditionTrait {
  /// For tests of paths that read twice: a server before 25.6 has no snapshot for them, and a run
  /// refuses them there.
  static var needsOneSnapshot: Self {
    .enabled(if: isTested(since: 25, 6), "the path needs a setting of 25.6")
  }
}

/// A workspace that is dropped after the work.
func withWorkspace<Value>(
  _ name: String, _ work: (Workspace) async throws -> Value
) async throws -> Value {
  let workspace = try await RunWorkspace.create(for: name, on: try await Shared.client)
  do {
    let value = try await work(workspace)
    try await workspace.drop.database()
    return value
  } catch {
    try? await workspace.drop.database()
    throw error
  }
}

private struct One<Value: Decodable>: Decodable { let value: Value }

extension Workspace {
  /// The one value of a query that names it `value`.
  func value<Value: Decodable>(
    _ sql: String, _ parameters: [String: Parameter] = [:], as type: Value.Type = Value.self
  ) async throws -> Value {
    let query = Query(sql, parameters: parameters, database: database.name)
    return try #require(try await client.rows(query, as: One<Value>.self).first).value
  }
}

/// A dataset in the manner of datasets/smoke.yaml.
func smallDataset(
  observations: Int = 1_500, days: Int = 30, seed: UInt64 = 7, deleted: Double = 0
) -> Dataset {
  var dataset = Dataset(
    name: "small", observations: observations, start: 1_788_220_800_000,
    span: TimeSpan(milliseconds: days * 86_400_000))
  dataset.seed = seed
  dataset.deleted = deleted
  dataset.versions = [0.5, 0.3, 0.2]
  dataset.projects = 4
  dataset.firstProjectShare = 0.8
  dataset.lag = LongTail(median: 8 * 86_400_000, p99: 20 * 86_400_000, max: 30 * 86_400_000)
  dataset.payload.input = LongTail(median: 120, p99: 1024, max: 4096, absent: 0.05)
  dataset.payload.output = LongTail(median: 80, p99: 1024, max: 4096, absent: 0.1)
  dataset.payload.metadata = LongTail(median: 60, p99: 240, max: 1024, absent: 0.1)
  return dataset
}

/// datasets/semantics.yaml, which has every shape of duplicates, with fewer observations.
func semantics(observations: Int) throws -> Dataset {
  let file = "datasets/semantics.yaml"
  let text = try #require(textOfFile("\(packageFolder)/\(file)"))
    .replacing("observations: 20k", with: "observations: \(observations)")
  return try Dataset(yaml: text, file: file)
}

/// A path that is not in the catalogue.
func madeUpPath(_ body: String) throws -> ExportPath {
  let head = "-- idea: a\n-- keeps in memory: b\n-- gets wrong: c\n-- reads: observations\n"
  return try ExportPath(name: "made-up", text: head + body)
}

/// What the work throws, as the sentence that a user reads.
func sentence(_ work: () async throws -> Void) async -> String {
  do {
    try await work()
    return "no error"
  } catch { return "\(error)" }
}

/// A workspace with table and view, merges stopped, and the dataset in both.
func withLoaded<Value>(
  _ name: String, _ dataset: Dataset, rowsPerInsert: Int = 500,
  _ work: (Workspace) async throws -> Value
) async throws -> Value {
  try await withWorkspace(name) { workspace in
    try await workspace.createTable()
    try await workspace.migrateUp()
    try await workspace.merges.stop()
    _ = try await Loader(workspace, dataset).load(
      rowsPerInsert: rowsPerInsert, workers: 2, tell: { _ in })
    return try await work(workspace)
  }
}
