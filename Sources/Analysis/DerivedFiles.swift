// The CSV files that are computed from the records of a run or a sweep.

import CSVRecords
import RunStore

/// A file that follows from records, so that it can be written again.
package struct DerivedFile: Sendable {
  /// The file's name: `summary.csv`.
  package let name: String
  /// Its text.
  package let text: String

  init<Row: Recorded>(_ name: String, _ rows: [Row]) {
    (self.name, text) = (name, CSV.document(rows))
  }
}

extension Findings {
  /// The files of the run; those without rows are left out, except for `summary.csv`.
  package var derivedFiles: [DerivedFile] {
    var files = [DerivedFile("summary.csv", summary.rows)]
    if !anatomy.isEmpty { files.append(DerivedFile("anatomy.csv", anatomy)) }
    if let traffic {
      files.append(DerivedFile("latency.csv", LatencyRow.all(traffic)))
    }
    if !consumers.isEmpty { files.append(DerivedFile("consumers.csv", consumers)) }
    return files
  }
}

extension SweepFindings {
  /// The files of the sweep's own folder.
  package var derivedFiles: [DerivedFile] {
    [DerivedFile("summary.csv", rows), DerivedFile("crossovers.csv", crossovers)]
  }
}
