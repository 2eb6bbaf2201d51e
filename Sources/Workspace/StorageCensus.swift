// Measures the storage of table and view in one merge state, in total and by column, and of the
// view with the base table's codecs.

import BenchmarkSpec
import ClickHouseClient
import Failures
import Probes
import RunStore

package struct StorageCensus {
  package let workspace: Workspace
  package let state: MergeState

  package init(workspace: Workspace, state: MergeState) {
    self.workspace = workspace
    self.state = state
  }

  /// Temporary copy of the view with codecs.
  package static let twin = "observations_export_codecs"

  /// Existing tables and views, in total and by column.
  package func take(record: (StorageSample, [ColumnSample]) throws -> Void) async throws {
    let there = try await workspace.tables()
    for (table, role) in [(Workspace.table, TableRole.table), (Workspace.view, .view)]
    where there.contains(table) {
      try await count(table, role, record)
    }
  }

  /// Measures a copy of the view with the base table's codecs: the same rows in the same parts.
  ///
  /// - Parameter shards: those with parts of the view.
  /// - Throws: ``UserError``, ``ClickHouseError``, and errors of `record`.
  package func takeWithCodecs(
    on shards: [Shard], record: (StorageSample, [ColumnSample]) throws -> Void
  ) async throws {
    let inner = try await innerTable()
    let onCluster = workspace.client.onCluster
    try await workspace.drop.table(Self.twin)
    try await workspace.run("CREATE TABLE \(Self.twin)\(onCluster) AS `\(inner)`")
    try await workspace.merges.stop(of: [Self.twin])
    for column in try await codecs() {
      try await workspace.run(
        "ALTER TABLE \(Self.twin)\(onCluster) MODIFY COLUMN \(try Identifier(column.name)) "
          + column.codec)
    }
    for shard in shards {
      for part in try await parts(of: inner, on: shard.client) {
        try await copy(part, of: inner, on: shard.client)
      }
    }
    try await workspace.merges.awaitReplicas()
    try await count(Self.twin, .viewWithCodecs, record)
    try await workspace.drop.table(Self.twin)
  }

  private func copy(_ part: String, of inner: String, on server: Client) async throws {
    var copy = Query(
      "INSERT INTO \(Self.twin) SELECT * FROM `\(inner)` WHERE _part = {part: String}",
      parameters: ["part": Parameter(part)], database: workspace.database.name)
    // One part per part, with all rows.
    copy.settings = [
      "optimize_on_insert": "0", "max_threads": "1", "max_insert_threads": "1",
      "min_insert_block_size_rows": "100000000", "min_insert_block_size_bytes": "4294967296",
      "insert_deduplicate": "0",
    ]
    try await server.execute(copy)
  }

  private func count(
    _ table: String, _ role: TableRole, _ record: (StorageSample, [ColumnSample]) throws -> Void
  ) async throws {
    let (database, client) = (workspace.database.name, workspace.client)
    let now = try await TableStorage.read(table, in: database, from: client)
    var sample = StorageSample()
    sample.mergeState = state.description
    sample.table = table
    sample.role = role
    sample.parts = now.parts
    sample.rows = now.rows
    sample.compressedBytes = now.compressedBytes
    sample.uncompressedBytes = now.uncompressedBytes
    sample.onDiskBytes = now.onDiskBytes
    sample.marksBytes = now.marksBytes
    sample.primaryKeyBytes = now.primaryKeyBytes
    sample.outdatedParts = now.outdatedParts
    sample.outdatedBytes = now.outdatedBytes
    if let copies = try await TableStorage.copies(of: table, in: database, from: client) {
      sample.replicas = copies.replicas
      sample.allReplicasOnDiskBytes = copies.onDiskBytes
    }
    let disk = await DiskSpace.read(from: client)
    sample.diskFreeBytes = disk?.freeBytes
    sample.diskTotalBytes = disk?.totalBytes
    let columns = try await ColumnStorage.read(table, in: database, from: client).map { column in
      var sample = ColumnSample()
      sample.mergeState = state.description
      sample.table = table
      sample.role = role
      sample.column = column.column
      sample.type = column.type
      sample.codec = column.codec.isEmpty ? nil : column.codec
      sample.compressedBytes = column.compressedBytes
      sample.uncompressedBytes = column.uncompressedBytes
      return sample
    }
    try record(sample, columns)
  }

  private func innerTable() async throws -> String {
    let query = Query(
      """
      SELECT '.inner_id.' || toString(uuid) AS stored FROM system.tables
      WHERE database = {database: String} AND name = {view: String}
      """,
      parameters: [
        "database": Parameter(workspace.database.name), "view": Parameter(Workspace.view),
      ])
    guard let stored = try await workspace.client.values(query, as: String.self).first else {
      throw UserError.server(
        "the view \(Workspace.view) no longer exists in \(workspace.database)")
    }
    return stored
  }

  private struct Codec: Decodable {
    let name: String
    let codec: String
  }

  /// Columns of the view whose base column has a codec.
  private func codecs() async throws -> [Codec] {
    let query = Query(
      """
      SELECT name, compression_codec AS codec FROM system.columns
      WHERE database = {database: String} AND table = {table: String} AND codec != ''
        AND name IN (SELECT name FROM system.columns
          WHERE database = {database: String} AND table = {view: String})
      """,
      parameters: [
        "database": Parameter(workspace.database.name), "table": Parameter(Workspace.table),
        "view": Parameter(Workspace.view),
      ])
    return try await workspace.client.rows(query, as: Codec.self)
  }

  private func parts(of table: String, on server: Client) async throws -> [String] {
    let query = Query(
      """
      SELECT name FROM system.parts
      WHERE active AND database = {database: String} AND table = {table: String}
      ORDER BY partition_id, min_block_number
      """, parameters: ["database": Parameter(workspace.database.name), "table": Parameter(table)])
    return try await server.values(query, as: String.self)
  }
}
