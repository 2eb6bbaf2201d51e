// How large a table is on disk, in how many parts, and whether it is merging: `system.parts` and
// `system.merges`.

import ClickHouse

/// The parts of one table, added up; active ones unless it says otherwise.
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
  /// Parts that merges have replaced and that are still on disk.
  public let outdatedParts: Int
  /// Their bytes.
  public let outdatedBytes: Int
  /// Merges that are under way.
  public let runningMerges: Int

  /// Reads the storage of a table, or of the inner table of a view made without `TO`.
  public static func read(
    _ table: String, in database: String, from client: Client
  ) async throws -> TableStorage {
    var query = Query(
      """
      WITH stored AS (
        SELECT if(engine = 'MaterializedView', '.inner_id.' || toString(uuid), name) AS stored_name
        FROM system.tables WHERE database = {database: String} AND name = {table: String})
      SELECT
        toInt64(countIf(active)) AS parts,
        toInt64(sumIf(p.rows, active)) AS rows,
        toInt64(sumIf(data_compressed_bytes, active)) AS compressedBytes,
        toInt64(sumIf(data_uncompressed_bytes, active)) AS uncompressedBytes,
        toInt64(sumIf(bytes_on_disk, active)) AS onDiskBytes,
        toInt64(sumIf(p.marks_bytes, active)) AS marksBytes,
        toInt64(sumIf(primary_key_size, active)) AS primaryKeyBytes,
        toInt64(countIf(NOT active)) AS outdatedParts,
        toInt64(sumIf(bytes_on_disk, NOT active)) AS outdatedBytes,
        (SELECT toInt64(count()) FROM system.merges
          WHERE database = {database: String} AND table IN stored) AS runningMerges
      FROM system.parts AS p
      WHERE database = {database: String} AND table IN stored
      """)
    query.parameters = ["database": Parameter(database), "table": Parameter(table)]
    guard let storage = try await client.rows(query, as: TableStorage.self).first else {
      throw ClickHouseError.undecodable("system.parts gave no row for table '\(table)'")
    }
    return storage
  }
}
