// Source of the exported rows, and expected results of windows.

import ClickHouseClient
import ExportPaths
import Foundation
import ObservationGenerator
import RunStore
import Units
import Workspace

package enum RunSource: Sendable {
  /// The generator: the run creates and loads tables, and knows the right answers.
  case dataset(Dataset, file: (name: String, text: String))
  /// Existing tables, which are not changed.
  case found(ExistingTables)

  /// Of the dataset or the database.
  package var name: String {
    switch self {
    case .dataset(let dataset, _): dataset.name
    case .found(let tables): tables.database.name
    }
  }

  /// The dataset's file; for existing tables only their name.
  package var document: Manifest.Document {
    switch self {
    case .dataset(_, let file): Manifest.Document(file: file.name, text: file.text)
    case .found: Manifest.Document(file: description.file, text: "")
    }
  }

  /// Nil for existing tables.
  package var dataset: Dataset? { if case .dataset(let dataset, _) = self { dataset } else { nil } }

  /// Before the server is queried.
  package var description: Manifest.Dataset {
    switch self {
    case .dataset(let dataset, let file): Manifest.Dataset(dataset, file: file)
    case .found(let tables):
      Manifest.Dataset(
        file: "\(tables.database.name).\(Workspace.table)", text: "", rows: 0, unique: 0,
        duplicates: 0)
    }
  }
}

/// Existing tables and the selected rows.
package struct ExistingTables: Sendable {
  /// On a cluster, the database of each shard's own tables.
  package let database: Identifier
  /// Nil for the one with most rows.
  package let project: String?
  /// Inclusive end of all windows, in milliseconds since 1970; nil for the newest `start_time`.
  package let end: Int64?

  package init(database: Identifier, project: String? = nil, end: Int64? = nil) {
    (self.database, self.project, self.end) = (database, project, end)
  }
}

/// Positions and expected results of windows.
enum Truth {
  /// By the generator; windows start with its data.
  case generated(Dataset)
  /// By the newest rows of existing tables; windows end with the rows.
  case answers(of: ExistingReference, Manifest.ExistingRows)

  /// Nil for existing tables.
  var dataset: Dataset? { if case .generated(let dataset) = self { dataset } else { nil } }

  var project: String {
    switch self {
    case .generated(let dataset): dataset.exportProject
    case .answers(_, let rows): rows.project
    }
  }

  /// Position of a window, and its expected number of rows.
  func expectation(of length: TimeSpan) -> Exporter.Expectation {
    let window = window(length)
    return Exporter.Expectation(
      range: window.range,
      rows: dataset?.truth(project: window.project, window: window.range).currentRows)
  }

  func window(_ length: TimeSpan) -> ExportWindow {
    switch self {
    case .generated(let dataset):
      ExportWindow(project: project, range: dataset.window(length))
    case .answers(_, let rows):
      ExportWindow(
        project: project,
        range: Moment.window(endingAt: rows.endMs, length: length)
          .clamped(to: ExportWindow.bounds))
    }
  }
}
