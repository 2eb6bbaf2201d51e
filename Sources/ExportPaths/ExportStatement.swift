// Statements of one export, in order: preparation, one SELECT per slice, clean-up.

import ClickHouseClient

package struct ExportStatement {
  package var query: Query
  /// Whether its result is part of the export.
  package let returnsRows: Bool
}

extension ExportPath {
  /// Whether the statements depend on session state.
  package var needsSession: Bool { !before.isEmpty || !after.isEmpty }

  /// - Parameters:
  ///   - id: the query id; with several statements they are `id-1`, `id-2`, ….
  ///   - database: the default database.
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
