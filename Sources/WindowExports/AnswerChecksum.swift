// Order-independent checksums of a result: of a table or query on the server, or of a received
// Parquet file that is uploaded with the query.

import ClickHouseClient
import Parquet

/// Row count and order-independent checksums, total and by column.
package struct AnswerChecksum: Equatable, Decodable {
  package var rows = 0
  /// The sum of the row hashes modulo 2^64.
  package var checksum: UInt64 = 0
  /// The same for each column's values, in column order.
  package var columns: [UInt64] = []

  package init(rows: Int = 0, checksum: UInt64 = 0, columns: [UInt64] = []) {
    (self.rows, self.checksum, self.columns) = (rows, checksum, columns)
  }

  /// The query for the checksums of a source, which returns one row.
  ///
  /// - Parameters:
  ///   - source: the `FROM` operand.
  ///   - columns: at least one, in hashing order.
  package static func sql(of source: String, columns: [Identifier]) -> String {
    let sums = columns.map { "sum(\(PathChecksum.hash(of: "\($0)")))" }
    return """
      SELECT toInt64(count()) AS rows, sum(\(PathChecksum.hash(of: columns))) AS checksum,
        CAST([\(sums.joined(separator: ", "))] AS Array(UInt64)) AS columns
      FROM \(source)
      """
  }

  /// Checksums of a received file. Each piece of it is uploaded as an external table, so the server
  /// holds at most 64 MiB of values, or one row group.
  ///
  /// - Parameters:
  ///   - file: a complete Parquet file.
  ///   - columns: with the types on the server.
  /// - Throws: ``AnswerError`` for an invalid file; ``UserError`` if it cannot be read;
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
