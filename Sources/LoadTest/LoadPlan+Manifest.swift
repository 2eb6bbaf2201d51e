// How a load test describes itself.

import ClickHouseClient
import ExportPaths
import RunSession
import RunStore
import WindowExports

extension LoadPlan {
  /// What counts memory otherwise than other loads do, a sentence each.
  package var untrackedMemoryNotes: [String] {
    benchmark.untrackedMemoryNotes + listedPaths.compactMap(\.untrackedMemoryNote)
  }

  /// What of a version's defects a reader of the report must know, a sentence each.
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
