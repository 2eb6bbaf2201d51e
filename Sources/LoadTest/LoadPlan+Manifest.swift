// How a load test describes itself.

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
