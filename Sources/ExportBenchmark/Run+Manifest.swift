// How a run describes itself, and completes its folder.

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
  /// What is known of the run before its server is asked anything.
  package func describe() -> Manifest {
    var manifest = Manifest(of: plan, in: folder, on: target, proof)
    manifest.baseline = plan.paths.first?.name ?? ""
    manifest.mergeStates = plan.benchmark.mergeStates.map(\.description)
    manifest.driver = plan.driver
    if plan.source.dataset != nil {
      manifest.settings["insert"] = insertSettings(of: target.cluster)
    }
    if !plan.paths.isEmpty {
      manifest.settings["export"] = SecretMask.masked(settings: plan.exportSettings)
      if target.cluster != nil { manifest.settings["cluster"] = ExportPath.clusterSettings }
    }
    manifest.claims = plan.benchmark.claims
    manifest.memoryLimits = plan.benchmark.memoryLimits
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
  package func finish(
    _ manifest: inout Manifest, _ began: ContinuousClock.Instant
  ) throws -> Findings {
    try folder.finish(
      &manifest, wallMs: seconds(since: began) * 1000,
      driverRSSPeakBytes: folder.records.samples.compactMap(\.driverRSSPeakBytes).max())
  }
}

extension RunPlan {
  /// Settings of every export over those of a profile, by name; a path's own value of
  /// `max_untracked_memory` counts more than the default.
  package var exportSettings: [String: String] {
    UntrackedMemory.settings.merging(benchmark.settings) { $1 }
  }

  /// What counts memory otherwise than other runs do, a sentence each.
  package var untrackedMemoryNotes: [String] {
    benchmark.untrackedMemoryNotes + paths.compactMap(\.untrackedMemoryNote)
  }

  /// What of a version's defects a reader of the report must know, a sentence each.
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
