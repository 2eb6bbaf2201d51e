// What a run and a load test have in common: how they describe themselves, and how they end.

import Workspace
import Probes
import ClickHouseClient
import ExportPaths
import Failures
import RunStore
import Units

/// What a run and a load are both made of.
package protocol Planned {
  var benchmarkFile: (name: String, text: String) { get }
  /// What is known of the rows.
  var rows: Manifest.Dataset { get }
  var profile: SettingsProfile? { get }
  var arguments: [String] { get }
  var toolVersion: String { get }
  /// What the order follows from.
  var seed: UInt64 { get }
  /// What a reader must know before quoting a number.
  var note: String? { get }
  /// The paths in the order in which they are listed.
  var listedPaths: [ExportPath] { get }
}

extension Manifest {
  package init(
    of plan: some Planned, in folder: RunFolder, on target: Target, _ proof: AllocatorProof
  ) {
    self.init(
      toolVersion: plan.toolVersion, run: folder.name, startedAt: timestamp(),
      seed: Int(plan.seed),
      benchmark: Document(file: plan.benchmarkFile.name, text: plan.benchmarkFile.text),
      dataset: plan.rows, engine: target.description, machine: .current,
      paths: plan.listedPaths.map {
        Path(name: $0.name, sql: $0.script(under: plan.profile), isOwn: $0.isOwn ? true : nil)
      },
      baseline: "", mergeStates: [])
    guards = target.guards
    arguments = plan.arguments
    allocator = Allocator(proof)
    notes = [plan.note].compactMap(\.self)
  }

  /// Writes down which servers those are that answer.
  package mutating func name(_ client: Client, _ version: ServerVersion) async throws {
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
      detail: "1 MiB allocated in Swift and 1 MiB inside libcurl, looked for in jemalloc's counter "
        + "of the thread")
  }
}
