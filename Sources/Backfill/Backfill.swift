// Filling a view from the rows that its table had before the view was there.
//
// There is no file that says how far a backfill has come: the server knows. A survey compares keys
// and versions of table and view; only days that lack something are copied, and of these only rows
// that are lacking. So a backfill that was killed goes on where it was, and a second one finds
// nothing to do.
//
// Rows that are inserted meanwhile come to the view by themselves, and the version decides which of
// two rows survives, whatever the order. Only of two rows with the same version the one that came
// last survives, and that could be the backfill's. Hence the end: table and view are compared, what
// is wrong is inserted again, and a partition is done when a comparison that began after the last
// write to it found nothing wrong. What differs because its insert is under way is looked at twice.

import ClickHouseClient
import Failures
import Foundation
import RunStore
import Workspace

/// How much a backfill may use.
package struct BackfillLimits: Sendable {
  /// Memory of one query on the server, in bytes.
  package var memoryBytes: Int
  /// Threads of one query on the server.
  package var threads: Int
  /// Days are put together until a chunk has so many rows.
  package var chunkRows: Int
  /// How long an insert may be in the table and not yet in the view: what differs is looked at
  /// again after so long.
  package var underWay = Duration.seconds(2)

  /// Less is not enough to write a part of as many columns as an observation has.
  package static let memoryMin = 512 << 20
  /// More rows than any table has.
  package static let rowsMax = 1_000_000_000_000_000

  package init(memoryBytes: Int = 1 << 30, threads: Int = 2, chunkRows: Int = 1_000_000) {
    self.memoryBytes = memoryBytes
    self.threads = threads
    self.chunkRows = chunkRows
  }

  /// The uncompressed bytes of a block, of which a part is made. It is held some four times while
  /// it is put together, sorted and written, and the streams of its columns take some 200 MiB.
  var blockBytes: Int { max(1 << 20, (memoryBytes - 256 << 20) / 6) }

  /// A key takes some 100 bytes of two sets and a table that grow by doubling; what the table needs
  /// beyond a quarter of the memory goes to disk.
  package var idsMax: Int { max(1, memoryBytes / 128) }
}

/// What a backfill tells while it goes on.
package enum BackfillNews: Sendable {
  /// A step has begun, in words.
  case step(String)
  /// So much of a step is done.
  case progress(String, done: Int, of: Int, unit: String, seconds: Double)
  /// A query ended, well or not.
  case sample(BackfillSample)
}

