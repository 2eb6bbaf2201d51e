// What a path returns, as two numbers that do not depend on the order of its rows: their count, and
// a sum of hashes. Two paths whose numbers agree return the same rows, but for an accident of one
// in 2^64. Which rows differ, and where, is the business of the comparison of their files.

import ClickHouseClient
import ExportPaths

/// Count and order-free checksum of the rows that a path returns.
package struct PathChecksum: Sendable, Equatable {
  package let rows: Int
  /// The sum of the rows' hashes modulo 2^64.
  package let checksum: UInt64

  package init(rows: Int, checksum: UInt64) {
    self.rows = rows
    self.checksum = checksum
  }

  /// A hash of a row that is the same whatever the column's types say of `Nullable` and
  /// `LowCardinality`.
  ///
  /// `cityHash64(a, b)` is NULL as soon as one of them is, and `sum` passes such rows over: of
  /// observations hardly any would be left. So each column is hashed by itself, and NULL is 0.
  package static func hash(of columns: [Identifier]) -> String {
    "cityHash64(\(columns.map { hash(of: "\($0)") }.joined(separator: ", ")))"
  }

  package static func hash(of expression: String) -> String {
    "ifNull(cityHash64(\(expression)), 0)"
  }

  /// The query that takes the checksum of a source, such as `(SELECT …)` or a table.
  ///
  /// - Parameters:
  ///   - source: what stands after `FROM`.
  ///   - columns: the columns that count, in the order in which they are hashed.
  /// - Returns: a statement whose one row has `rows` and `checksum`.
  package static func sql(of source: String, columns: [Identifier]) -> String {
    """
    SELECT toInt64(count()) AS rows, sum(\(hash(of: columns))) AS checksum
    FROM \(source)
    """
  }

  /// The columns that a path returns, sorted by name, so that the checksums of two paths that
  /// return the same columns in another order agree.
  ///
  /// - Parameters:
  ///   - sql: a path's statement.
  ///   - window: any: nothing is read.
  ///   - settings: the query's.
  ///   - database: where the path's tables are.
  ///   - client: the server.
  /// - Returns: names and types.
  /// - Throws: ``ClickHouseError``.
  package static func columns(
    of sql: String, for window: ExportWindow, settings: [String: String] = [:],
    in database: Identifier, from client: Client
  ) async throws -> [PathColumn] {
    let query = Query(
      "DESCRIBE TABLE (\(sql))", parameters: window.parameters, settings: settings,
      database: database.name)
    return try await client.rows(query, as: PathColumn.self).sorted { $0.name < $1.name }
  }

  /// Runs a path and takes the checksum of what it returns; the rows stay on the server.
  ///
  /// - Parameters:
  ///   - path: the path.
  ///   - window: the project and the window.
  ///   - columns: which columns, in which order; nil for all that the path returns, by name. Two
  ///     paths can be compared only by the same columns.
  ///   - settings: the query's.
  ///   - database: where the path's tables are.
  ///   - client: the server.
  /// - Returns: count and checksum; 0 and 0 of a path that returns nothing.
  /// - Throws: ``ClickHouseError``.
  package static func read(
    of path: ExportPath, for window: ExportWindow, columns: [Identifier]? = nil,
    settings: [String: String] = [:], in database: Identifier, from client: Client
  ) async throws -> PathChecksum {
    var names = columns ?? []
    if columns == nil {
      let all = try await self.columns(
        of: path.sql, for: window, settings: settings, in: database, from: client)
      names = try all.map { try Identifier($0.name) }
    }
    var total = PathChecksum(rows: 0, checksum: 0)
    // Slices have no row in common, and a sum does not mind their order.
    for slice in window.slices(for: path) {
      let query = Query(
        sql(of: "(\(path.sql))", columns: names), parameters: slice.parameters, settings: settings,
        database: database.name)
      guard let sums = try await client.rows(query, as: PathChecksum.self).first else {
        throw ClickHouseError.undecodable("the checksum of path \(path.name) gave no row")
      }
      total = PathChecksum(
        rows: total.rows + sums.rows, checksum: total.checksum &+ sums.checksum)
    }
    return total
  }
}

extension PathChecksum: Decodable {}

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
}
