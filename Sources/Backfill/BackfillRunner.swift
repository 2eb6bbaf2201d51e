// Runs one query of a backfill: settings, row in backfill.csv, figures from the server's logs.

import RunSession
import ClickHouseClient
import Foundation
import Probes
import RunStore
import Units

final class BackfillRunner {
  let client: Client
  let table: BackfillTable
  let limits: BackfillLimits
  private let queryLog: QueryLog
  private let writeLogs: WriteLogs
  /// A missing log is not waited for again.
  private var hasQueryLog: Bool
  private var hasPartLog: Bool
  private var number = 0
  /// What the samples will lack, in sentences.
  let logNotes: [String]

  init(_ client: Client, _ table: BackfillTable, _ limits: BackfillLimits) async throws {
    let version = try await client.serverVersion()
    let check = try await LogCheck(
      client, version: version, needsQueryLog: false, optional: [.part])
    let client = client.adding(check.settings)
    self.client = client
    self.table = table
    self.limits = limits
    logNotes = check.findings.map(\.sentence)
    hasQueryLog = !client.logs.isMissing(LogCheck.Log.query.name)
    hasPartLog = !client.logs.isMissing(LogCheck.Log.part.name)
    queryLog = QueryLog(client, version: version)
    writeLogs = WriteLogs(client, version: version)
  }

  /// Shown by `system.processes` and `system.query_log` for these queries.
  var comment: String { "exportbench backfill \(table.database.name).\(table.view.name)" }

  /// Adds the settings that keep a query within its limits and its result correct.
  func bounded(_ query: Query) -> Query {
    var query = query
    let memory = limits.memoryBytes
    query.settings = [
      "max_memory_usage": "\(memory)",
      "max_threads": "\(limits.threads)",
      "max_insert_threads": "1",
      "max_block_size": "8192",
      // The rest spills to the server's disk.
      "max_bytes_before_external_group_by": "\(memory / 4)",
      "max_bytes_before_external_sort": "\(memory / 4)",
      "min_insert_block_size_bytes": "\(limits.blockBytes)",
      "min_insert_block_size_rows": "1048449",
      // A large set of keys is a filter, not an index range; sorting would hold it twice.
      "use_index_for_in_with_subqueries": "0",
      // A profile may set these differently. Tombstones are ordinary rows here, and a block that
      // was inserted before must be inserted again.
      "final": "0",
      "insert_deduplicate": "0",
      "use_query_cache": "0",
      "async_insert": "0",
      "wait_end_of_query": "1",
    ]
    query.logComment = comment
    query.database = table.database.name
    return query
  }

  /// Rows of an unmeasured query.
  func rows<Row: Decodable>(_ query: Query, as row: Row.Type = Row.self) async throws
    -> [Row]
  {
    try await client.rows(bounded(query), as: row)
  }

  /// Runs a query and measures it. An error of `run` is recorded in the sample, unless it ends the
  /// run.
  func measure<Value>(
    _ step: BackfillStep, _ partition: String, _ query: Query,
    _ run: (Query, inout BackfillSample) async throws -> Value
  ) async throws -> (sample: BackfillSample, result: Result<Value, any Error>) {
    number += 1
    var query = bounded(query)
    var sample = BackfillSample()
    sample.number = number
    sample.step = step
    sample.partition = partition
    sample.queryID = Query.newID()
    sample.startedAt = timestamp()
    query.queryID = sample.queryID
    let began = ContinuousClock.now
    do {
      let value = try await run(query, &sample)
      sample.clientWallMs = (ContinuousClock.now - began) / .milliseconds(1)
      try await addLogs(to: &sample)
      return (sample, .success(value))
    } catch {
      try sample.fail(with: error)
      sample.clientWallMs = (ContinuousClock.now - began) / .milliseconds(1)
      // The server may be gone, and the failure must be reported anyway.
      try? await addLogs(to: &sample)
      return (sample, .failure(error))
    }
  }

  /// Measures a query that returns rows.
  func rows<Row: Decodable>(
    _ step: BackfillStep, _ partition: String, _ query: Query, as row: Row.Type = Row.self
  ) async throws -> (sample: BackfillSample, result: Result<[Row], any Error>) {
    try await measure(step, partition, query) { [client] query, _ in
      try await client.rows(query, as: row)
    }
  }

