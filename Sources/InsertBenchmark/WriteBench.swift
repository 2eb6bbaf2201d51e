// Measures the cost of the view per insert and until merges have settled: legs of paired inserts in
// rounds, and a sustained load.
//
// Each round has its own database, so that it starts with empty tables and does not affect those of
// exports. A round is recorded when it ends; a crash loses the current round.

import BenchmarkSpec
import ClickHouseClient
import ObservationGenerator
import Probes
import RunStore
import Statistics
import Workspace

package struct WriteBench {
  package let client: Client
  package let database: Identifier
  package let dataset: Dataset
  package let seed: UInt64
  package let quiet: Duration

  /// Identity of a round.
  package struct RoundID: Hashable, Sendable {
    package let leg: String
    /// From 1.
    package let round: Int
    /// Of a sustained load, which has a round per target; nil for a leg of pairs.
    package let target: InsertTarget?
  }

  package struct Progress: Sendable {
    package let leg: String
    /// Including those of earlier processes.
    package let done: Int
    /// A sustained load counts as a round per target.
    package let total: Int
  }

  /// - Parameters:
  ///   - workspace: the run's; the rounds use another database.
  ///   - seed: determines the order within pairs.
  ///   - quiet: time without changes after which merges count as settled.
  /// - Throws: ``ClickHouseError`` for a name that is too long.
  package init(
    beside workspace: Workspace, _ dataset: Dataset, seed: UInt64,
    quiet: Duration = MergeWork.quiet
  ) throws {
    client = workspace.client
    database = try Identifier(workspace.database.name + "_writes")
    self.dataset = dataset
    self.seed = seed
    self.quiet = quiet
  }

  /// Completely recorded rounds.
  package static func done(in records: Records) -> Set<RoundID> {
    func rounds(_ target: InsertTarget) -> Set<RoundID> {
      let found = records.merges.filter { $0.target == target }
      // The view's row is written after the table's.
      let last: TableRole = target == .plain ? .table : .view
      return Set(
        found.filter { $0.role == last }.map { merge in
          RoundID(
            leg: merge.leg, round: merge.round,
            target: merge.leg == ReservedLeg.sustained ? target : nil)
        })
    }
    let (plain, viewed) = (rounds(.plain), rounds(.withView))
    return plain.intersection(viewed).union(plain.union(viewed).filter { $0.target != nil })
  }

  /// Runs all remaining rounds, interleaved over the legs, so that drift affects all of them.
  ///
  /// - Parameters:
  ///   - done: rounds to skip.
  ///   - keep: keep the database of the last round.
  ///   - tell: called before each round.
  ///   - record: receives the rows of each round, also of a failed one; for a sustained load every
  ///   second.
  /// - Throws: what ends the run: cancellation, an unreachable server, errors of `record`.
  package func run(
    _ writes: Writes, done: Set<RoundID> = [], keep: Bool = false,
    tell: (Progress) -> Void, record: (Records) throws -> Void
  ) async throws {
    let sustained = try sides(of: writes.sustained)
    let total = writes.legs.map(\.rounds).reduce(0, +) + sustained.count
    var count = 0
    func isDone(_ id: RoundID) -> Bool {
      count += 1
      guard done.contains(id) else {
        tell(Progress(leg: id.leg, done: count - 1, total: total))
        return false
      }
      return true
    }
    var supplies = writes.legs.map { RowSupply(dataset, rowsPerRound: $0.rowsPerRound) }
    for number in 1...max(1, writes.legs.map(\.rounds).max() ?? 1) {
      for (place, leg) in writes.legs.enumerated() where number <= leg.rounds {
        let rows = supplies[place].next()
        guard !isDone(RoundID(leg: leg.name, round: number, target: nil)) else { continue }
        let order = SplitMix64(seed: seed &+ UInt64(place) << 32 &+ UInt64(number))
        try await inFreshDatabase(keep: keep) { workspace in
          var round = WriteRound(
            leg: leg, number: number, workspace: workspace, dataset: dataset, quiet: quiet,
            order: order)
          try await round.run(rows, record: record)
        }
      }
    }
    for side in sustained {
      let id = RoundID(leg: ReservedLeg.sustained, round: 1, target: side.target)
      guard !isDone(id) else { continue }
      try await inFreshDatabase(keep: keep) { workspace in
        try await side.run(in: workspace, record: record)
      }
    }
  }

  private func sides(of load: Sustained?) throws -> [WriteSustained] {
    guard let load else { return [] }
    var order = SplitMix64(seed: seed)
    return InsertTarget.allCases.shuffled(using: &order).enumerated().map { place, target in
      WriteSustained(
        load: load, target: target, position: place + 1, dataset: dataset, quiet: quiet)
    }
  }

  /// Creates empty tables with merges stopped, and drops them afterwards.
  private func inFreshDatabase(
    keep: Bool, _ work: (Workspace) async throws -> Void
  ) async throws {
    let workspace = try await RunWorkspace.create(
      for: database.name, on: client, named: database, resumed: true, keep: keep)
    do {
      try await workspace.createTable()
      try await workspace.migrateUp()
      try await workspace.createPlainTable()
      try await workspace.merges.stop()
      try await workspace.merges.lookSteadily()
      try await work(workspace)
    } catch {
      try? await workspace.end()
      throw error
    }
    try await workspace.end()
  }
}

/// Consecutive rows for rounds; starts again at the dataset's start if too few are left.
private struct RowSupply {
  private let dataset: Dataset
  private let rowsPerRound: Int
  private var arrivals: Arrivals

  init(_ dataset: Dataset, rowsPerRound: Int) {
    self.dataset = dataset
    self.rowsPerRound = rowsPerRound
    arrivals = Arrivals(dataset)
  }

  mutating func next() -> ArraySlice<RowID> {
    var rows: [RowID] = []
    arrivals.next(into: &rows, limit: rowsPerRound)
    if rows.count < rowsPerRound {
      arrivals = Arrivals(dataset)
      arrivals.next(into: &rows, limit: rowsPerRound)
    }
    return rows[...]
  }
}
