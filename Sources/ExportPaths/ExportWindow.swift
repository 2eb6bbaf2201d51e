// The window that an export path is asked for, as its SQL gets it.

import ClickHouseClient
import Units

/// A project and a window: what every export path asks for.
package struct ExportWindow: Sendable, Equatable {
  /// The project's id.
  package var project: String
  /// Milliseconds since 1970, both ends inclusive.
  package var range: ClosedRange<Int64>

  /// What a window can hold, in milliseconds since 1970: the days of a `Date`.
  ///
  /// The table's key has `toDate(start_time)`, which wraps around outside of them: a window that
  /// began in 1969 would be looked for in 2149, and no row be found.
  package static let bounds: ClosedRange<Int64> = 0...65_536 * 86_400_000 - 1

  package init(project: String, range: ClosedRange<Int64>) {
    self.project = project
    self.range = range
  }

  /// The windows that a path exports one after another.
  package func slices(for path: ExportPath) -> [ExportWindow] {
    path.slices(of: range).map { ExportWindow(project: project, range: $0) }
  }

  /// As a path's SQL has them: `projectId`, `minTimestamp`, `maxTimestamp`.
  package var parameters: [String: Parameter] {
    [
      "projectId": Parameter(project),
      "minTimestamp": Parameter(epochSeconds(range.lowerBound)),
      "maxTimestamp": Parameter(epochSeconds(range.upperBound)),
    ]
  }
}
