// Export window: project and time range, and their SQL parameters.

import ClickHouseClient
import Units

package struct ExportWindow: Sendable, Equatable {
  package var project: String
  /// Milliseconds since 1970, both ends inclusive.
  package var range: ClosedRange<Int64>

  /// Valid range of a window, in milliseconds since 1970: the days of a `Date`.
  ///
  /// The table's key has `toDate(start_time)`, which wraps around outside of it: a window from 1969
  /// would be searched in 2149 and return no row.
  package static let bounds: ClosedRange<Int64> = 0...65_536 * 86_400_000 - 1

  package init(project: String, range: ClosedRange<Int64>) {
    self.project = project
    self.range = range
  }

  /// The windows that a path exports one after another.
  package func slices(for path: ExportPath) -> [ExportWindow] {
    path.slices(of: range).map { ExportWindow(project: project, range: $0) }
  }

  /// Whether a row is one of the window's, in SQL with ``parameters``.
  package static let condition = """
    project_id = {projectId: String} AND start_time >= {minTimestamp: DateTime64(3)}
      AND start_time <= {maxTimestamp: DateTime64(3)}
    """

  /// `projectId`, `minTimestamp`, `maxTimestamp`.
  package var parameters: [String: Parameter] {
    [
      "projectId": Parameter(project),
      "minTimestamp": Parameter(epochSeconds(range.lowerBound)),
      "maxTimestamp": Parameter(epochSeconds(range.upperBound)),
    ]
  }
}
