// How a run describes itself, and completes its folder.

import ClickHouse
import ClickHouseSQL
import Exports
import Foundation
import Observations
import Probes
import Results

extension Run {
  /// What is known of the run before its server is asked anything.
  func describe() -> Manifest {
    var manifest = Manifest(of: plan, in: folder, on: target, proof)
    manifest.baseline = plan.paths.first?.name ?? ""
    manifest.mergeStates = plan.benchmark.mergeStates.map(\.description)
    manifest.part = plan.part
    if plan.source.dataset != nil {
      manifest.settings["insert"] = insertSettings(of: target.cluster)
    }
    if !plan.paths.isEmpty {
      manifest.settings["export"] = SecretMask.masked(settings: plan.exportSettings)
      if target.cluster != nil { manifest.settings["cluster"] = ExportPath.clusterSettings }
    }
    manifest.claims = plan.benchmark.claims
    manifest.frontier = plan.benchmark.frontier
    manifest.notes += clusterNotes + plan.untrackedMemoryNotes
    if !plan.objects.isEmpty {
      manifest.notes.append(
        "inserts with the view also feed \(plan.objects.map(\.name).joined(separator: ", ")): what "
          + "this run says of writes is not the document's view alone")
    }
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
    try write(&manifest)
    return findings
  }

  /// Writes the manifest, with the counts of what is recorded.
  public func write(_ manifest: inout Manifest) throws {
    manifest.records = records.counts
    try write(try manifest.json(), to: "manifest.json")
  }

  /// Draws the conclusions from what is recorded, and writes the CSV files that follow from them.
  public func conclude(_ manifest: Manifest) throws -> Findings {
    let findings = try Findings(manifest: manifest, records: records)
    for file in findings.derivedFiles(records) { try write(file.text, to: file.name) }
    return findings
  }
}

/// What a run and a load are both made of.
protocol Planned {
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

extension RunPlan {
  /// Settings of every export over those of a profile, by name; a path's own value of
  /// `max_untracked_memory` counts more than the default.
  public var exportSettings: [String: String] {
    UntrackedMemory.settings.merging(benchmark.settings) { $1 }
  }

  /// What counts memory otherwise than other runs do, a sentence each.
  var untrackedMemoryNotes: [String] {
    benchmark.untrackedMemoryNotes + paths.compactMap(\.untrackedMemoryNote)
  }

  /// What of a version's defects a reader of the report must know, a sentence each.
  func defectNotes(on version: ServerVersion) -> [String] {
    guard !paths.isEmpty else { return [] }
    return ServerDefect.notes(on: version)
      + paths.flatMap { $0.defectNotes(on: version, own: benchmark.settings) }
  }
}

extension RunPlan: Planned {
  var rows: Manifest.Dataset { source.description }
  var seed: UInt64 { benchmark.seed }
  var note: String? { benchmark.note }
  var listedPaths: [ExportPath] { paths }
}

extension LoadPlan {
  /// What counts memory otherwise than other loads do, a sentence each.
  var untrackedMemoryNotes: [String] {
    benchmark.untrackedMemoryNotes + listedPaths.compactMap(\.untrackedMemoryNote)
  }

  /// What of a version's defects a reader of the report must know, a sentence each.
  func defectNotes(on version: ServerVersion) -> [String] {
    ServerDefect.notes(on: version)
      + listedPaths.flatMap { $0.defectNotes(on: version, own: benchmark.settings) }
  }
}

extension LoadPlan: Planned {
  var rows: Manifest.Dataset { Manifest.Dataset(dataset, file: datasetFile) }
  var seed: UInt64 { benchmark.seed }
  var note: String? { benchmark.note }
  var listedPaths: [ExportPath] { paths.values.sorted { $0.name < $1.name } }
}

extension Manifest {
  /// What is known before the server is asked anything.
  init(of plan: some Planned, in folder: RunFolder, on target: Target, _ proof: AllocatorProof) {
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
  mutating func name(_ client: Client, _ version: ServerVersion) async throws {
    engine.version = "\(version)"
    engine.url = client.endpoints.map(\.description).joined(separator: ",")
    cluster = try await Cluster(of: client)
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
