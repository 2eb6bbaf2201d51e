// A path that ran against itself, as an experiment. Its attempts are export samples.

import CSVRecords
import RunStore

/// What a run with two names for one path says about the suite itself.
package struct SelfComparisonExperiment: Experiment {
  package static let kinds: [any Filed.Type] = []

  package let comparisons: [SelfComparison]

  package init(_ run: RecordedRun) throws(RecordError) {
    comparisons = try SelfComparison.all(run.records, manifest: run.manifest)
  }
}
