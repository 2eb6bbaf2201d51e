// Common parts of runs and load tests: description and end.

import Workspace
import Probes
import ClickHouseClient
import ExportPaths
import Failures
import RunStore
import Units

/// Common inputs of runs and load tests.
package protocol Planned {
  var benchmarkFile: (name: String, text: String) { get }
  var rows: Manifest.Dataset { get }
  var profile: SettingsProfile? { get }
  var arguments: [String] { get }
  var toolVersion: String { get }
  /// Determines the order.
  var seed: UInt64 { get }
  /// Repeated in reports.
  var note: String? { get }
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

  /// Records the servers that answer.
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
      detail: "1 MiB allocated in Swift and 1 MiB inside libcurl, compared with jemalloc's counter "
        + "of the thread")
  }
}
