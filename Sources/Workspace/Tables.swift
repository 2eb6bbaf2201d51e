// The tables of a run, and the steps that reach each merge state.

import BenchmarkSpec
import Failures
import ObservationGenerator

package struct Tables {
  package let workspace: Workspace
  package let dataset: Dataset
  package let rowsPerInsert: Int
  /// Current state; nil while the tables are empty or incomplete.
  private(set) var state: MergeState?

  package init(_ workspace: Workspace, _ dataset: Dataset, rowsPerInsert: Int) {
    self.workspace = workspace
    self.dataset = dataset
    self.rowsPerInsert = rowsPerInsert
  }

  /// Creates empty tables with merges stopped.
  package mutating func make() async throws {
    state = nil
    try await workspace.drop.tables()
    try await workspace.createTable()
    try await workspace.migrateUp()
    try await workspace.createObjects()
    try await workspace.merges.stop()
  }

  /// Records that everything was loaded, with one part per insert.
  package mutating func isFresh() { state = .fresh }

  /// Whether a state requires loading again.
  func needsLoad(for wanted: MergeState) -> Bool {
    switch (wanted, state) {
    case (_, nil), (.parts, _): true
    case (.fresh, let now?), (.live, let now?): now != .fresh && now != wanted
    case (.merged, _), (.found, _): false
    }
  }

  /// Brings the tables into a merge state.
  ///
  /// - Parameter tell: called with a description of each step.
  /// - Throws: the error of the first failed insert or of the server; ``UserError`` for a month
  ///   with fewer rows than requested parts.
  package mutating func reach(_ wanted: MergeState, tell: (String) -> Void) async throws {
    if needsLoad(for: wanted) {
      tell("loading for \(wanted)")
      let repeats = try await load(wanted).repeats
      if repeats > 0 { tell("\(repeats) inserts were retried with their tokens") }
    }
    switch wanted {
    case .fresh, .parts, .found: break
    case .live: try await workspace.merges.start()
    case .merged:
      tell("merging")
      do { try await workspace.merges.mergeAll() } catch let error as UserError {
        // A lost host may have had parts that no other host had.
        guard try await !workspace.lostHosts().isEmpty else { throw error }
        _ = try await load(.fresh)
        try await workspace.merges.mergeAll()
      }
    }
    state = wanted
  }

  private mutating func load(_ wanted: MergeState) async throws -> Loader.Amount {
    var amount = Loader.Amount()
    try await workspace.loadWhole {
      amount = try await loadOnce(wanted)
      return amount
    }
    return amount
  }

  private mutating func loadOnce(_ wanted: MergeState) async throws -> Loader.Amount {
    try await make()
    let queue =
      if case .parts(let count) = wanted {
        try InsertQueue(dataset, insertsPerMonth: count)
      } else {
        InsertQueue(dataset, rowsPerInsert: rowsPerInsert)
      }
    // One connection: parts are in the order of arrival, as in the first load.
    return try await Loader(workspace, dataset).load(queue, workers: 1)
  }
}
