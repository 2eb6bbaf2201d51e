// Reads a Parquet file's columns on the server from the footer alone, before the file is uploaded.

import ClickHouseClient
import ExistingTables
import Parquet
import WindowExports

extension FileComparison {
  struct Size: Decodable {
    let rows: Int
    /// Before compression.
    let bytes: Int
  }

  /// The columns of a file. The footer travels as ASCII text: a query is a String, and a footer is
  /// not.
  static func columns(of file: ParquetFile, by client: Client) async throws -> [PathColumn] {
    var literal = ""
    for byte in try file.footer() {
      let isPlain = (0x20..<0x7f).contains(byte) && byte != 0x27 && byte != 0x5c
      literal += isPlain ? String(UnicodeScalar(byte)) : "\\x" + hexadecimal(byte)
    }
    let query = Query(
      "DESCRIBE TABLE format(Parquet, '\(literal)')",
      settings: ObservationTables.limits.merging(["max_query_size": "\(literal.utf8.count + 1024)"])
      { $1 },
      logComment: "exportbench verify")
    return try await client.rows(query, as: PathColumn.self)
  }

  static func size(of file: ParquetFile, by client: Client) async throws -> Size {
    let footer = BufferSource(try file.footer())
    let table = ExternalTable(
      name: try Identifier("footer"), format: "ParquetMetadata",
      structure: "num_rows UInt64, total_uncompressed_size UInt64",
      source: { footer.read(into: $0) })
    let query = Query(
      """
      SELECT toInt64(num_rows) AS rows, toInt64(total_uncompressed_size) AS bytes FROM footer
      """, settings: ObservationTables.limits, logComment: "exportbench verify")
    guard let size = try await client.rows(query, with: [table], as: Size.self).first else {
      throw ClickHouseError.undecodable("the footer of \(file.label) gave no row")
    }
    return size
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
  }
}

/// Bytes in memory as the data of a table. Read once; not thread-safe.
private final class BufferSource: @unchecked Sendable {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let now = rest.prefix(buffer.count)
    buffer.copyBytes(from: now)
    rest = rest.dropFirst(now.count)
    return now.count
  }
}
