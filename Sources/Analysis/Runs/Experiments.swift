// The register of experiments, and the functions that read a run with all of them.

import BenchmarkSpec
import CSVRecords
import RunStore

/// The experiments of this version.
package enum Experiments {
  /// One line for each, in the order of the report.
  package static let all: [any Experiment.Type] = [
    ExportExperiment.self,
    StageExperiment.self,
    ConsumerExperiment.self,
    MemoryLimitExperiment.self,
    InsertExperiment.self,
    LoadTestExperiment.self,
    StorageExperiment.self,
    SelfComparisonExperiment.self,
    BackfillExperiment.self,
  ]

  /// Every kind of record that has a file.
  package static var kinds: [any Filed.Type] { all.flatMap { $0.kinds } }
}

extension Findings {
  /// Draws the conclusions from a run. Throws where a claim names a figure that does not exist.
  package init(
    manifest: Manifest, records: Records, experiments: [any Experiment.Type] = Experiments.all
  ) throws(RecordError) {
    try self.init(RecordedRun(manifest: manifest, records: records), experiments)
  }
}

extension Claim {
  /// Judges the claim. Throws where the claim names a figure that does not exist.
  package func verdict(_ records: Records) throws(RecordError) -> Verdict {
    try verdict(records, Experiments.all)
  }
}
