// The content of an answer as numbers that do not depend on the order of its rows: of a table or
// query on the server, or of a Parquet file that arrived here and is sent back with the query.
//
// Two answers whose numbers are equal hold the same rows, but for a chance of one in 2^64.

import ClickHouseClient
import ExportPaths
import Parquet

/// Count and order-free checksums of rows, as a whole and column by column.
package struct AnswerChecksum: Sendable, Equatable, Decodable {
  package var rows = 0
  /// The sum of the rows' hashes modulo 2^64.
  package var checksum: UInt64 = 0
  /// The same of each column's values, in the order of the columns; empty where not requested.
  package var columns: [UInt64] = []

  package init(rows: Int = 0, checksum: UInt64 = 0, columns: [UInt64] = []) {
    (self.rows, self.checksum, self.columns) = (rows, checksum, columns)
  }

  /// A hash of a row that does not depend on `Nullable` and `LowCardinality` in the columns' types.
  ///
  /// `cityHash64(a, b)` is NULL as soon as one of them is, and `sum` skips such rows: of
  /// observations hardly any would be left. So each column is hashed by itself, and NULL is 0.
  package static func hash(of columns: [Identifier]) -> String {
    "cityHash64(\(columns.map { hash(of: "\($0)") }.joined(separator: ", ")))"
  }

  package static func hash(of expression: String) -> String {
    "ifNull(cityHash64(\(expression)), 0)"
  }

  /// The query that takes the checksums of a source.
  ///
  /// - Parameters:
  ///   - source: what stands after `FROM`, such as `(SELECT …)`.
  ///   - columns: the columns that count, at least one, in the order in which they are hashed.
  ///   - byColumn: whether each column gets its own checksum.
  /// - Returns: a statement of one row.
  package static func sql(
    of source: String, columns: [Identifier], byColumn: Bool = true
  ) -> String {
    let sums = byColumn ? columns.map { "sum(\(hash(of: "\($0)")))" } : []
    return """
      SELECT toInt64(count()) AS rows, sum(\(hash(of: columns))) AS checksum,
        CAST([\(sums.joined(separator: ", "))] AS Array(UInt64)) AS columns
      FROM \(source)
      """
  }

  /// Runs a path and takes the checksums of what it returns; the rows stay on the server.
  ///
  /// - Parameters:
  ///   - path: the path, between its statements before and after.
  ///   - window: the project and the window.
  ///   - columns: which columns, in which order; nil for all that the path returns, by name. Two
  ///     paths can be compared only by the same columns.
  ///   - settings: the query's.
  ///   - database: where the path's tables are.
  ///   - client: the server.
  /// - Returns: zeros of a path that returns nothing.
  /// - Throws: ``ClickHouseError``.
  package static func read(
    of path: ExportPath, for window: ExportWindow, columns: [Identifier]? = nil,
    settings: [String: String] = [:], in database: Identifier, from client: Client
  ) async throws -> AnswerChecksum {
    var names = columns ?? []
    if columns == nil {
      let all = try await PathColumn.all(
        of: path.sql, for: window, settings: settings, in: database, from: client)
      names = try all.map { try Identifier($0.name) }
    }
    var total = AnswerChecksum(columns: names.map { _ in 0 })
    // Slices have no row in common, and their order does not change a sum.
    for slice in window.slices(for: path) {
      let query = Query(
        sql(of: "(\(path.sql))", columns: names), parameters: slice.parameters, settings: settings,
        database: database.name)
      total.add(try await one(query, [], "path \(path.name)", from: client))
    }
    return total
  }

  /// Takes the checksums of a file as it arrived. Each piece of it is a table that travels with a
  /// query and is gone with it, so the server holds 64 MiB of values at most, or one row group.
  ///
  /// - Parameters:
  ///   - file: a whole Parquet file.
  ///   - columns: the columns that count, with the types that the server gave them.
  ///   - client: a server.
  ///   - pieceBytesMax: see ``ParquetFile/pieces(bytesMax:)``.
  /// - Returns: the checksums of all rows.
  /// - Throws: ``AnswerError`` for a file that is none; ``UserError`` where it cannot be read;
  ///   ``ClickHouseError``.
  package static func read(
    _ file: ParquetFile, columns: [PathColumn], by client: Client,
    pieceBytesMax: Int = ParquetFile.pieceBytesMax
  ) async throws -> AnswerChecksum {
    let names = try columns.map { try Identifier($0.name) }
    let table = "received"
    var total = AnswerChecksum(columns: columns.map { _ in 0 })
    for piece in try file.pieces(bytesMax: pieceBytesMax) {
      let received = ExternalTable(
        name: try Identifier(table), format: "Parquet",
        structure: zip(names, columns).map { "\($0) \($1.type)" }.joined(separator: ", "),
        source: piece.source(of: file))
      let query = Query(sql(of: table, columns: names), logComment: "exportbench check")
      total.add(try await one(query, [received], "a received file", from: client))
    }
    return total
  }

  /// The one row of a query that ``sql(of:columns:byColumn:)`` made.
  private static func one(
    _ query: Query, _ tables: [ExternalTable], _ what: String, from client: Client
  ) async throws -> AnswerChecksum {
    guard let sums = try await client.rows(query, with: tables, as: Self.self).first else {
      throw ClickHouseError.undecodable("the checksum of \(what) gave no row")
    }
    return sums
  }

  /// Adds the checksums of other rows with the same columns.
  package mutating func add(_ other: AnswerChecksum) {
    rows += other.rows
    checksum &+= other.checksum
    for (place, sum) in other.columns.enumerated() where place < columns.count {
      columns[place] &+= sum
    }
  }
}