  /// Measures a statement. `watch` gets the rows written so far, every second.
  func execute(
    _ step: BackfillStep, _ partition: String, _ query: Query,
    watch: (@Sendable (Int) -> Void)? = nil
  ) async throws -> (sample: BackfillSample, result: Result<Void, any Error>) {
    try await measure(step, partition, query) { [client] query, sample in
      let watcher = Task { [id = sample.queryID] in
        while let watch, !Task.isCancelled {
          try await Task.sleep(for: .seconds(1))
          if let rows = try await Self.writtenRows(of: id, client) { watch(rows) }
        }
      }
      defer { watcher.cancel() }
      let outcome = try await client.execute(query)
      sample.insertedRows = step == .read ? nil : outcome.summary?.writtenRows
    }
  }

  private static func writtenRows(of queryID: String, _ client: Client) async throws -> Int? {
    let query = Query(
      "SELECT toInt64(written_rows) AS rows FROM system.processes WHERE query_id = {id:String}",
      parameters: ["id": Parameter(queryID)])
    return try await client.values(query, as: Int.self).first
  }

  private func addLogs(to sample: inout BackfillSample) async throws {
    if hasQueryLog {
      let isOK = sample.status == .ok
      let id = sample.queryID
      let entry = try await readable { try await queryLog.entry(of: id, inDoubt: !isOK) }
      if isOK { hasQueryLog = entry != nil }
      sample.serverQueryMs = entry?.durationMs
      sample.serverCPUMs = entry?.cpuMs
      sample.memoryPeakBytes = entry?.memoryPeakBytes
      sample.readRows = entry?.readRows
      sample.readBytes = entry?.readBytes
      sample.spilledBytes = entry?.spilledBytes
    }
    if hasPartLog, let inserted = sample.insertedRows {
      let id = sample.queryID
      // Without a new row there is no new part to wait for.
      let parts =
        inserted == 0 ? [] : try await readable { try await writeLogs.parts(of: [id]) }
      hasPartLog = parts != nil
      if let parts {
        sample.writtenParts = parts.map(\.parts).reduce(0, +)
        sample.writtenRows = parts.map(\.rows).reduce(0, +)
        sample.writtenBytes = parts.map(\.bytes).reduce(0, +)
      }
    }
  }

  /// Nil if the user may not read a log, or the log lacks the column.
  private func readable<Value>(_ read: () async throws -> Value?) async throws -> Value? {
    do {
      return try await read()
    } catch let error as ClickHouseError where error.serverException?.code == 497 {
      return nil
    }
  }

  /// Sum of the merges of the view's parts since a point in time; nil if the log is not readable.
  func merges(since start: String) async throws -> BackfillSample? {
    struct Row: Decodable {
      let parts: Int
      let rows: Int
      let bytes: Int
      let readBytes: Int
      let ms: Double
      let cpuMs: Double?
      let memory: Int
    }
    guard hasPartLog else { return nil }
    let query = Query(
      """
      SELECT toInt64(count()) AS parts, toInt64(sum(rows)) AS rows,
        toInt64(sum(size_in_bytes)) AS bytes, toInt64(sum(read_bytes)) AS readBytes,
        sum(duration_ms) + 0.0 AS ms,
        nullIf(sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']), 0) / 1000 AS cpuMs,
        toInt64(max(peak_memory_usage)) AS memory
      FROM system.part_log
      WHERE event_type = 'MergeParts' AND database = {database:String} AND table = {table:String}
        AND event_time_microseconds >= {start:DateTime64(6)}
        AND event_date >= toDate({start:DateTime64(6)})
      """,
      parameters: [
        "database": Parameter(table.targetName.database), "table": Parameter(table.targetName.name),
        "start": Parameter(start),
      ])
    let version = try await client.serverVersion()
    let flush = LogFlush(client, version: version, log: "part_log")
    let found = try await readable {
      try await flush.until { try await client.rows(query, as: Row.self).first }
    }
    guard let found else { return nil }
    number += 1
    var sample = BackfillSample()
    sample.number = number
    sample.step = .merge
    sample.startedAt = timestamp()
    sample.writtenParts = found.parts
    sample.writtenRows = found.rows
    sample.writtenBytes = found.bytes
    sample.readBytes = found.readBytes
    sample.serverQueryMs = found.ms
    sample.serverCPUMs = found.cpuMs
    sample.memoryPeakBytes = found.parts > 0 ? found.memory : nil
    return sample
  }
}
