// Backfill: fills a view with the rows that its table had before the view existed.
//
// No progress file: a survey compares keys and versions of table and view. Only days with missing
// rows are copied, and of these only missing rows. So a killed backfill resumes, and a second one
// has nothing to do.
//
// Concurrent inserts reach the view by themselves, and the version decides which of two rows
// survives, in any order. Only for equal versions the last inserted row survives, which could be
// the backfill's. Therefore table and view are finally compared and wrong rows inserted again: a
// partition is done when a comparison that began after the last write to it finds nothing wrong.
// Rows whose insert is still running are compared twice.

import ClickHouseClient
import Failures
import Foundation
import RunStore
import Workspace

/// Resource limits of a backfill.
package struct BackfillLimits: Sendable {
  /// Memory of one query on the server.
  package var memoryBytes: Int
  /// Threads of one query on the server.
  package var threads: Int
  /// Days are combined until a chunk has this many rows.
  package var chunkRows: Int
  /// How long an insert may be in the table but not yet in the view; differences are checked again
  /// after this time.
  package var underWay = Duration.seconds(2)

  /// Less does not suffice to write a part with the columns of an observation.
  package static let memoryMin = 512 << 20
  /// Exceeds any table.
  package static let rowsMax = 1_000_000_000_000_000

  package init(memoryBytes: Int = 1 << 30, threads: Int = 2, chunkRows: Int = 1_000_000) {
    self.memoryBytes = memoryBytes
    self.threads = threads
    self.chunkRows = chunkRows
  }

  /// Uncompressed bytes of a block, which becomes a part. A block is held about four times while it
  /// is assembled, sorted and written; the column streams take about 200 MiB.
  var blockBytes: Int { max(1 << 20, (memoryBytes - 256 << 20) / 6) }

  /// A key takes about 100 bytes in two sets and a hash table that grow by doubling; the table
  /// spills to disk beyond a quarter of the memory.
  package var idsMax: Int { max(1, memoryBytes / 128) }
}

/// Progress of a backfill.
package enum BackfillNews: Sendable {
  /// A step has started.
  case step(String)
  case progress(String, done: Int, of: Int, unit: String, seconds: Double)
  /// A query ended, successfully or not.
  case sample(BackfillSample)
}

