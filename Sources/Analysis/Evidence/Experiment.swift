// The protocol of an experiment: its records, and what follows from the records of a run.
//
// ARCHITECTURE.md lists the steps to add one. `Experiments.all` registers every experiment; nothing
// else lists them.

import BenchmarkSpec
import CSVRecords
import RunStore

/// A kind of measurement. A value holds the conclusions from one run; it does not hold the records.
package protocol Experiment: RecordSet {
  /// Draws the conclusions. A run may lack the experiment's records.
  init(_ run: RecordedRun) throws(RecordError)

  /// Its rows of summary.csv.
  func summaryRows(_ run: RecordedRun) -> [SummaryRow]

  /// The cells that a claim is about; nil if the claim is about another experiment.
  static func cells(of claim: Claim, _ records: Records) throws(RecordError) -> [CellVerdict]?

  /// Attempts that failed, warm-ups included.
  static func failedAttempts(_ records: Records) -> [FailedAttempt]

  /// CSV files that follow from the records, besides summary.csv.
  var derivedFiles: [DerivedFile] { get }

  /// Rows of derived files to which the figures of a page link.
  var citedRows: [CitedRows] { get }

  /// The record files that a page lists, in groups.
  static func listings(_ records: Records) -> [RowListing]

  /// The groups that a row of summary.csv was computed from; empty if it is not the experiment's.
  static func sources(of row: SummaryRow) -> [RowGroup.Key]
}

extension Experiment {
  package func summaryRows(_ run: RecordedRun) -> [SummaryRow] { [] }
  package static func cells(
    of claim: Claim, _ records: Records
  ) throws(RecordError) -> [CellVerdict]? { nil }
  package static func failedAttempts(_ records: Records) -> [FailedAttempt] { [] }
  package var derivedFiles: [DerivedFile] { [] }
  package var citedRows: [CitedRows] { [] }
  package static func listings(_ records: Records) -> [RowListing] { [] }
  package static func sources(of row: SummaryRow) -> [RowGroup.Key] { [] }
}
