// Everything that a run says, computed from its files: what every report is rendered from.

/// An attempt that did not end well, for the list of failures.
public struct Failure: Hashable, Sendable {
  /// Where: `limit-by at 30d (fresh)`, `with_view insert`.
  public let place: String
  /// The error's name and message, or `wrong rows: 12 instead of 10`.
  public let error: String
  /// How many attempts ended so.
  public let count: Int
}

/// A run and the conclusions from it.
public struct Findings: Sendable {
  /// What the run was.
  public let manifest: Manifest
  /// Every figure with its interval.
  public let summary: Summary
  /// One verdict per claim, in the order of the manifest.
  public let verdicts: [Verdict]
  /// Where a path overtakes the baseline in peak memory.
  public let crossovers: [Crossover]
  /// Attempts that failed, warm-ups included, grouped by place and error.
  public let failures: [Failure]
  /// The most measured attempts of any cell: the repeats, as far as the run came.
  public let repeats: Int

  /// Draws the conclusions. Throws where a claim names a figure that does not exist.
  public init(
    manifest: Manifest, samples: [Sample], inserts: [InsertSample], storage: [StorageSample]
  ) throws(ResultsError) {
    let paths = manifest.paths.map(\.name)
    let summary = Summary(
      samples: samples, inserts: inserts, storage: storage, paths: paths,
      baseline: manifest.baseline)
    var verdicts: [Verdict] = []
    for claim in manifest.claims {
      verdicts.append(try claim.verdict(samples: samples, inserts: inserts, storage: storage))
    }
    let memory = try Sample.figure("memory_peak_bytes")
    self.manifest = manifest
    self.summary = summary
    self.verdicts = verdicts
    crossovers = paths.filter { $0 != manifest.baseline }.flatMap {
      Crossover.all(in: summary, figure: memory, subject: $0, baseline: manifest.baseline)
    }
    failures = Findings.failures(samples, inserts)
    repeats =
      exportCells(samples, order: paths).flatMap(\.subjects).map(\.tried).max() ?? 0
  }

  private static func failures(_ samples: [Sample], _ inserts: [InsertSample]) -> [Failure] {
    let exports = samples.filter { $0.status != .ok }.map { sample in
      (
        "\(sample.path) at \(sample.window) (\(sample.mergeState))"
          + (sample.phase == .warmup ? ", warm-up" : ""),
        sample.status == .wrongRows
          ? "wrong rows: \(sample.resultRows.csvText) instead of \(sample.expectedRows.csvText)"
          : error(sample.errorName, sample.errorMessage)
      )
    }
    let blocks = inserts.filter { $0.status != .ok }.map { sample in
      (
        "\(sample.target.rawValue) insert",
        sample.status == .wrongRows ? "wrong rows" : error(sample.errorName, sample.errorMessage)
      )
    }
    var found: [Failure] = []
    for (place, error) in exports + blocks {
      let same = found.firstIndex { $0.place == place && $0.error == error }
      let failure = Failure(
        place: place, error: error, count: (same.map { found[$0].count } ?? 0) + 1)
      if let same { found[same] = failure } else { found.append(failure) }
    }
    return found
  }

  private static func error(_ name: String?, _ message: String?) -> String {
    let text = [name, message].compactMap(\.self).joined(separator: ": ")
    return text.isEmpty ? "no error was recorded" : text
  }
}
