// The part of a backfill that writes most: chunk after chunk, with never more parts than the server
// can merge.

import ClickHouseClient
import Failures
import RunStore
import Units

/// Copies what a view lacks.
struct BackfillCopy {
  let runner: BackfillRunner
  let sql: BackfillSQL
  let log: BackfillLog
  let waits: BackfillWaits

  /// How often a chunk is tried again while the server has too many parts.
  private static let triesMax = 10

  func run(_ plan: BackfillPlan) async throws {
    let total = plan.chunks.map(\.lacking).reduce(0, +)
    guard total > 0 else { return log.tell(.step("the view lacks nothing")) }
    let chunks = "\(Count(plan.chunks.count)) chunk\(plan.chunks.count == 1 ? "" : "s")"
    log.tell(.step("copying \(Count(total)) of the view's keys in \(chunks)"))
    var done = 0
    let began = ContinuousClock.now
    for chunk in plan.chunks {
      let news = { @Sendable [tell = log.tell, done] (rows: Int) in
        tell(
          .progress(
            "copying \(chunk.partition)", done: done + min(rows, chunk.lacking), of: total,
            unit: "keys", seconds: (ContinuousClock.now - began) / .seconds(1)))
      }
      try await copy(chunk, of: plan, news)
      done += chunk.lacking
      news(chunk.lacking)
    }
  }

  private func copy(
    _ chunk: BackfillChunk, of plan: BackfillPlan, _ news: @escaping @Sendable (Int) -> Void
  ) async throws {
    for attempt in 1...Self.triesMax {
      let began = ContinuousClock.now
      try await waits.forParts(in: chunk.partition)
      let waited = (ContinuousClock.now - began) / .milliseconds(1)
      news(0)
      var answer = try await runner.execute(.copy, chunk.partition, sql.copy(chunk), watch: news)
      answer.sample.describe(chunk, of: plan)
      answer.sample.waitedMs = waited
      try log.keep(answer.sample)
      do {
        return try answer.result.get()
      } catch let error as ClickHouseError {
        // What got in before the error stays, and is not copied again.
        guard error.serverException?.name == "TOO_MANY_PARTS", attempt < Self.triesMax else {
          throw explained(error, chunk)
        }
        log.tell(.step("the view has too many parts; waiting for merges"))
        try await Task.sleep(for: .seconds(2 * attempt))
      }
    }
  }

  private func explained(_ error: ClickHouseError, _ chunk: BackfillChunk) -> any Error {
    guard error.serverException?.name == "MEMORY_LIMIT_EXCEEDED" else { return error }
    return UserError.server(
      "copying \(chunk.firstDate) to \(chunk.lastDate) needs more than "
        + "\(ByteCount(runner.limits.memoryBytes)) on the server; give it more with --max-memory, "
        + "or fewer --chunk-rows; what was copied stays")
  }
}

extension BackfillSample {
  /// Records which chunk was copied or read.
  mutating func describe(_ chunk: BackfillChunk, of plan: BackfillPlan) {
    firstDay = chunk.firstDate
    lastDay = chunk.lastDate
    slice = chunk.slices > 1 ? chunk.slice + 1 : nil
    tableRows = chunk.rows
    tableBytes = plan.bytes(of: chunk)
  }
}
