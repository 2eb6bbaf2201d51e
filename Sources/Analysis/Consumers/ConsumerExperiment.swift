// Consumers as an experiment. Its attempts are export samples of other consumers.

import RunStore

/// What each consumer of the bytes costs the client; empty if every export discarded them.
package struct ConsumerExperiment: Experiment {
  package static let kinds: [any Filed.Type] = []

  package let rows: [ConsumerRow]

  package init(_ run: RecordedRun) { rows = ConsumerRow.all(run.records, paths: run.paths) }

  package var derivedFiles: [DerivedFile] {
    rows.isEmpty ? [] : [DerivedFile("consumers.csv", rows)]
  }
}
