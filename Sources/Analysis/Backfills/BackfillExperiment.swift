// The backfill as an experiment. `exportbench backfill` prints its report, see BackfillFindings.

import RunStore

/// The queries of a backfill.
package struct BackfillExperiment: Experiment {
  package static let kinds: [any Filed.Type] = [BackfillSample.self]

  package init(_ run: RecordedRun) {}
}
