// How a run describes itself, and completes its folder.

import ClickHouse
import Exports
import Foundation
import Observations
import Probes
import Results

extension Run {
  /// What is known of the run before its server is asked anything.
  func describe() -> Manifest {
    let truth = plan.dataset.truth()
    var manifest = Manifest(
      toolVersion: plan.toolVersion,
      run: folder.name, startedAt: timestamp(),
      seed: Int(plan.benchmark.seed),
      benchmark: Manifest.Document(file: plan.benchmarkFile.name, text: plan.benchmarkFile.text),
      dataset: Manifest.Dataset(
        file: plan.datasetFile.name, text: plan.datasetFile.text, rows: truth.rows,
        unique: truth.observations, duplicates: truth.duplicates),
      engine: target.description,
      machine: .current,
      paths: plan.paths.map {
        Manifest.Path(name: $0.name, sql: $0.script(under: plan.profile))
      },
      baseline: plan.paths.first?.name ?? "",
      mergeStates: plan.benchmark.mergeStates.map(\.description))
    manifest.guards = target.guards
    manifest.arguments = plan.arguments
    manifest.part = plan.part
    manifest.settings = ["insert": insertSettings(of: target.cluster)]
    if !plan.paths.isEmpty {
      manifest.settings["export"] = plan.benchmark.settings
      if target.cluster != nil { manifest.settings["cluster"] = ExportPath.clusterSettings }
    }
    manifest.claims = plan.benchmark.claims
    manifest.frontier = plan.benchmark.frontier
    manifest.dataset.spanMs = plan.dataset.span.milliseconds
    manifest.notes = [plan.benchmark.note].compactMap { $0 } + clusterNotes
    if !plan.objects.isEmpty {
      manifest.notes.append(
        "inserts with the view also feed \(plan.objects.map(\.name).joined(separator: ", ")): what "
          + "this run says of writes is not the document's view alone")
    }
    manifest.allocator = Manifest.Allocator(proof)
    if !proof.holds {
      manifest.notes.append(
        "jemalloc does not serve the whole process, so the driver's allocator has no figures")
    }
    #if DEBUG
      manifest.notes.append(
        "exportbench was built without optimization: the driver's figures mean nothing")
    #endif
    return manifest
  }

  /// Completes the folder's files from what was measured.
  func finish(
    _ manifest: inout Manifest, _ began: ContinuousClock.Instant
  ) throws -> Findings {
    try folder.finish(
      &manifest, wallMs: seconds(since: began) * 1000,
      driverRSSPeakBytes: folder.records.samples.compactMap(\.driverRSSPeakBytes).max())
  }
}

extension RunFolder {
  /// Completes the manifest, draws the conclusions, and writes both.
  ///
  /// - Parameters:
  ///   - manifest: what is known of the run; gets when it ended and what the harness took.
  ///   - wallMs: how long it took, in milliseconds.
  ///   - driverRSSPeakBytes: the highest resident set of this process.
  /// - Returns: the conclusions.
  /// - Throws: ``BenchError`` where a file cannot be written, ``ResultsError``.
  func finish(
    _ manifest: inout Manifest, wallMs: Double, driverRSSPeakBytes: Int?
  ) throws -> Findings {
    manifest.finishedAt = timestamp()
    manifest.harness = Manifest.Harness(
      cpuMs: ownCPUMs(), wallMs: wallMs, rssPeakBytes: driverRSSPeakBytes, bottleneck: nil)
    let findings = try conclude(manifest)
    try write(try manifest.json(), to: "manifest.json")
    return findings
  }

  /// Draws the conclusions from what is recorded, and writes `summary.csv`.
  public func conclude(_ manifest: Manifest) throws -> Findings {
    let findings = try Findings(manifest: manifest, records: records)
    try write(CSV.document(findings.summary.rows), to: "summary.csv")
    if !findings.anatomy.isEmpty {
      try write(CSV.document(findings.anatomy), to: "anatomy.csv")
    }
    if let traffic = findings.traffic {
      try write(CSV.document(LatencyRow.all(traffic, records)), to: "latency.csv")
    }
    if !findings.consumers.isEmpty {
      try write(CSV.document(findings.consumers), to: "consumers.csv")
    }
    return findings
  }
}

extension Manifest.Cluster {
  /// Asks a client's cluster; nil of a server by itself.
  init?(of client: Client) async throws {
    guard let cluster = client.cluster else { return nil }
    let hosts = try await Replica.all(from: client)
    guard !hosts.isEmpty else {
      throw BenchError(
        .server,
        "\(client.endpoint) knows no cluster '\(cluster)'; those that it knows are in "
          + "system.clusters")
    }
    self.init(
      name: cluster.name, shards: Set(hosts.map(\.shard)).count, hosts: hosts.map(\.description))
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
