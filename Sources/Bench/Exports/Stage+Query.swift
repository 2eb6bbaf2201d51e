// What each stage asks the server, made from the query of the whole export. Nothing here measures.

import ClickHouse
import Exports
import Results

extension Stage {
  /// The query of a stage.
  ///
  /// - Parameters:
  ///   - export: the query of the whole export.
  ///   - path: the path that it is of.
  ///   - workspace: where the path's tables are.
  /// - Returns: the stage's query, under the same id and settings.
  /// - Throws: as ``Client``, where the columns of a plain read have to be asked for.
  func query(
    from export: Query, of path: ExportPath, in workspace: Workspace
  ) async throws -> Query {
    var query = export
    switch self {
    case .export, .encode: return query
    case .deduplicate: break
    case .keys: query.sql = "SELECT id FROM (\(export.sql))"
    case .read: query.sql = try await Self.plainRead(of: path, like: export, in: workspace)
    }
    query.settings["default_format"] = "Null"
    return query
  }

  /// The columns that the path returns, as far as its table has them, of every version in the
  /// window.
  private static func plainRead(
    of path: ExportPath, like export: Query, in workspace: Workspace
  ) async throws -> String {
    struct Row: Decodable { let name: String }
    let table = try Identifier(path.reads)
    let query = Query(
      """
      SELECT name FROM system.columns
      WHERE database = {database: String} AND table = {table: String}
        AND name IN (SELECT arrayJoin({columns: Array(String)}))
      ORDER BY position
      """,
      parameters: [
        "database": Parameter(workspace.database.name), "table": Parameter(table.name),
        "columns": Parameter(
          try await workspace.client.rows(
            Query(
              "DESCRIBE TABLE (\(export.sql))", parameters: export.parameters,
              database: workspace.database.name), as: Row.self
          ).map(\.name)),
      ])
    let columns = try await workspace.client.rows(query, as: Row.self).map { row in
      "\(try Identifier(row.name))"
    }
    return """
      SELECT \(columns.joined(separator: ", "))
      FROM \(table)
      WHERE project_id = {projectId: String}
        AND start_time >= {minTimestamp: DateTime64(3)}
        AND start_time <= {maxTimestamp: DateTime64(3)}
      """
  }
}
