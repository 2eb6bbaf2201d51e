// Names phases in reports.

import BenchmarkSpec

extension PhaseSample {
  /// For example `ingest + limit-by 1d x4, with view`.
  package var label: String { LoadTestCell.label(streamMix, export: export) + ", " + target.words }
}
