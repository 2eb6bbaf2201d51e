// Whether the attempts and the checks of a run are all there.

import RunStore

extension ExportExperiment {
  package static func check(
    _ records: Records, against manifest: Manifest
  ) throws(DamagedFile) {
    if manifest.isCompleteWithoutCounts, manifest.loadTest == nil, !manifest.paths.isEmpty {
      try checkAttempts(records.samples, manifest)
      try checkAnswers(records)
    }
    for (place, sample) in records.samples.enumerated() where sample.attempt != place + 1 {
      throw DamagedFile(
        Sample.self,
        "its record \(place + 1) is of attempt \(sample.attempt), so lines are missing or "
          + "duplicated")
    }
  }

  /// Every path is tried as often as the others, in every window and state: a file that was cut at
  /// a line lacks some.
  private static func checkAttempts(
    _ samples: [Sample], _ manifest: Manifest
  ) throws(DamagedFile) {
    // With a wished precision windows have different numbers of repeats.
    let isUniform = !manifest.benchmark.text.contains("precision:")
    let places = Set(samples.map { [$0.mergeState, $0.window] })
    // By attempt and kind, then by path: the states and windows.
    var tried: [[String]: [String: Set<[String]>]] = [:]
    for sample in samples {
      let kind = sample.kind
      let attempt = [
        "\(sample.period.rawValue) \(sample.repeat)",
        "\(kind.stage.rawValue) \(kind.consumer?.rawValue ?? "")",
      ]
      tried[attempt, default: [:]][sample.path, default: []]
        .insert([sample.mergeState, sample.window])
    }
    for state in manifest.mergeStates where !places.contains(where: { $0[0] == state }) {
      throw DamagedFile(
        Sample.self, "it holds no attempt of the merge state \(state)")
    }
    for (attempt, paths) in tried {
      let expected = isUniform ? places : paths.values.reduce(into: []) { $0.formUnion($1) }
      for path in manifest.paths {
        guard let missing = expected.subtracting(paths[path.name] ?? []).first else { continue }
        throw DamagedFile(
          Sample.self,
          "it lacks an attempt of \(path.name) (\(missing[0]), \(missing[1]), "
            + "\(attempt[0]))")
      }
    }
  }

  private static func checkAnswers(_ records: Records) throws(DamagedFile) {
    let checked = Set(records.verifications.map { [$0.mergeState, $0.window, $0.path] })
    for sample in records.samples
    where !checked.contains([sample.mergeState, sample.window, sample.path]) {
      throw DamagedFile(
        VerificationSample.self,
        "it lacks the check of \(sample.path) (\(sample.mergeState), \(sample.window))")
    }
  }
}
