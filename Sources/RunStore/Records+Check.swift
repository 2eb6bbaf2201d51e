// Checks whenever a run is read that no records are missing.
//
// The manifest has the number of records of each file. Older versions have none: then records are
// checked against each other and against the manifest's paths and merge states.

import CSVRecords

extension Records {
  /// By file name; files without records are omitted.
  package var counts: [String: Int] {
    func count<Record: Filed>(_ kind: Record.Type) -> (String, Int) {
      (kind.fileName, self[keyPath: kind.list].count)
    }
    let all: [(String, Int)] = Records.kinds.map { count($0) }
    return Dictionary(uniqueKeysWithValues: all.filter { $0.1 > 0 })
  }

  /// - Parameter folder: for error messages.
  /// - Throws: ``RecordError`` that names the file and the missing records.
  package func check(against manifest: Manifest, in folder: String) throws(RecordError) {
    if let recorded = manifest.records {
      try check(recorded, of: manifest, folder)
    } else if manifest.complete {
      try checkCompleteness(manifest, folder)
    }
    for (place, sample) in samples.enumerated() where sample.attempt != place + 1 {
      throw Self.damaged(
        folder, Sample.self,
        "its record \(place + 1) is of attempt \(sample.attempt), so lines are missing or "
          + "duplicated")
    }
  }

  private func check(
    _ recorded: [String: Int], of manifest: Manifest, _ folder: String
  ) throws(RecordError) {
    let counts = counts
    for kind in Records.kinds {
      let former = kind.formerFileName.flatMap { recorded[$0] }
      let (expected, found) = (
        recorded[kind.fileName] ?? former ?? 0, counts[kind.fileName] ?? 0
      )
      // A killed run may have more records than its manifest counts.
      guard manifest.complete ? found != expected : found < expected else { continue }
      throw Self.damaged(
        folder, kind, inSchema: manifest.schemaVersion,
        "it has \(found) records, and manifest.json counts \(expected)")
    }
  }

  /// For a complete run without counts.
  private func checkCompleteness(_ manifest: Manifest, _ folder: String) throws(RecordError) {
    guard manifest.loadTest == nil else { return try checkRequests(folder) }
    if manifest.paths.isEmpty, inserts.isEmpty {
      throw Self.damaged(folder, InsertSample.self, "it has no record")
    }
    guard !manifest.paths.isEmpty else { return }
    for state in manifest.mergeStates where !storage.contains(where: { $0.mergeState == state }) {
      throw Self.damaged(folder, StorageSample.self, "it has no table of the merge state \(state)")
    }
    try checkAttempts(manifest, folder)
    try checkAnswers(manifest, folder)
  }

  /// All paths have the same attempts in each window and state, so a truncated file lacks some.
  private func checkAttempts(_ manifest: Manifest, _ folder: String) throws(RecordError) {
    // With a required precision, windows have different numbers of repeats.
    let isUniform = !manifest.benchmark.text.contains("precision:")
    let places = Set(samples.map { Place($0.mergeState, $0.window) })
    var tried: [Place: [String: Set<Place>]] = [:]
    for sample in samples {
      let kind = sample.kind
      let attempt = Place(
        "\(sample.period.rawValue) \(sample.repeat)",
        "\(kind.stage.rawValue) \(kind.consumer?.rawValue ?? "")")
      tried[attempt, default: [:]][sample.path, default: []]
        .insert(Place(sample.mergeState, sample.window))
    }
    for state in manifest.mergeStates where !places.contains(where: { $0.first == state }) {
      throw Self.damaged(folder, Sample.self, "it has no attempt of the merge state \(state)")
    }
    for (attempt, paths) in tried {
      let expected = isUniform ? places : paths.values.reduce(into: []) { $0.formUnion($1) }
      for path in manifest.paths {
        guard let missing = expected.subtracting(paths[path.name] ?? []).first else { continue }
        throw Self.damaged(
          folder, Sample.self,
          "it lacks an attempt of \(path.name) (\(missing.first), \(missing.second), "
            + "\(attempt.first))")
      }
    }
  }

  private func checkAnswers(_ manifest: Manifest, _ folder: String) throws(RecordError) {
    let checked = Set(verifications.map { [$0.mergeState, $0.window, $0.path] })
    for sample in samples where !checked.contains([sample.mergeState, sample.window, sample.path]) {
      throw Self.damaged(
        folder, VerificationSample.self,
        "it lacks the check of \(sample.path) (\(sample.mergeState), \(sample.window))")
    }
  }

  /// Every planned request has a record.
  private func checkRequests(_ folder: String) throws(RecordError) {
    guard !phases.isEmpty else {
      throw Self.damaged(folder, PhaseSample.self, "it has no record")
    }
    let found = Dictionary(grouping: requests, by: \.phase).mapValues(\.count)
    for phase in phases where found[phase.phase] ?? 0 != phase.plannedRequests {
      throw Self.damaged(
        folder, RequestSample.self,
        "it has \(found[phase.phase] ?? 0) requests of phase \(phase.phase), and phases.csv "
          + "counts \(phase.plannedRequests)")
    }
  }

  private struct Place: Hashable {
    let first: String
    let second: String

    init(_ first: String, _ second: String) { (self.first, self.second) = (first, second) }
  }

  private static func damaged(
    _ folder: String, _ kind: any Filed.Type,
    inSchema version: Int = Manifest.currentSchemaVersion, _ finding: String
  ) -> RecordError {
    RecordError(
      "\(folder)/\(kind.fileName(inSchema: version)) is damaged: \(finding); restore the folder "
        + "from a copy, or measure again")
  }
}
