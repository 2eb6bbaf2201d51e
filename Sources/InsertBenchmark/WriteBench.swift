// Runs legs of paired inserts in rounds: the cost of the view per insert, and until merges settle.
//
// Each round has a separate database, dropped at its end. So it begins with empty tables,
// and the tables of the exports are never touched. A round is recorded when it ends; a crash loses
// the round in flight.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
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
  private let tableSettings: TableSettings

  /// Identity of a round.
  package struct RoundID: Hashable, Sendable {
    package let leg: String
    /// From 1.
    package let round: Int
  }

  package struct Progress: Sendable {
    package let leg: String
    /// Including those of earlier processes.
    package let done: Int
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
    tableSettings = workspace.tableSettings
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
        found.filter { $0.role == last }.map { RoundID(leg: $0.leg, round: $0.round) })
    }
    return rounds(.plain).intersection(rounds(.withView))
  }

  /// Makes every round that is not done. Legs are interleaved round by round, so that drift affects
  /// all of them alike.
  ///
  /// - Parameters:
  ///   - writes: what is asked.
  ///   - done: rounds to leave out.
  ///   - keep: leave the database of the last round there.
  ///   - tell: is called before each round.
  ///   - record: gets the rows of each round when it has ended, also of one that failed.
  /// - Throws: what ends the run: cancellation, a server that is gone, what `record` threw.
  package func run(
    _ writes: Writes, done: Set<RoundID> = [], keep: Bool = false,
    tell: (Progress) -> Void, record: (Records) throws -> Void
  ) async throws {
    let total = writes.legs.map(\.rounds).reduce(0, +)
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
        guard !isDone(RoundID(leg: leg.name, round: number)) else { continue }
        let order = SplitMix64(seed: seed &+ UInt64(place) << 32 &+ UInt64(number))
        try await inFreshDatabase(keep: keep) { workspace in
          var round = WriteRound(
            leg: leg, number: number, workspace: workspace, dataset: dataset, quiet: quiet,
            order: order)
          try await round.run(rows, record: record)
        }
      }
    }
  }

  /// Creates empty tables with merges stopped, and drops them afterwards.
  private func inFreshDatabase(
    keep: Bool, _ work: (Workspace) async throws -> Void
  ) async throws {
    var workspace = try await RunWorkspace.create(
      for: database.name, on: client, named: database, resumed: true, keep: keep)
    workspace.tableSettings = tableSettings
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
