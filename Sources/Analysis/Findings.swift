// All conclusions of a run, computed from its files; the input of every report.

import BenchmarkSpec
import CSVRecords
import RunStore

/// An unsuccessful attempt in the list of failures.
package struct Failure: Hashable, Sendable {
  /// For example `limit-by at 30d (fresh)`, `with_view insert`.
  package let place: String
  /// Error name and first message of its kind, or `wrong rows: 12 instead of 10`.
  package let error: String
  /// Number of attempts.
  package let count: Int
}

package struct Findings: Sendable {
  package let manifest: Manifest
  package let summary: Summary
  /// One per claim, in the order of the manifest.
  package let verdicts: [Verdict]
  /// In peak memory.
  package let crossovers: [Crossover]
  /// Including warm-ups, grouped by place and kind of error.
  package let failures: [Failure]
  /// Cells with contradictory memory sources.
  package let disagreements: [Disagreement]
  package let selfComparisons: [SelfComparison]
  /// Last sample of each merge state.
  package let columns: [ColumnSample]
  /// Free bytes on the server's disks in the last storage sample; nil without permission.
  package let diskFreeBytes: Int?
  package let verifications: [VerificationSample]
  package let differences: [DifferenceSample]
  package let sustained: [SustainedLoad]
  /// Insert legs with rounds that did not settle and are excluded, and the number of those rounds.
  package let unsettled: [(leg: String, rounds: Int)]
  package let memoryLimits: [MemoryLimitFinding]
  /// Maximum number of measured attempts of a cell.
  package let repeats: Int
  /// Empty if all exports were streamed.
  package let consumers: [ConsumerRow]
  /// Empty without stages.
  package let stages: [StageRow]
  /// Nil unless a load test.
  package let loadTest: LoadTestFindings?

  /// - Throws: if a claim names an unknown figure.
  package init(manifest: Manifest, records: Records) throws(RecordError) {
    let paths = manifest.paths.map(\.name)
    memoryLimits = MemoryLimitFinding.all(records, manifest)
    let summary = Summary(
      records, paths: paths, baseline: manifest.baseline, memoryLimits: memoryLimits)
    var verdicts: [Verdict] = []
    for claim in manifest.claims {
      verdicts.append(try claim.verdict(records))
    }
    self.manifest = manifest
    self.summary = summary
    self.verdicts = verdicts
    crossovers = paths.filter { $0 != manifest.baseline }.flatMap {
      Crossover.all(
        in: summary, figure: Crossover.figure, subject: $0, baseline: manifest.baseline)
    }
    failures = Findings.failures(records)
    columns = last(records.columns, by: \.place)
    diskFreeBytes = records.storage.last?.diskFreeBytes
    verifications = last(records.verifications, by: \.place)
    differences = last(records.differences, by: \.place)
    disagreements = Disagreement.all(records, paths: paths)
    selfComparisons = try SelfComparison.all(records, manifest: manifest)
    sustained = SustainedLoad.all(records)
    consumers = ConsumerRow.all(records, paths: paths)
    stages = StageBreakdown.all(records, paths: paths)
    loadTest = LoadTestFindings(manifest, records)
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
          + (sample.period == .warmup ? ", warm-up" : ""),
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
    let blocks = records.inserts.filter { $0.status != .ok }.map { sample in
      FailedAttempt(
        place: "\(sample.target.rawValue) insert"
          + (sample.legName == ReservedLeg.load ? "" : " (\(sample.legName))"),
        kind: sample.status == .wrongRows ? "wrong rows" : sample.errorName,
        detail: sample.errorMessage)
    }
    var groups: [(first: FailedAttempt, count: Int)] = []
    for attempt in exports + checks + blocks {
      // Messages of one kind differ in sizes and names; the first represents them.
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
