// The statements that make up one export, in the order in which they run: what a path prepares, a
// SELECT for each slice of the window, and what it puts away.

import ClickHouseClient

package struct ExportStatement {
  /// What is sent.
  package var query: Query
  /// Whether its answer is part of the export.
  package let returnsRows: Bool
}

extension ExportPath {
  /// Whether statements share something that lives in a session.
  package var needsSession: Bool { !before.isEmpty || !after.isEmpty }

  /// The statements of one export.
  ///
  /// - Parameters:
  ///   - window: what to export.
  ///   - id: names the export: its query's id, or with `-1`, `-2`, … those of its queries.
  ///   - settings: of every statement.
  ///   - database: where names without a database are.
  /// - Returns: statements with their ids, in their order.
  package func statements(
    for window: ExportWindow, id: String, settings: [String: String], in database: Identifier
  ) -> [ExportStatement] {
    let selects = slices(of: window.range).map {
      (sql, ExportWindow(project: window.project, range: $0), true)
    }
    let all = before.map { ($0, window, false) } + selects + after.map { ($0, window, false) }
    return all.enumerated().map { place, statement in
      let (sql, window, returnsRows) = statement
      var query = Query(
        sql, parameters: window.parameters, settings: settings,
        queryID: all.count > 1 ? "\(id)-\(place + 1)" : id, logComment: "exportbench",
        database: database.name)
      if needsSession { query.settings["session_id"] = id }
      return ExportStatement(query: query, returnsRows: returnsRows)
    }
  }
}
