// Inserting a dataset twice, side by side: into the table with the view and into its twin without
// one. What the view costs a write is the ratio within each pair.
//
// One insert at a time, so that a pair meets the same machine; which of the two goes first is drawn
// from the seed.

import ClickHouse
import Foundation
import Observations
import Probes
import Results

/// Loads in pairs, and measures each insert.
struct PairedLoader {
  private let workspace: Workspace
  private let dataset: Dataset
  private let queryLog: QueryLog
  private let writeLogs: WriteLogs
  private var order: SplitMix64

  init(_ workspace: Workspace, _ dataset: Dataset, seed: UInt64) {
    self.workspace = workspace
    self.dataset = dataset
    queryLog = QueryLog(workspace.client, version: workspace.version)
    writeLogs = WriteLogs(workspace.client, version: workspace.version)
    order = SplitMix64(seed: seed)
  }

  /// Inserts every row into both tables. `record` gets the two samples of each pair as it ends;
  /// the logs are not asked for the pairs up to `measured`, whose samples nobody needs.
  mutating func load(
    rowsPerInsert: Int, after measured: Int = 0, record: ([InsertSample]) throws -> Void
  ) async throws {
    let queue = InsertQueue(dataset, rowsPerInsert: rowsPerInsert)
    let body = InsertBody(of: dataset)
    while let insert = queue.next() {
      var pair: [InsertSample] = []
      for target in [InsertTarget.plain, .withView].shuffled(using: &order) {
        var sample = InsertSample()
        sample.pair = insert.number
        sample.target = target
        sample.position = pair.count + 1
        sample.rows = insert.rows.count
        body.begin(insert.rows)
        try await attempt(&sample, body)
        pair.append(sample)
      }
      if insert.number > measured { try await addLogs(to: &pair) }
      try record(pair)
    }
  }

  private func attempt(_ sample: inout InsertSample, _ body: InsertBody) async throws {
    let table = sample.target == .plain ? Workspace.plainTable : Workspace.table
    var query = insertQuery(into: table, in: workspace)
    sample.queryID = UUID().uuidString.lowercased()
    query.queryID = sample.queryID
    sample.startedAt = timestamp()
    do {
      let outcome = try await workspace.client.insert(query, from: body.fill)
      sample.clientWallMs = outcome.timings.total_ms
      sample.sentBytes = outcome.sentBytes
    } catch {
      let failure = try AttemptFailure(error)
      sample.status = .failed
      sample.errorCode = failure.code
      sample.errorName = failure.name
      sample.errorMessage = failure.message
    }
  }

  private func addLogs(to pair: inout [InsertSample]) async throws {
    let done = pair.filter { $0.status == .ok }.map(\.queryID)
    let entries = try await queryLog.entries(of: done) ?? []
    let parts = try await writeLogs.parts(of: done) ?? []
    let viewed = pair.filter { $0.status == .ok && $0.target == .withView }.map(\.queryID)
    let views = try await writeLogs.views(of: viewed) ?? []
    for index in pair.indices {
      let id = pair[index].queryID
      if let entry = entries.first(where: { $0.queryID == id }) {
        pair[index].serverQueryMs = entry.durationMs
        pair[index].serverCPUMs = entry.cpuMs
        pair[index].memoryPeakBytes = entry.memoryPeakBytes
      }
      // A view made without `TO` keeps its rows in an inner table whose name begins with a dot.
      let own = parts.filter { $0.queryID == id && !$0.table.hasPrefix(".") }
      let inner = parts.filter { $0.queryID == id && $0.table.hasPrefix(".") }
      if !own.isEmpty {
        pair[index].tableWrittenRows = own.map(\.rows).reduce(0, +)
        pair[index].tableWrittenBytes = own.map(\.bytes).reduce(0, +)
      }
      if !inner.isEmpty {
        pair[index].viewWrittenRows = inner.map(\.rows).reduce(0, +)
        pair[index].viewWrittenBytes = inner.map(\.bytes).reduce(0, +)
      }
      if let view = views.first(where: { $0.queryID == id }) {
        pair[index].viewHandedRows = view.rows
        pair[index].viewMs = view.durationMs
      }
    }
  }
}
