// What a phase is called in reports.

import BenchmarkSpec

extension PhaseSample {
  /// `ingest + limit-by 1d x4, with view`.
  package var label: String { LoadTestCell.label(traffic, export: export) + ", " + target.words }
}