/// A backfill of one view.
package final class Backfill {
  /// The view and where its rows come from.
  package let table: BackfillTable
  /// The shard whose rows these are; nil of a server by itself.
  private let shard: Int?
  let runner: BackfillRunner
  let sql: BackfillSQL
  package let limits: BackfillLimits
  private let idsMax: Int
  package let comparison: BackfillComparison
  package let record: (BackfillSample) throws -> Void
  package let tell: @Sendable (BackfillNews) -> Void
  package let clock = ContinuousClock()

  /// The rows of backfill.csv so far.
  package private(set) var samples: [BackfillSample] = []

  /// Prepares a backfill.
  ///
  /// - Parameters:
  ///   - table: the view.
  ///   - server: where it is filled.
  ///   - limits: how much it may use.
  ///   - comparison: what is compared at the end.
  ///   - record: keeps a sample; what it throws ends the backfill.
  ///   - tell: is told how it goes.
  ///   - idsMax: keys in a chunk, at most; by default as many as fit into the memory.
  /// - Throws: ``ClickHouseError``.
  package init(
    _ table: BackfillTable, on server: Shard, limits: BackfillLimits,
    comparison: BackfillComparison, record: @escaping (BackfillSample) throws -> Void,
    tell: @escaping @Sendable (BackfillNews) -> Void, idsMax: Int? = nil
  ) async throws {
    self.table = table
    shard = server.number
    self.limits = limits
    self.idsMax = idsMax ?? limits.idsMax
    self.comparison = comparison
    self.record = record
    self.tell = tell
    sql = BackfillSQL(table: table)
    runner = try await BackfillRunner(server.client, table, limits)
    for note in runner.logNotes { tell(.step(note)) }
  }

  /// Compares keys and versions of table and view, and cuts what is lacking into chunks.
  ///
  /// - Parameter only: ids of partitions; nil for all.
  /// - Returns: the plan.
  /// - Throws: ``UserError`` for a partition that is not there; ``ClickHouseError``.
  package func survey(only: [String]? = nil) async throws -> BackfillPlan {
    if table.isReplicated { try await waitForReplicas() }
    var partitions = try await self.partitions()
    if let only {
      for id in only where !partitions.contains(where: { $0.partition == id }) {
        let known = partitions.map(\.partition).joined(separator: ", ")
        throw UserError(
          .usage, "\(table.tableName.name) has no partition '\(id)'; it has \(known)")
      }
      partitions = partitions.filter { only.contains($0.partition) }
    }
    let total = partitions.map(\.rows).reduce(0, +)
    var done = 0
    var plan = BackfillPlan.empty
    let began = clock.now
    for partition in partitions {
      tell(.progress("surveying", done: done, of: total, unit: "rows", seconds: since(began)))
      let id = partition.partition
      let answer = try await runner.rows(.survey, id, sql.survey(id), as: BackfillDay.self)
      var sample = answer.sample
      let days = (try? answer.result.get()) ?? []
      let part = BackfillPlan.Part(
        partition: partition, ids: days.map(\.ids).reduce(0, +),
        missing: days.map(\.missing).reduce(0, +), stale: days.map(\.stale).reduce(0, +),
        chunks: BackfillBounds(rows: limits.chunkRows, ids: idsMax).chunks(of: days, in: id))
      sample.tableRows = partition.rows
      sample.tableBytes = partition.bytes
      if case .success = answer.result {
        sample.tableIDs = part.ids
        sample.missingIDs = part.missing
        sample.staleIDs = part.stale
      }
      try keep(sample)
      _ = try answer.result.get()
      plan.parts.append(part)
      done += partition.rows
    }
    return plan
  }

  /// Copies what the plan says, compares, repairs, and waits for the merges.
  ///
  /// - Parameters:
  ///   - plan: what ``survey(only:)`` found.
  ///   - settle: how long to wait for merges at the end.
  /// - Returns: whether every key of the table is in the view as an insert would have left it.
  /// - Throws: ``UserError``, ``ClickHouseError``; what was done until then is not lost.
  package func execute(_ plan: BackfillPlan, settle: Duration) async throws -> Bool {
    let (start, begin) = (try await serverTime(), clock.now)
    try await waitForEarlier()
    try await copy(plan)
    var isComplete = true
    let began = clock.now
    var done = 0
    for part in plan.parts {
      tell(.progress("comparing", done: done, of: plan.rows, unit: "rows", seconds: since(began)))
      if try await !settleDifferences(part.partition) { isComplete = false }
      done += part.partition.rows
    }
    try await waitForMerges(settle)
    // Merges are found by the server's clock. One that was set meanwhile finds others or too few.
    let passed = try await serverTime().milliseconds - start.milliseconds
    if abs(Double(passed) - since(begin) * 1000) < 5_000,
      let merges = try await runner.merges(since: start.text)
    {
      try keep(merges)
    }
    return isComplete
  }

  /// Reads what the smallest chunk lacks, and drops it: what reading costs, without writing.
  package func readSample(_ plan: BackfillPlan) async throws {
    guard let chunk = plan.chunks.min(by: { $0.rows < $1.rows }) else { return }
    var answer = try await runner.execute(.read, chunk.partition, sql.read(chunk))
    describe(chunk, plan, in: &answer.sample)
    try keep(answer.sample)
    try answer.result.get()
  }

  private func partitions() async throws -> [BackfillPartition] {
    var query = Query(
      """
      SELECT partition_id AS partition, toInt64(sum(rows)) AS rows,
        toInt64(sum(data_uncompressed_bytes)) AS bytes
      FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String}
      GROUP BY partition_id ORDER BY partition_id
      """)
    query.parameters = [
      "database": Parameter(table.tableName.database), "table": Parameter(table.tableName.name),
    ]
    return try await runner.rows(query, as: BackfillPartition.self)
  }

  func describe(
    _ chunk: BackfillChunk, _ plan: BackfillPlan, in sample: inout BackfillSample
  ) {
    sample.firstDay = chunk.firstDate
    sample.lastDay = chunk.lastDate
    sample.slice = chunk.slices > 1 ? chunk.slice + 1 : nil
    sample.tableRows = chunk.rows
    sample.tableBytes = plan.bytes(of: chunk)
  }

  package func keep(_ sample: BackfillSample) throws {
    var sample = sample
    sample.shard = shard
    samples.append(sample)
    try record(sample)
    tell(.sample(sample))
  }

  package func since(_ moment: ContinuousClock.Instant) -> Double {
    (clock.now - moment) / .seconds(1)
  }

  private struct ServerTime: Decodable {
    let text: String
    let milliseconds: Int
  }

  private func serverTime() async throws -> ServerTime {
    let query = Query(
      "SELECT toString(now64(6) AS now) AS text, toUnixTimestamp64Milli(now) AS milliseconds")
    guard let time = try await runner.rows(query, as: ServerTime.self).first else {
      throw ClickHouseError.undecodable("the server did not tell the time")
    }
    return time
  }
}
