// Describes a load test in its manifest.

import ClickHouseClient
import ExportPaths
import RunSession
import RunStore
import WindowExports

extension LoadPlan {
  /// Notes on non-default `max_untracked_memory`.
  package var untrackedMemoryNotes: [String] {
    benchmark.untrackedMemoryNotes + listedPaths.compactMap(\.untrackedMemoryNote)
  }

  /// Notes on known defects of a version.
  package func defectNotes(on version: ServerVersion) -> [String] {
    ServerDefect.notes(on: version)
      + listedPaths.flatMap { $0.defectNotes(on: version, own: benchmark.settings) }
  }
}

extension LoadPlan: Planned {
  package var rows: Manifest.Dataset { Manifest.Dataset(dataset, file: datasetFile) }
  package var seed: UInt64 { benchmark.seed }
  package var note: String? { benchmark.note }
  package var listedPaths: [ExportPath] { paths.values.sorted { $0.name < $1.name } }
}
