// CSV files computed from the records of a run or sweep.

import CSVRecords
import RunStore

package struct DerivedFile: Sendable {
  package let name: String
  package let text: String

  init<Row: Recorded>(_ name: String, _ rows: [Row]) {
    (self.name, text) = (name, CSV.document(rows))
  }
}

extension Findings {
  /// Files without rows are omitted, except `summary.csv`.
  package func derivedFiles(_ records: Records) -> [DerivedFile] {
    var files = [DerivedFile("summary.csv", summary.rows)]
    if !stages.isEmpty { files.append(DerivedFile("stages.csv", stages)) }
    if let loadTest {
      files.append(DerivedFile("latency.csv", LatencyRow.all(loadTest, records)))
    }
    if !consumers.isEmpty { files.append(DerivedFile("consumers.csv", consumers)) }
    return files
  }
}

extension SweepFindings {
  package var derivedFiles: [DerivedFile] {
    [DerivedFile("summary.csv", rows), DerivedFile("crossovers.csv", crossovers)]
  }
}
