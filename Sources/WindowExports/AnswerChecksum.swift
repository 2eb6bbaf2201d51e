// What an answer holds, as numbers that do not depend on the order of its rows: of a table or query
// on the server, or of a Parquet file that arrived here and is sent back with the question.

import ClickHouseClient
import Parquet

/// Count and order-free checksums of rows, as a whole and column by column.
package struct AnswerChecksum: Equatable, Decodable {
  package var rows = 0
  /// The sum of the rows' hashes modulo 2^64.
  package var checksum: UInt64 = 0
  /// The same of each column's values, in the order of the columns.
  package var columns: [UInt64] = []

  package init(rows: Int = 0, checksum: UInt64 = 0, columns: [UInt64] = []) {
    (self.rows, self.checksum, self.columns) = (rows, checksum, columns)
  }

  /// The query that takes the checksums of a source.
  ///
  /// - Parameters:
  ///   - source: what stands after `FROM`.
  ///   - columns: the columns that count, at least one, in the order in which they are hashed.
  /// - Returns: a statement of one row.
  package static func sql(of source: String, columns: [Identifier]) -> String {
    let sums = columns.map { "sum(\(PathChecksum.hash(of: "\($0)")))" }
    return """
      SELECT toInt64(count()) AS rows, sum(\(PathChecksum.hash(of: columns))) AS checksum,
        CAST([\(sums.joined(separator: ", "))] AS Array(UInt64)) AS columns
      FROM \(source)
      """
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
      guard let sums = try await client.rows(query, with: [received], as: Self.self).first else {
        throw ClickHouseError.undecodable("the checksum of a received file gave no row")
      }
      total.add(sums)
    }
    return total
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
