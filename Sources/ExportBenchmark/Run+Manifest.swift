// Describes a run in its manifest, and completes its folder.

import Analysis
import ClickHouseClient
import ClickHouseSQL
import ExportPaths
import Foundation
import RunSession
import RunStore
import WindowExports
import Workspace

extension Run {
  /// The manifest before the server is queried.
  package func describe() -> Manifest {
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
        "inserts with the view also feed \(plan.objects.map(\.name).joined(separator: ", ")): so "
          + "the cost of writes is not that of the document's view alone")
    }
    if !proof.holds {
      manifest.notes.append(
        "jemalloc does not serve the whole process, so there are no figures of the driver's "
          + "allocator")
    }
    #if DEBUG
      manifest.notes.append(
        "exportbench was built without optimization: the driver's figures are not meaningful")
    #endif
    return manifest
  }

  package func finish(
    _ manifest: inout Manifest, _ began: ContinuousClock.Instant
  ) throws -> Findings {
    try folder.finish(
      &manifest, wallMs: seconds(since: began) * 1000,
      driverRSSPeakBytes: folder.records.samples.compactMap(\.driverRSSPeakBytes).max())
  }
}

extension RunPlan {
  /// Settings of all exports, overriding a profile; a path's own `max_untracked_memory` takes
  /// precedence over the default.
  package var exportSettings: [String: String] {
    UntrackedMemory.settings.merging(benchmark.settings) { $1 }
  }

  /// Notes on non-default `max_untracked_memory`.
  package var untrackedMemoryNotes: [String] {
    benchmark.untrackedMemoryNotes + paths.compactMap(\.untrackedMemoryNote)
  }

  /// Notes on known defects of a version.
  package func defectNotes(on version: ServerVersion) -> [String] {
    guard !paths.isEmpty else { return [] }
    return ServerDefect.notes(on: version)
      + paths.flatMap { $0.defectNotes(on: version, own: benchmark.settings) }
  }
}

extension RunPlan: Planned {
  package var rows: Manifest.Dataset { source.description }
  package var seed: UInt64 { benchmark.seed }
  package var note: String? { benchmark.note }
  package var listedPaths: [ExportPath] { paths }
}
