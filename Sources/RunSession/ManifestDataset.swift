// Describes the rows of a run in its manifest.

import ObservationGenerator
import RunStore
import Units
import Workspace

extension Manifest.Dataset {
  package init(_ dataset: Dataset, file: (name: String, text: String)) {
    let truth = dataset.truth()
    self.init(
      file: file.name, text: file.text, rows: truth.rows, unique: truth.observations,
      duplicates: truth.duplicates)
    spanMs = dataset.span.milliseconds
  }

  package init(_ found: Manifest.ExistingRows, rows: Int) {
    self.init(
      file: "\(found.database).\(Workspace.table)",
      text: """
        # Existing tables: the run loaded nothing.
        database: \(found.database)
        project: \(found.project)
        windows_end: \(moment(found.endMs))
        """, rows: rows, unique: 0, duplicates: 0)
    self.existingTables = found
  }
}
