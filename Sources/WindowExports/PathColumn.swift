// The columns of a path's answer.

import ClickHouseClient
import ExportPaths

/// A column of a path's answer.
package struct PathColumn: Sendable, Equatable, Decodable {
  package let name: String
  /// Its type, as ClickHouse writes it.
  package let type: String

  /// The type without what a hash of its values does not depend on.
  package var plainType: String {
    type.replacing("LowCardinality(", with: "").replacing("Nullable(", with: "")
      .filter { $0 != ")" }
  }

  /// The columns that a path returns, sorted by name, so that the checksums of two paths that
  /// return the same columns in another order are equal.
  ///
  /// - Parameters:
  ///   - sql: a path's statement.
  ///   - window: any: nothing is read.
  ///   - settings: the query's.
  ///   - database: where the path's tables are.
  ///   - client: the server.
  /// - Returns: names and types.
  /// - Throws: ``ClickHouseError``.
  package static func all(
    of sql: String, for window: ExportWindow, settings: [String: String] = [:],
    in database: Identifier, from client: Client
  ) async throws -> [PathColumn] {
    let query = Query(
      "DESCRIBE TABLE (\(sql))", parameters: window.parameters, settings: settings,
      database: database.name)
    return try await client.rows(query, as: PathColumn.self).sorted { $0.name < $1.name }
  }
}
