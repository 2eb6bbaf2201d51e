// One round of a leg: paired inserts into empty tables with merges stopped, then the merges of each
// side until they settle.

import BenchmarkSpec
import ClickHouseClient
import ObservationGenerator
import Probes
import RunStore
import Statistics
import Units
import Workspace

struct WriteRound {
  let leg: WriteLeg
  /// From 1.
  let number: Int
  /// With empty tables and merges stopped.
  let workspace: Workspace
  let dataset: Dataset
  /// Time without changes after which merges count as settled.
  let quiet: Duration
  var order: SplitMix64

  /// Inserts the rows into both targets, waits until merges settle, and records.
  ///
  /// - Parameter record: receives all rows of the round at its end; if the server is lost, those of
  ///   its inserts.
  /// - Throws: what ends the run.
  mutating func run(_ rows: ArraySlice<RowID>, record: (Records) throws -> Void)
    async throws
  {
    var inserts: [InsertSample] = []
    do {
      try await insert(rows, &inserts)
      try await WriteAccount(workspace).complete(&inserts)
      let merges = try await MergePhase(
        workspace: workspace, leg: leg.name, round: number, quiet: quiet
      ).run(of: InsertTarget.allCases.shuffled(using: &order))
      try record(Records(inserts, merges))
    } catch let error as ClickHouseError {
      try record(Records(inserts))
      throw error
    }
  }

  private mutating func insert(
    _ rows: ArraySlice<RowID>, _ inserts: inout [InsertSample]
  ) async throws {
    let inserter = WriteInserter(workspace: workspace, mode: leg.mode, settings: leg.settings)
    let batches = (0..<leg.connections).map { _ in WriteBatch(of: dataset) }
    let servers = ClusterInsert(workspace)
    var rest = rows
    for pair in 1...leg.inserts {
      for batch in batches {
        batch.make(Array(rest.prefix(leg.rowsPerInsert)))
        rest = rest.dropFirst(leg.rowsPerInsert)
      }
      for (place, target) in InsertTarget.allCases.shuffled(using: &order).enumerated() {
        var sample = InsertSample()
        sample.leg = leg.name
        sample.round = number
        sample.pair = (number - 1) * leg.inserts + pair
        sample.target = target
        sample.position = place + 1
        sample.rows = batches.map(\.rows).reduce(0, +)
        sample.rowsPerInsert = leg.rowsPerInsert
        for batch in batches { batch.rewind() }
        try await inserter.with(through: servers.client(pair)).insert(
          batches.map { batch in { batch.fill($0) } }, &sample)
        inserts.append(sample)
        if sample.status != .ok { try await workspace.client.ping() }
      }
    }
  }
}

/// Starts merges, waits until they settle, and sums up written parts.
struct MergePhase {
  let workspace: Workspace
  let leg: String
  let round: Int
  let quiet: Duration

  private struct Side {
    let target: InsertTarget
    let tables: [StoredTable]
    let startedAt: String
    let began: ContinuousClock.Instant
    var rest: MergeRest
  }

  /// Rows of merges.csv: per target the table's, then the view's.
  ///
  /// One side after the other, because concurrent merges would slow each other down. Remaining
  /// parts may be merged when they are older; both sides wait for that together.
  func run(of targets: [InsertTarget]) async throws -> [MergeSample] {
    let clock = ContinuousClock()
    try await workspace.merges.awaitReplicas()
    let watch = MergeWork(
      workspace.client, version: workspace.version, database: workspace.database.name)
    let all = try await watch.tables()
    var sides: [Side] = []
    for target in targets {
      let tables = all.filter { $0.target == target }
      let start = try await watch.look(at: tables)
      let (startedAt, began) = (timestamp(), clock.now)
      try await workspace.merges.start(of: tables.map(\.name))
      let rest = try await watch.rest(of: tables, from: start, quiet: min(quiet, watch.calm))
      sides.append(
        Side(target: target, tables: tables, startedAt: startedAt, began: began, rest: rest))
    }
    let open = sides.indices.filter { sides[$0].rest.isSettled && !sides[$0].rest.isFinal }
    if !open.isEmpty {
      let began = clock.now
      let tables = open.flatMap { sides[$0].tables }
      let start = try await watch.look(at: tables)
      let rest = try await watch.rest(of: tables, from: start, quiet: quiet)
      for side in open where rest.lastChangeMs > 0 {
        sides[side].rest.isSettled = rest.isSettled
        sides[side].rest.lastChangeMs =
          (began - sides[side].began) / .milliseconds(1) + rest.lastChangeMs
      }
    }
    var samples: [MergeSample] = []
    for side in sides {
      try await workspace.merges.stop(of: side.tables.map(\.name))
      samples += try await self.samples(of: side, watch)
    }
    return samples
  }

  private func samples(of side: Side, _ watch: MergeWork) async throws -> [MergeSample] {
    let (written, left) = try await watch.work(of: side.tables)
    return side.tables.sorted { !$0.isInner && $1.isInner }.map { table in
      var sample = MergeSample()
      sample.leg = leg
      sample.round = round
      sample.target = side.target
      sample.table = table.name
      sample.role = table.isInner ? .view : .table
      sample.startedAt = side.startedAt
      sample.settling = side.rest.isSettled ? .settled : .unsettled
      sample.settleMs = side.rest.lastChangeMs
      sample.parts = left.first { $0.table == table.name }?.parts ?? 0
      if let work = written.first(where: { $0.id == table.id }) { record(work, in: &sample) }
      return sample
    }
  }

  private func record(_ work: PartWork, in sample: inout MergeSample) {
    sample.newParts = work.newParts
    sample.newRows = work.newRows
    sample.newBytes = work.newBytes
    sample.merges = work.merges
    sample.failedMerges = work.failedMerges
    sample.mergeReadRows = work.readRows
    sample.mergeWrittenRows = work.writtenRows
    sample.mergeWrittenBytes = work.writtenBytes
    sample.mergeMs = work.mergeMs
    sample.mergeCPUMs = work.cpuMs
    sample.mergeMemoryPeakBytes = work.memoryPeakBytes
  }
}

extension StoredTable {
  fileprivate var target: InsertTarget { name == Workspace.plainTable ? .plain : .withView }
}
