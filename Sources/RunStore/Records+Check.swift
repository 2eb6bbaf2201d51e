// Whether the records of a run are all there: checked wherever a run is read.
//
// The manifest counts the records of each file. Runs of older versions have no counts: of those the
// records are checked against each other and against the manifest's lists of paths and states.

import CSVRecords

extension Records {
  /// How many records there are, by the name of their file; files without records are left out.
  package var counts: [String: Int] {
    func count<Record: Filed>(_ kind: Record.Type) -> (String, Int) {
      (kind.fileName, self[keyPath: kind.list].count)
    }
    let all: [(String, Int)] = Records.kinds.map { count($0) }
    return Dictionary(uniqueKeysWithValues: all.filter { $0.1 > 0 })
  }

  /// Checks that nothing that the manifest knows of is missing.
  ///
  /// - Parameters:
  ///   - manifest: the run's.
  ///   - folder: the run's folder, for error sentences.
  /// - Throws: ``RecordError`` that names the file, and what it lacks.
  package func check(against manifest: Manifest, in folder: String) throws(RecordError) {
    if let recorded = manifest.records {
      try check(recorded, of: manifest, folder)
    } else if manifest.complete {
      try checkCompleteness(manifest, folder)
    }
    for (place, sample) in samples.enumerated() where sample.attempt != place + 1 {
      throw Self.damaged(
        folder, Sample.self,
        "its record \(place + 1) is of attempt \(sample.attempt), so lines are missing or doubled")
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
      // A run that was killed has recorded more than its manifest knows of.
      guard manifest.complete ? found != expected : found < expected else { continue }
      throw Self.damaged(
        folder, kind, inSchema: manifest.schemaVersion,
        "it holds \(found) records, and manifest.json counts \(expected)")
    }
  }

  /// What a complete run without counts must hold.
  private func checkCompleteness(_ manifest: Manifest, _ folder: String) throws(RecordError) {
    guard manifest.loadTest == nil else { return try checkRequests(folder) }
    if manifest.paths.isEmpty, inserts.isEmpty {
      throw Self.damaged(folder, InsertSample.self, "it holds no record")
    }
    guard !manifest.paths.isEmpty else { return }
    for state in manifest.mergeStates where !storage.contains(where: { $0.mergeState == state }) {
      throw Self.damaged(folder, StorageSample.self, "it holds no table of the state \(state)")
    }
    try checkAttempts(manifest, folder)
    try checkAnswers(manifest, folder)
  }

  /// Every path is tried as often as the others, in every window and state: a file that was cut at
  /// a line lacks some.
  private func checkAttempts(_ manifest: Manifest, _ folder: String) throws(RecordError) {
    // With a wished precision windows have different numbers of repeats.
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
      throw Self.damaged(folder, Sample.self, "it holds no attempt of the merge state \(state)")
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

  /// Every request that was planned has a record.
  private func checkRequests(_ folder: String) throws(RecordError) {
    guard !phases.isEmpty else {
      throw Self.damaged(folder, PhaseSample.self, "it holds no record")
    }
    let found = Dictionary(grouping: requests, by: \.phase).mapValues(\.count)
    for phase in phases where found[phase.phase] ?? 0 != phase.plannedRequests {
      throw Self.damaged(
        folder, RequestSample.self,
        "it holds \(found[phase.phase] ?? 0) requests of phase \(phase.phase), and phases.csv "
          + "counts \(phase.plannedRequests)")
    }
  }

  /// A state and a window, or which attempt of which kind.
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
