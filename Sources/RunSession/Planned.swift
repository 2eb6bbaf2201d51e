// What runs and load tests have in common before they begin: a plan and its manifest.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Probes
import RunStore
import Units
import WindowExports

/// A plan: benchmark, rows and paths, read and checked together.
package protocol Planned {
  associatedtype AskedBenchmark: AnyBenchmark

  var benchmark: AskedBenchmark { get }
  var benchmarkFile: (name: String, text: String) { get }
  var rows: Manifest.Dataset { get }
  var profile: SettingsProfile? { get }
  /// The command line, without secrets.
  var arguments: [String] { get }
  /// The version of exportbench.
  var toolVersion: String { get }
  /// Whether databases and server files are kept at the end.
  var keep: Bool { get }
  /// The share of this driver; nil without other drivers.
  var driver: DriverShard? { get }
  /// The paths in the order in which they are listed.
  var listedPaths: [ExportPath] { get }
  /// The settings of each kind of insert, by name; empty without inserts.
  var settingsOfInserts: [[String: String]] { get }
  /// Those of the tables that are made.
  var tableSettings: TableSettings { get }
}

extension Planned {
  package var tableSettings: TableSettings { TableSettings() }
}

extension Planned {
  /// Asks the server whether it accepts the settings of inserts, tables and exports.
  ///
  /// - Throws: ``UserError`` that names the setting; ``ClickHouseError``.
  package func checkSettings(_ client: Client, _ version: ServerVersion) async throws {
    let check = SettingsCheck(
      client: client, version: version, file: benchmarkFile.name, own: benchmark.settings)
    for settings in settingsOfInserts { try await check.checkInserts(settings) }
    try await check.check(tableSettings)
    try await check.check(listedPaths, under: profile)
  }

  /// What a report has to say of a server's version: settings that it does not know, and defects.
  func notes(on version: ServerVersion) -> [String] {
    guard !listedPaths.isEmpty else { return [] }
    let unknown = Set(listedPaths.flatMap { $0.unknownSettings(under: profile, on: version) })
    let leftOut =
      unknown.isEmpty
      ? []
      : [
        "ClickHouse \(version) does not know, so exports ran without: "
          + unknown.sorted().joined(separator: ", ")
      ]
    return leftOut + ServerDefect.notes(on: version)
      + listedPaths.flatMap { $0.defectNotes(on: version, own: benchmark.settings) }
  }

  /// The settings of every export over those of a profile, by name; a path's own value of
  /// `max_untracked_memory` has precedence over the default.
  package var exportSettings: [String: String] {
    UntrackedMemory.settings.merging(benchmark.settings) { $1 }
  }
}

extension Manifest {
  /// Describes a run before its server is asked anything.
  package init(
    of plan: some Planned, in folder: RunFolder, on target: Target, _ proof: AllocatorProof
  ) {
    self.init(
      toolVersion: plan.toolVersion, run: folder.name, startedAt: timestamp(),
      seed: Int(plan.benchmark.seed),
      benchmark: Document(file: plan.benchmarkFile.name, text: plan.benchmarkFile.text),
      dataset: plan.rows, engine: target.description, machine: .current,
      paths: plan.listedPaths.map {
        Path(name: $0.name, sql: $0.script(under: plan.profile), isOwn: $0.isOwn ? true : nil)
      },
      baseline: "", mergeStates: [])
    guards = target.guards
    arguments = plan.arguments
    allocator = Allocator(proof)
    driver = plan.driver
    notes = [plan.benchmark.note].compactMap(\.self) + plan.benchmark.untrackedMemoryNotes
    notes += plan.listedPaths.compactMap(\.untrackedMemoryNote) + target.notes
    #if DEBUG
      notes.append(
        "exportbench was built without optimization: its own share of the figures means nothing")
    #endif
  }

  /// Records which servers answer.
  mutating func name(_ client: Client, _ version: ServerVersion) async throws {
    engine.version = "\(version)"
    engine.url = client.endpoints.map(\.description).joined(separator: ",")
    cluster = try await Cluster(of: client)
  }
}

extension Manifest.Allocator {
  init(_ proof: AllocatorProof) {
    let covers = [("swift", proof.coversSwift), ("libcurl", proof.coversLibcurl)]
    self.init(
      name: "jemalloc", version: proof.version ?? "not linked",
      covers: covers.filter(\.1).map(\.0), proven: proof.holds,
      detail: "1 MiB allocated in Swift and 1 MiB inside libcurl, compared with jemalloc's counter "
        + "of the thread")
  }
}
