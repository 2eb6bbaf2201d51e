// Derives the statements of each stage from those of the whole export.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Foundation

extension Stage {
  /// The stage's statements, with the ids and settings of `export`.
  ///
  /// - Parameter client: used to read the columns of a plain read.
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

  /// Reads the path's columns, as far as its table has them, of every version in the window.
  private static func plainRead(
    of path: ExportPath, like export: [ExportStatement], on client: Client
  ) async throws -> String {
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
    let columns = try await client.values(query, as: String.self).map { "\(try Identifier($0))" }
    return """
      SELECT \(columns.joined(separator: ", "))
      FROM \(table)
      WHERE project_id = {projectId: String}
        AND start_time >= {minTimestamp: DateTime64(3)}
        AND start_time <= {maxTimestamp: DateTime64(3)}
      """
  }

  /// The columns of the result, read between the path's preparation and clean-up under separate
  /// query ids, which the attempt's log must not contain.
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
  /// The same statement with its rows discarded in any format.
  fileprivate var dropped: ExportStatement {
    guard returnsRows else { return self }
    var statement = self
    statement.query.settings["default_format"] = "Null"
    return statement
  }
}
