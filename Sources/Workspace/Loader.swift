// Inserting a dataset, insert by insert, as fast as the server takes it.
//
// The generator writes each block into the request's body on the connection's own thread. What is
// in memory is one block per connection, whatever the size of the dataset.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Foundation
import ObservationGenerator
import Synchronization
import Units

/// A request's body that is made as it is sent: the rows of one insert after another, with one
/// encoder.
///
/// Unchecked, because it is handed back and forth and never shared: a worker begins an insert, the
/// connection's thread fills its buffers until the insert has ended, and only then the worker goes
/// on.
package final class InsertBody: @unchecked Sendable {
  private let encoder: BlockEncoder
  private var rest: ArraySlice<RowID> = []
  private var block = UnsafeRawBufferPointer(start: nil, count: 0)
  private var offset = 0

  package init(of dataset: Dataset) { encoder = BlockEncoder(dataset) }

  /// Begins an insert of these rows, in this order.
  package func begin(_ rows: [RowID]) {
    rest = rows[...]
    block = UnsafeRawBufferPointer(start: nil, count: 0)
    offset = 0
  }

  /// Fills the buffer with the next bytes; returns how many, 0 at the end.
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

  /// Loads `dataset` into the workspace's `observations`.
  package init(_ workspace: Workspace, _ dataset: Dataset) {
    self.workspace = workspace
    self.dataset = dataset
  }

  /// How far a load has come.
  package struct Amount: Sendable {
    /// Rows that the server has acknowledged.
    package var rows = 0
    /// Bytes that were sent for them.
    package var bytes = 0
    /// Inserts that were sent again because their answer did not come, each such time counted.
    package var repeats = 0
  }

  /// Inserts every row; the first insert that fails ends the load.
  ///
  /// Where the tables recognize an insert that they have (``Workspace/deduplicatesInserts()``), one
  /// whose answer did not come is sent again; anywhere else it would double its rows.
  ///
  /// - Parameters:
  ///   - rowsPerInsert: rows in one insert.
  ///   - workers: inserts that are under way at the same time. Their rows do not depend on it.
  ///   - driver: this driver's share of the inserts; nil for all.
  ///   - tell: hears of every insert that the server acknowledged.
  /// - Returns: what the server acknowledged in all.
  /// - Throws: the failure of the first insert that failed.
  package func load(
    rowsPerInsert: Int, workers: Int, driver: DriverShard? = nil,
    tell: @escaping @Sendable (Amount) -> Void
  ) async throws -> Amount {
    try await load(
      InsertQueue(dataset, rowsPerInsert: rowsPerInsert, driver: driver), workers: workers,
      comment: LoadLock.comment, tell: tell)
  }

  /// Inserts what a queue hands out, into `observations` or another table of that shape.
  package func load(
    _ queue: InsertQueue, into table: String = Workspace.table, workers: Int,
    comment: String = "exportbench", tell: @escaping @Sendable (Amount) -> Void = { _ in }
  ) async throws -> Amount {
    let total = Total()
    // Another load of the same rows is another one, and not a repetition of this.
    let token = try await workspace.deduplicatesInserts() ? "exportbench-\(UUID().uuidString)" : nil
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

/// An insert of Native blocks that becomes one part per partition, however many blocks it has, or
/// that the server gathers with others.
package func insertQuery(
  into table: String, in workspace: Workspace, mode: InsertMode = .sync
) -> Query {
  var query = Query("INSERT INTO \(table) FORMAT Native")
  query.database = workspace.front.name
  query.logComment = "exportbench"
  query.settings = insertSettings(of: workspace.client.cluster)
  if mode == .async {
    query.settings["async_insert"] = "1"
    query.settings["wait_for_async_insert"] = "1"
    // What the server gathers it cannot know again, in the view or else.
    query.settings["deduplicate_blocks_in_dependent_materialized_views"] = nil
  }
  return query
}

/// Settings of every insert, unless a leg of writes has its own.
///
/// Of a cluster the server that takes an insert divides it by the sharding key and waits until each
/// shard has written its rows, so what is acknowledged is written; one that only queued them would
/// acknowledge what it may yet lose.
package func insertSettings(of cluster: Cluster?) -> [String: String] {
  var settings = [
    "async_insert": "0",
    // One part per insert, as the server makes of a block: blocks are put together first.
    "min_insert_block_size_rows": "10000000",
    "min_insert_block_size_bytes": "4294967296",
    "max_insert_threads": "1",
  ].merging(UntrackedMemory.settings) { $1 }
  if cluster != nil {
    settings["insert_distributed_sync"] = "1"
    // An insert that is sent again must be known to the view as well.
    settings["deduplicate_blocks_in_dependent_materialized_views"] = "1"
  }
  return settings
}