package final class Backfill {
  /// The view and the source of its rows.
  package let table: BackfillTable
  private let runner: BackfillRunner
  private let sql: BackfillSQL
  private let limits: BackfillLimits
  private let idsMax: Int
  private let comparison: BackfillComparison
  private let log: BackfillLog
  private let waits: BackfillWaits
  private let clock = ContinuousClock()

  /// The rows of backfill.csv so far.
  package var samples: [BackfillSample] { log.samples }

  /// - Parameters:
  ///   - comparison: what is compared at the end.
  ///   - record: stores a sample; its error ends the backfill.
  ///   - tell: called with progress.
  ///   - idsMax: maximum of keys in a chunk; by default as many as fit into the memory.
  package init(
    _ table: BackfillTable, on server: Shard, limits: BackfillLimits,
    comparison: BackfillComparison, record: @escaping (BackfillSample) throws -> Void,
    tell: @escaping @Sendable (BackfillNews) -> Void, idsMax: Int? = nil
  ) async throws {
    self.table = table
    self.limits = limits
    self.idsMax = idsMax ?? limits.idsMax
    self.comparison = comparison
    log = BackfillLog(shard: server.number, record, tell)
    sql = BackfillSQL(table: table)
    runner = try await BackfillRunner(server.client, table, limits)
    waits = BackfillWaits(runner: runner, tell: tell)
    for note in runner.logNotes { tell(.step(note)) }
  }

  /// Compares keys and versions of table and view, and divides what is missing into chunks.
  ///
  /// - Parameter only: ids of partitions; nil for all.
  /// - Throws: ``UserError`` for an unknown partition; ``ClickHouseError``.
  package func survey(only: [String]? = nil) async throws -> BackfillPlan {
    if table.isReplicated { try await waits.forReplicas() }
    var partitions = try await self.partitions()
    if let only {
      for id in only where !partitions.contains(where: { $0.partition == id }) {
        let known = partitions.map(\.partition).joined(separator: ", ")
        throw UserError.usage("\(table.tableName.name) has no partition '\(id)'; it has \(known)")
      }
      partitions = partitions.filter { only.contains($0.partition) }
    }
    let total = partitions.map(\.rows).reduce(0, +)
    var done = 0
    var plan = BackfillPlan.empty
    let began = clock.now
    for partition in partitions {
      log.tell(.progress("surveying", done: done, of: total, unit: "rows", seconds: since(began)))
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
      try log.keep(sample)
      _ = try answer.result.get()
      plan.parts.append(part)
      done += partition.rows
    }
    return plan
  }

  /// Copies what the plan lists, compares, repairs, and waits for merges. After an error the work
  /// done so far remains.
  ///
  /// - Parameters:
  ///   - plan: from ``survey(only:)``.
  ///   - settle: timeout for merges at the end.
  /// - Returns: whether the view has every key of the table as an insert would have written it.
  package func execute(_ plan: BackfillPlan, settle: Duration) async throws -> Bool {
    let (start, begin) = (try await serverTime(), clock.now)
    try await waits.forEarlierBackfills()
    try await BackfillCopy(runner: runner, sql: sql, log: log, waits: waits).run(plan)
    let repair = BackfillRepair(runner: runner, sql: sql, log: log, comparison: comparison)
    var isComplete = true
    let began = clock.now
    var done = 0
    for part in plan.parts {
      log.tell(
        .progress("comparing", done: done, of: plan.rows, unit: "rows", seconds: since(began)))
      if try await !repair.run(part.partition) { isComplete = false }
      done += part.partition.rows
    }
    try await waits.forMerges(settle)
    // Merges are selected by the server's clock. If that was set meanwhile, the selection is wrong.
    let passed = try await serverTime().milliseconds - start.milliseconds
    if abs(Double(passed) - since(begin) * 1000) < 5_000,
      let merges = try await runner.merges(since: start.text)
    {
      try log.keep(merges)
    }
    return isComplete
  }

  /// Reads what the smallest chunk lacks, and discards it: measures reading without writing.
  package func readSample(_ plan: BackfillPlan) async throws {
    guard let chunk = plan.chunks.min(by: { $0.rows < $1.rows }) else { return }
    var answer = try await runner.execute(.read, chunk.partition, sql.read(chunk))
    answer.sample.describe(chunk, of: plan)
    try log.keep(answer.sample)
    try answer.result.get()
  }

  private func partitions() async throws -> [BackfillPartition] {
    let query = Query(
      """
      SELECT partition_id AS partition, toInt64(sum(rows)) AS rows,
        toInt64(sum(data_uncompressed_bytes)) AS bytes
      FROM system.parts
      WHERE active AND database = {database:String} AND table = {table:String}
      GROUP BY partition_id ORDER BY partition_id
      """,
      parameters: [
        "database": Parameter(table.tableName.database), "table": Parameter(table.tableName.name),
      ])
    return try await runner.rows(query, as: BackfillPartition.self)
  }

  private func since(_ moment: ContinuousClock.Instant) -> Double {
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
      throw ClickHouseError.undecodable("the server did not report the time")
    }
    return time
  }
}

/// The samples of a backfill so far, and the receiver of news.
final class BackfillLog {
  /// The shard whose rows these are; nil of a single server.
  private let shard: Int?
  private let record: (BackfillSample) throws -> Void
  let tell: @Sendable (BackfillNews) -> Void
  private(set) var samples: [BackfillSample] = []

  init(
    shard: Int?, _ record: @escaping (BackfillSample) throws -> Void,
    _ tell: @escaping @Sendable (BackfillNews) -> Void
  ) {
    (self.shard, self.record, self.tell) = (shard, record, tell)
  }

  func keep(_ sample: BackfillSample) throws {
    var sample = sample
    sample.shard = shard
    samples.append(sample)
    try record(sample)
    tell(.sample(sample))
  }
}
