// What a manifest says of the rows of a run.

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
        # Tables that were there: the run loaded nothing.
        database: \(found.database)
        project: \(found.project)
        windows_end: \(moment(found.endMs))
        """, rows: rows, unique: 0, duplicates: 0)
    self.existingTables = found
  }
}
