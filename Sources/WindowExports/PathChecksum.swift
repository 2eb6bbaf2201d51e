// Row count and order-independent checksum of a path's result. Equal values mean equal rows, with
// an error probability of 2^-64.

import ClickHouseClient
import ExportPaths

package struct PathChecksum: Sendable, Equatable {
  package let rows: Int
  /// The sum of the row hashes modulo 2^64.
  package let checksum: UInt64

  package init(rows: Int, checksum: UInt64) {
    self.rows = rows
    self.checksum = checksum
  }

  /// A hash expression for rows, independent of `Nullable` and `LowCardinality`.
  ///
  /// `cityHash64(a, b)` is NULL if an argument is, and `sum` skips such rows: most observations
  /// would be lost. So each column is hashed separately, and NULL is 0.
  package static func hash(of columns: [Identifier]) -> String {
    "cityHash64(\(columns.map { hash(of: "\($0)") }.joined(separator: ", ")))"
  }

  package static func hash(of expression: String) -> String {
    "ifNull(cityHash64(\(expression)), 0)"
  }

  /// The query for the checksum of a source, such as `(SELECT …)` or a table; its one row has
  /// `rows` and `checksum`.
  ///
  /// - Parameters:
  ///   - source: the `FROM` operand.
  ///   - columns: in hashing order.
  package static func sql(of source: String, columns: [Identifier]) -> String {
    """
    SELECT toInt64(count()) AS rows, sum(\(hash(of: columns))) AS checksum
    FROM \(source)
    """
  }

  /// Names and types of the columns that a path returns, sorted by name, so that paths with another
  /// column order have equal checksums. Reads no rows of the window.
  package static func columns(
    of sql: String, for window: ExportWindow, settings: [String: String] = [:],
    in database: Identifier, from client: Client
  ) async throws -> [PathColumn] {
    let query = Query(
      "DESCRIBE TABLE (\(sql))", parameters: window.parameters, settings: settings,
      database: database.name)
    return try await client.rows(query, as: PathColumn.self).sorted { $0.name < $1.name }
  }

  /// Runs a path and computes its checksum on the server; 0 and 0 for an empty result.
  ///
  /// - Parameter columns: in hashing order; nil for all that the path returns, by name. Comparable
  ///   only for equal columns.
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
    // Slices are disjoint, and the sum does not depend on their order.
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

/// A column of a path's result.
package struct PathColumn: Sendable, Equatable, Decodable {
  package let name: String
  package let type: String

  /// The type without wrappers that do not affect the hash.
  package var plainType: String {
    type.replacing("LowCardinality(", with: "").replacing("Nullable(", with: "")
      .filter { $0 != ")" }
  }
}
