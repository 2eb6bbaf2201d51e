// The conclusions from a run: what every report is rendered from.

import BenchmarkSpec
import CSVRecords
import RunStore

/// A run and the conclusions from it.
package struct Findings: Sendable {
  /// What the run was.
  package let manifest: Manifest
  /// The conclusions of each registered experiment, in the order of the report.
  package let experiments: [any Experiment]
  /// Every figure with its interval.
  package let summary: Summary
  /// One verdict per claim, in the order of the manifest.
  package let verdicts: [Verdict]
  /// Attempts that failed, warm-ups included, grouped by place and kind of error.
  package let failures: [Failure]

  /// Draws the conclusions. Throws where a claim names a figure that does not exist.
  package init(
    _ run: RecordedRun, _ registered: [any Experiment.Type]
  ) throws(RecordError) {
    var experiments: [any Experiment] = []
    for experiment in registered { experiments.append(try experiment.init(run)) }
    var verdicts: [Verdict] = []
    for claim in run.manifest.claims {
      verdicts.append(try claim.verdict(run.records, registered))
    }
    manifest = run.manifest
    self.experiments = experiments
    self.verdicts = verdicts
    summary = Summary(experiments.flatMap { $0.summaryRows(run) })
    failures = Failure.grouped(registered.flatMap { $0.failedAttempts(run.records) })
  }

  /// The conclusions of an experiment; nil if it is not registered.
  package subscript<Kind: Experiment>(_ kind: Kind.Type) -> Kind? {
    experiments.lazy.compactMap { $0 as? Kind }.first
  }

  /// The CSV files of the run that follow from its records.
  package var derivedFiles: [DerivedFile] {
    [DerivedFile("summary.csv", summary.rows)] + experiments.flatMap { $0.derivedFiles }
  }
}

extension Claim {
  /// Judges the claim. Throws where the claim names a figure that does not exist.
  package func verdict(
    _ records: Records, _ experiments: [any Experiment.Type]
  ) throws(RecordError) -> Verdict {
    for experiment in experiments {
      if let cells = try experiment.cells(of: self, records) {
        return Verdict(claim: self, cells: cells)
      }
    }
    return Verdict(claim: self, cells: [])
  }
}
