// Everything that a run says, computed from its files: what every report is rendered from.

import BenchmarkSpec
import CSVRecords
import RunStore

/// An attempt that did not end well, for the list of failures.
package struct Failure: Hashable, Sendable {
  /// Where: `limit-by at 30d (fresh)`, `with_view insert`.
  package let place: String
  /// The error's name and the first message of its kind, or `wrong rows: 12 instead of 10`.
  package let error: String
  /// How many attempts ended so.
  package let count: Int
}

/// A run and the conclusions from it.
package struct Findings: Sendable {
  /// What the run was.
  package let manifest: Manifest
  /// Every figure with its interval.
  package let summary: Summary
  /// One verdict per claim, in the order of the manifest.
  package let verdicts: [Verdict]
  /// Where a path overtakes the baseline in peak memory.
  package let crossovers: [Crossover]
  /// Attempts that failed, warm-ups included, grouped by place and kind of error.
  package let failures: [Failure]
  /// Cells in which the witnesses of memory contradict each other.
  package let disagreements: [Disagreement]
  /// What a path that ran against itself says about the suite.
  package let selfComparisons: [SelfComparison]
  /// What each column took on disk, as it was looked at last in each state of merges.
  package let columns: [ColumnSample]
  /// Free bytes on the server's disks when storage was looked at last; nil where none may see it.
  package let diskFreeBytes: Int?
  /// Every answer held against the ground truth.
  package let verifications: [VerificationSample]
  /// What was wrong with answers.
  package let differences: [DifferenceSample]
  /// Legs of inserts some of whose rounds are left out of what is said of settled merges, with the
  /// number of those rounds.
  package let unsettled: [(leg: String, rounds: Int)]
  /// Under which limit of memory each path can export each window, and how much within a limit.
  package let frontiers: [MemoryLimitFinding]
  /// The most measured attempts of any cell: the repeats, as far as the run came.
  package let repeats: Int
  /// What each consumer of the bytes costs; empty where all were let go as they came.
  package let consumers: [ConsumerRow]
  /// Where memory and time go, step by step; empty where stages were not asked for.
  package let anatomy: [StageRow]
  /// What a load says; nil of a run that is none.
  package let traffic: LoadTestFindings?

  /// Draws the conclusions. Throws where a claim names a figure that does not exist.
  package init(manifest: Manifest, records: Records) throws(RecordError) {
    let paths = manifest.paths.map(\.name)
    frontiers = MemoryLimitFinding.all(records, manifest)
    let summary = Summary(
      records, paths: paths, baseline: manifest.baseline, frontiers: frontiers)
    var verdicts: [Verdict] = []
    for claim in manifest.claims {
      verdicts.append(try claim.verdict(records))
    }
    let memory = try Sample.figure("memory_peak_bytes")
    self.manifest = manifest
    self.summary = summary
    self.verdicts = verdicts
    crossovers = paths.filter { $0 != manifest.baseline }.flatMap {
      Crossover.all(in: summary, figure: memory, subject: $0, baseline: manifest.baseline)
    }
    failures = Findings.failures(records)
    columns = last(records.columns, by: \.place)
    diskFreeBytes = records.storage.last?.diskFreeBytes
    verifications = last(records.verifications, by: \.place)
    differences = last(records.differences, by: \.place)
    disagreements = Disagreement.all(records, paths: paths)
    selfComparisons = try SelfComparison.all(records, manifest: manifest)
    consumers = ConsumerRow.all(records, paths: paths)
    anatomy = StageBreakdown.all(records, paths: paths)
    traffic = LoadTestFindings(manifest, records)
    let open = records.merges.filter { $0.settling == .unsettled }
    unsettled = open.map(\.leg).uniqued().map { leg in
      (leg, Set(open.filter { $0.leg == leg }.map(\.round)).count)
    }
    repeats =
      exportCells(records, order: paths).flatMap(\.subjects).map(\.tried).max() ?? 0
  }

  private static func failures(_ records: Records) -> [Failure] {
    let exports = records.samples.filter { $0.status != .ok }.map { sample in
      FailedAttempt(
        place: "\(sample.path) at \(sample.window) (\(sample.mergeState))\(sample.kind.label)"
          + (sample.phase == .warmup ? ", warm-up" : ""),
        kind: sample.status == .wrongRows ? "wrong rows" : sample.errorName,
        detail: sample.errorMessage
          ?? (sample.status == .wrongRows
            ? "\(sample.resultRows.csvText) instead of \(sample.expectedRows.csvText)" : nil))
    }
    let checks = last(records.verifications, by: \.place).filter { $0.status != .ok }.map { check in
      FailedAttempt(
        place: "answer of \(check.path) at \(check.window) (\(check.mergeState))",
        kind: check.status == .wrongRows ? "wrong rows" : check.errorName,
        detail: check.finding(with: records.differences))
    }
    // Those of the leg `sustained` are listed as requests.
    let blocks = records.inserts.filter {
      $0.status != .ok && $0.legName != ReservedLeg.sustained
    }.map { sample in
      FailedAttempt(
        place: "\(sample.target.rawValue) insert"
          + (sample.legName == ReservedLeg.load ? "" : " (\(sample.legName))"),
        kind: sample.status == .wrongRows ? "wrong rows" : sample.errorName,
        detail: sample.errorMessage)
    }
    var groups: [(first: FailedAttempt, count: Int)] = []
    for attempt in exports + checks + blocks {
      // Messages of one kind differ in sizes and names; the first stands for them all.
      let same = groups.firstIndex {
        $0.first.place == attempt.place && $0.first.kind == attempt.kind
      }
      if let same { groups[same].count += 1 } else { groups.append((attempt, 1)) }
    }
    return groups.map { Failure(place: $0.first.place, error: $0.first.error, count: $0.count) }
  }
}

private struct FailedAttempt {
  let place: String
  let kind: String?
  let detail: String?

  var error: String {
    let text = [kind, detail].compactMap(\.self).joined(separator: ": ")
    return text.isEmpty ? "no error was recorded" : text
  }
}
