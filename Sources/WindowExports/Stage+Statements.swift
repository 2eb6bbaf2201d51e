// What each stage asks the server, made from the statements of the whole export, and how answers
// that the server keeps to itself are asked for. Nothing here measures.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Foundation

extension Stage {
  /// The statements of a stage.
  ///
  /// - Parameters:
  ///   - export: the statements of the whole export.
  ///   - path: the path that they are of.
  ///   - client: the server, where the columns of a plain read have to be asked for.
  /// - Returns: the stage's statements, under the same ids and settings.
  /// - Throws: as ``Client``.
  package func statements(
    from export: [ExportStatement], of path: ExportPath, on client: Client
  ) async throws -> [ExportStatement] {
    switch self {
    case .export, .encode: return export
    case .deduplicate: return export.map(\.dropped)
    case .keys:
      return export.map { statement in
        guard statement.returnsRows else { return statement }
        var statement = statement.dropped
        statement.query.sql = "SELECT id FROM (\(statement.query.sql))"
        return statement
      }
    case .read:
      let sql = try await Self.plainRead(of: path, like: export, on: client)
      return export.filter(\.returnsRows).map { statement in
        var statement = statement.dropped
        statement.query.sql = sql
        return statement
      }
    }
  }

  /// The columns that the path returns, as far as its table has them, of every version in the
  /// window.
  private static func plainRead(
    of path: ExportPath, like export: [ExportStatement], on client: Client
  ) async throws -> String {
    struct Row: Decodable { let name: String }
    let table = try Identifier(path.reads)
    guard let first = export.first(where: \.returnsRows)?.query else { return "SELECT 1" }
    let query = Query(
      """
      SELECT name FROM system.columns
      WHERE database = {database: String} AND table = {table: String}
        AND name IN (SELECT arrayJoin({columns: Array(String)}))
      ORDER BY position
      """,
      parameters: [
        "database": Parameter(first.database ?? ""), "table": Parameter(table.name),
        "columns": Parameter(try await columns(of: path, like: export, on: client)),
      ])
    let columns = try await client.rows(query, as: Row.self).map { row in
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

  /// The columns of the answer, asked for between what the path prepares and what it puts away,
  /// under ids of their own: the log of the attempt must not have them.
  private static func columns(
    of path: ExportPath, like export: [ExportStatement], on client: Client
  ) async throws -> [String] {
    struct Row: Decodable { let name: String }
    let session = UUID().uuidString
    var names: [String]?
    for statement in export where names == nil || !statement.returnsRows {
      var query = statement.query
      query.queryID = nil
      if path.needsSession { query.settings["session_id"] = session }
      guard statement.returnsRows else {
        try await client.execute(query)
        continue
      }
      query.sql = "DESCRIBE TABLE (\(query.sql))"
      names = try await client.rows(query, as: Row.self).map(\.name)
    }
    return names ?? []
  }
}

extension ExportStatement {
  /// The same with its rows dropped, in whatever form they would have been sent.
  fileprivate var dropped: ExportStatement {
    guard returnsRows else { return self }
    var statement = self
    statement.query.settings["default_format"] = "Null"
    return statement
  }
}
