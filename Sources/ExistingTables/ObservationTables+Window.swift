// Chooses the window of an export if the user leaves it open: reads row counts per day, reports
// excluded rows, and warns about an almost empty window.

import ClickHouseClient
import ExportPaths
import Failures
import RunStore
import Units

package struct ChosenWindow: Sendable {
  package let window: ExportWindow
  /// Later rows that were ignored when the end was chosen; nil if there are none, or the end was
  /// given.
  package let excluded: Manifest.ExcludedRows?

  package init(window: ExportWindow, excluded: Manifest.ExcludedRows?) {
    self.window = window
    self.excluded = excluded
  }

  /// A note for the user about the choice, or nil.
  package var note: String? {
    excluded.map {
      "the default window leaves out \($0.words) of project \(window.project), far later than the "
        + "others; --to includes them"
    }
  }
}

extension ObservationTables {
  /// Windows with fewer rows are compared with the rest of the project.
  static let scarceRows = 1_000

  /// Resolves project and window.
  ///
  /// - Parameters:
  ///   - project: nil for the one with the most rows.
  ///   - window: its end may be open.
  /// - Returns: nil if the table has no matching row.
  /// - Throws: ``ClickHouseError``; ``UserError`` for a window that ends before it starts.
  package func exportWindow(
    _ project: String?, _ window: WindowBounds
  ) async throws -> ChosenWindow? {
    var chosen = project
    if chosen == nil { chosen = try await largestProject() }
    guard let project = chosen else { return nil }
    if let range = try window.closed() {
      let asked = ExportWindow(project: project, range: range)
      guard try await hasRows(of: project) else { return nil }
      return ChosenWindow(window: asked, excluded: nil)
    }
    guard let times = try await timeSpread(of: project) else { return nil }
    // A start after the regular rows asks for the excluded ones.
    let isBehind = window.from.map { $0 > times.body.upperBound } ?? false
    let newest = isBehind ? times.whole.upperBound : times.body.upperBound
    return ChosenWindow(
      window: ExportWindow(project: project, range: try window.range(newest: newest)),
      excluded: isBehind ? nil : times.later)
  }

  /// Why a window contains almost none of its project's rows; nil if it does not.
  package func scarcity(of window: ExportWindow) async throws -> String? {
    let counted = query(
      """
      SELECT toInt64(count()) AS rows FROM \(table) WHERE \(ExportWindow.condition)
      """, window.parameters)
    let rows = try await client.values(counted, as: Int.self).first ?? 0
    guard rows < Self.scarceRows else { return nil }
    guard let times = try await timeSpread(of: window.project) else {
      return "\(database.name).\(table.name) has no row of the project \(window.project)"
    }
    return times.scarcity(of: rows, in: window.range)
  }

  private func largestProject() async throws -> String? {
    let query = query(
      """
      SELECT toString(project_id) AS project FROM \(table)
      GROUP BY project_id ORDER BY count() DESC, project_id LIMIT 1
      """)
    return try await bounded { try await client.values(query, as: String.self) }.first
  }

  private func hasRows(of project: String) async throws -> Bool {
    let query = query(
      "SELECT 1 AS one FROM \(table) WHERE project_id = {project: String} LIMIT 1",
      ["project": Parameter(project)])
    return try await !client.values(query, as: Int.self).isEmpty
  }

  /// Rows per day of a project: reads one column of the project's rows.
  private func timeSpread(of project: String) async throws -> TimeSpread? {
    let query = query(
      TimeSpread.sql(from: "\(table)", by: TimeSpread.day, where: "project_id = {project: String}"),
      ["project": Parameter(project)])
    let row = try await bounded { try await client.rows(query, as: TimeSpread.Row.self) }.first
    return row.flatMap { TimeSpread($0.groups, now: $0.now) }
  }

  private func bounded<Value>(_ ask: () async throws -> Value) async throws -> Value {
    do { return try await ask() } catch let error as ClickHouseError where error.isLimit {
      throw UserError.server(
        "where the rows of \(database.name).\(table.name) are could not be determined within "
          + "\(Self.secondsMax) s and \(ByteCount(Self.memoryMaxBytes)) "
          + "(\(error.serverException?.name ?? "")); give --project, --from and --to")
    }
  }
}

extension TimeSpread {
  /// The groups of a table, as one row of three arrays, and the server's clock.
  package struct Row: Decodable {
    let firsts, lasts: [Int64]
    package let counts: [Int]
    package let now: Int64

    package var groups: [Group] {
      zip(zip(firsts, lasts), counts).map { Group(first: $0.0, last: $0.1, rows: $1) }
    }
  }

  /// The day of a row as an expression: days since 1970, for any value of the column.
  package static let day = "intDiv(\(milliseconds(of: "start_time")), 86400000)"

  /// The query for a ``Row``.
  ///
  /// - Parameters:
  ///   - source: the `FROM` operand.
  ///   - group: an expression, or nil for one group. For the partition key's expression the server
  ///     reads no rows.
  package static func sql(from source: String, by group: String?, where condition: String? = nil)
    -> String
  {
    let wanted = (condition.map { " WHERE \($0)" } ?? "") + (group.map { " GROUP BY \($0)" } ?? "")
    return """
      SELECT groupArray(first) AS firsts, groupArray(last) AS lasts, groupArray(n) AS counts,
        toUnixTimestamp64Milli(now64(3)) AS now
      FROM (
        SELECT \(milliseconds(of: "min(start_time)")) AS first,
          \(milliseconds(of: "max(start_time)")) AS last, toInt64(count()) AS n
        FROM \(source)\(wanted))
      """
  }

  private static func milliseconds(of time: String) -> String {
    "toUnixTimestamp64Milli(toDateTime64(\(time), 3))"
  }
}
