// Inserts a dataset as fast as the server accepts it.
//
// The generator writes blocks into the request body on the connection's thread. Memory holds one
// block per connection, independent of the dataset's size.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Foundation
import ObservationGenerator
import Synchronization
import Units

/// A request body that is generated while it is sent; one encoder for successive inserts.
///
/// Unchecked: never used concurrently. A worker starts an insert, the connection's thread fills
/// buffers until the insert ends, and then the worker continues.
package final class InsertBody: @unchecked Sendable {
  private let encoder: BlockEncoder
  private var rest: ArraySlice<RowID> = []
  private var block = UnsafeRawBufferPointer(start: nil, count: 0)
  private var offset = 0

  package init(of dataset: Dataset) { encoder = BlockEncoder(dataset) }

  /// Starts an insert of these rows, in order.
  package func begin(_ rows: [RowID]) {
    rest = rows[...]
    block = UnsafeRawBufferPointer(start: nil, count: 0)
    offset = 0
  }

  /// Returns the number of bytes; 0 at the end.
  package func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    if offset == block.count {
      guard !rest.isEmpty else { return 0 }
      block = encoder.encode(&rest)
      offset = 0
    }
    let count = min(buffer.count, block.count - offset)
    let next = UnsafeRawBufferPointer(rebasing: block[offset..<(offset + count)])
    buffer.copyMemory(from: next)
    offset += count
    return count
  }
}

/// Loads a dataset into one table over several connections.
package struct Loader: Sendable {
  package let workspace: Workspace
  private let dataset: Dataset

  /// Loads into the workspace's `observations`.
  package init(_ workspace: Workspace, _ dataset: Dataset) {
    self.workspace = workspace
    self.dataset = dataset
  }

  package struct Amount: Sendable {
    /// Acknowledged by the server.
    package var rows = 0
    /// Bytes sent.
    package var bytes = 0
    /// Retries without a response.
    package var repeats = 0
  }

  /// Inserts all rows; the first failed insert ends the load.
  ///
  /// Inserts without a response are retried if the tables recognize repeated inserts
  /// (``Workspace/deduplicatesInserts()``); otherwise a retry could duplicate rows.
  ///
  /// - Parameters:
  ///   - workers: concurrent inserts; their rows do not depend on it.
  ///   - driver: this driver's share of the inserts; nil for all.
  ///   - tell: called for every acknowledged insert.
  /// - Returns: the acknowledged amount.
  /// - Throws: the error of the first failed insert.
  package func load(
    rowsPerInsert: Int, workers: Int, driver: DriverShard? = nil,
    tell: @escaping @Sendable (Amount) -> Void
  ) async throws -> Amount {
    try await load(
      InsertQueue(dataset, rowsPerInsert: rowsPerInsert, driver: driver), workers: workers,
      comment: LoadLock.comment, tell: tell)
  }

  /// Inserts from a queue into `observations` or a table with the same columns.
  package func load(
    _ queue: InsertQueue, into table: String = Workspace.table, workers: Int,
    comment: String = "exportbench", tell: @escaping @Sendable (Amount) -> Void = { _ in }
  ) async throws -> Amount {
    let total = Total()
    // Another load of the same rows is not a repetition of this one.
    let token =
      try await workspace.definitions.deduplicateInserts()
      ? "exportbench-\(UUID().uuidString)" : nil
    let inserts = ClusterInsert(workspace)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<workers {
        group.addTask {
          let body = InsertBody(of: dataset)
          let client = inserts.client(worker)
          while let insert = queue.next() {
            var query = insertQuery(into: table, in: workspace)
            query.logComment = comment
            if let token {
              query.repetition = .deduplicated(token: "\(token)-\(insert.number)")
              query.settings["deduplicate_blocks_in_dependent_materialized_views"] = "1"
            }
            let (outcome, repeats) = try await inserts.send(query, to: client) {
              body.begin(insert.rows)
              return body.fill
            }
            tell(
              total.add(
                rows: insert.rows.count, bytes: outcome.sentBytes, repeats: repeats))
          }
        }
      }
      try await group.waitForAll()
    }
    return total.add(rows: 0, bytes: 0)
  }

  private final class Total: Sendable {
    private let amount = Mutex(Amount())

    func add(rows: Int, bytes: Int, repeats: Int = 0) -> Amount {
      amount.withLock {
        $0.rows += rows
        $0.bytes += bytes
        $0.repeats += repeats
        return $0
      }
    }
  }
}

/// An insert of Native blocks that creates one part per partition, or that the server collects with
/// others.
package func insertQuery(
  into table: String, in workspace: Workspace, mode: InsertMode = .sync
) -> Query {
  var query = Query(
    "INSERT INTO \(table) FORMAT Native", settings: insertSettings(of: workspace.client.cluster),
    logComment: "exportbench", database: workspace.front.name)
  if mode == .async {
    query.settings["async_insert"] = "1"
    query.settings["wait_for_async_insert"] = "1"
    // Collected inserts are not deduplicated.
    query.settings["deduplicate_blocks_in_dependent_materialized_views"] = nil
  }
  return query
}

/// Settings of all inserts, unless a leg has its own.
///
/// On a cluster the server splits an insert by the sharding key and waits for all shards, so
/// acknowledged rows are written; a server that only queued them could still lose them.
package func insertSettings(of cluster: Cluster?) -> [String: String] {
  var settings = [
    "async_insert": "0",
    // One part per insert: blocks are squashed first.
    "min_insert_block_size_rows": "10000000",
    "min_insert_block_size_bytes": "4294967296",
    "max_insert_threads": "1",
  ].merging(UntrackedMemory.settings) { $1 }
  if cluster != nil {
    settings["insert_distributed_sync"] = "1"
    // The view must recognize retries as well.
    settings["deduplicate_blocks_in_dependent_materialized_views"] = "1"
  }
  return settings
}
