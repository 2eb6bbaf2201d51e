// Where the rows come from that a run exports, and what its windows must therefore give.

import ClickHouseClient
import ExportPaths
import Foundation
import ObservationGenerator
import RunStore
import Units
import Workspace

/// Where the rows of a run come from.
package enum RunSource: Sendable {
  /// The generator: the run makes tables, loads them, and knows which answers are right.
  case dataset(Dataset, file: (name: String, text: String))
  /// Somebody: they are there, in tables that stay as they are.
  case found(ExistingTables)

  /// The name of the dataset, or of the database.
  package var name: String {
    switch self {
    case .dataset(let dataset, _): dataset.name
    case .found(let tables): tables.database.name
    }
  }

  /// The dataset's file; of tables that are there only their name.
  package var document: Manifest.Document {
    switch self {
    case .dataset(_, let file): Manifest.Document(file: file.name, text: file.text)
    case .found: Manifest.Document(file: description.file, text: "")
    }
  }

  /// The dataset, where the rows are the generator's.
  package var dataset: Dataset? { if case .dataset(let dataset, _) = self { dataset } else { nil } }

  /// What is known of the rows before a server is asked anything.
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

/// Tables that are there, and which of their rows are meant.
package struct ExistingTables: Sendable {
  /// Where table and view are; on a cluster the database of each shard's own tables.
  package let database: Identifier
  /// The project that is exported; nil for the one with the most rows.
  package let project: String?
  /// Where every window ends, in milliseconds since 1970, inclusive; nil for the newest
  /// `start_time`.
  package let end: Int64?

  /// Names them; asks nothing.
  package init(database: Identifier, project: String? = nil, end: Int64? = nil) {
    (self.database, self.project, self.end) = (database, project, end)
  }
}

/// What is right: where the windows of a run lie, and who says what they must give.
enum Truth {
  /// The generator; windows begin with its data.
  case generated(Dataset)
  /// The newest rows of existing tables; windows end where the rows do.
  case answers(of: ExistingReference, Manifest.ExistingRows)

  /// The dataset, where the generator says it.
  package var dataset: Dataset? { if case .generated(let dataset) = self { dataset } else { nil } }

  /// The project that is exported.
  package var project: String {
    switch self {
    case .generated(let dataset): dataset.exportProject
    case .answers(_, let rows): rows.project
    }
  }

  /// Where a window lies, and how many rows it must give.
  func expectation(of length: TimeSpan) -> Exporter.Expectation {
    let window = window(length)
    return Exporter.Expectation(
      range: window.range,
      rows: dataset?.truth(project: window.project, window: window.range).currentRows)
  }

  /// Where a window of some length lies.
  package func window(_ length: TimeSpan) -> ExportWindow {
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
