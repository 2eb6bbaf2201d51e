// How large a table is on disk, and in how many parts: `system.parts`.

import ClickHouse

/// The active parts of one table, added up.
public struct TableStorage: Decodable, Sendable, Equatable {
  /// Active parts.
  public let parts: Int
  /// Rows in them.
  public let rows: Int
  /// Column data as stored.
  public let compressedBytes: Int
  /// Column data in memory.
  public let uncompressedBytes: Int
  /// Everything: data, marks, primary keys, skip indexes, checksums.
  public let onDiskBytes: Int
  /// Marks as stored.
  public let marksBytes: Int
  /// Primary keys as stored.
  public let primaryKeyBytes: Int

  /// Reads the storage of a table, or of the inner table of a view made without `TO`.
  public static func read(
    _ table: String, in database: String, from client: Client
  ) async throws -> TableStorage {
    var query = Query(
      """
      SELECT
        toInt64(count()) AS parts,
        toInt64(sum(rows)) AS rows,
        toInt64(sum(data_compressed_bytes)) AS compressedBytes,
        toInt64(sum(data_uncompressed_bytes)) AS uncompressedBytes,
        toInt64(sum(bytes_on_disk)) AS onDiskBytes,
        toInt64(sum(marks_bytes)) AS marksBytes,
        toInt64(sum(primary_key_size)) AS primaryKeyBytes
      FROM system.parts
      WHERE active AND database = {database: String} AND table IN (
        SELECT if(engine = 'MaterializedView', '.inner_id.' || toString(uuid), name)
        FROM system.tables WHERE database = {database: String} AND name = {table: String})
      """)
    query.parameters = ["database": Parameter(database), "table": Parameter(table)]
    guard let storage = try await client.rows(query, as: TableStorage.self).first else {
      throw ClickHouseError.undecodable("system.parts gave no row for table '\(table)'")
    }
    return storage
  }
}
