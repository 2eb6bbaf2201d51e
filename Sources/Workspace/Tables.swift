// The tables of a run, and how each state of merges is reached.

import BenchmarkSpec
import Failures
import ObservationGenerator

/// Table and view of one dataset in a workspace, in some state of merges.
package struct Tables {
  package let workspace: Workspace
  package let dataset: Dataset
  package let rowsPerInsert: Int
  /// What has been reached; nil while the tables hold nothing, or not everything.
  private(set) var state: MergeState?

  package init(_ workspace: Workspace, _ dataset: Dataset, rowsPerInsert: Int) {
    self.workspace = workspace
    self.dataset = dataset
    self.rowsPerInsert = rowsPerInsert
  }

  /// Makes table and view, empty and with merges stopped.
  package mutating func make() async throws {
    state = nil
    try await workspace.drop.tables()
    try await workspace.createTable()
    try await workspace.migrateUp()
    try await workspace.createObjects()
    try await workspace.merges.stop()
  }

  /// Says that somebody else has loaded everything, every insert a part.
  package mutating func isFresh() { state = .fresh }

  /// Whether a state can be reached without loading everything again.
  func needsLoad(for wanted: MergeState) -> Bool {
    switch (wanted, state) {
    case (_, nil), (.parts, _): true
    case (.fresh, let now?), (.live, let now?): now != .fresh && now != wanted
    case (.merged, _), (.found, _): false
    }
  }

  /// Brings the tables into a state.
  ///
  /// - Parameters:
  ///   - wanted: the state.
  ///   - tell: hears what is being done, in words.
  /// - Throws: the failure of the first insert that failed, or what a server says; ``UserError``
  ///   where a month has fewer rows than it should have parts.
  package mutating func reach(_ wanted: MergeState, tell: (String) -> Void) async throws {
    if needsLoad(for: wanted) {
      tell("loading for \(wanted)")
      let repeats = try await load(wanted).repeats
      if repeats > 0 { tell("\(repeats) inserts were sent again with their tokens") }
    }
    switch wanted {
    case .fresh, .parts, .found: break
    case .live: try await workspace.merges.start()
    case .merged:
      tell("merging")
      do { try await workspace.merges.mergeAll() } catch let error as UserError {
        // A lost host may have had parts that no other one had.
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
    // One at a time: the parts lie in the order of arrival, as those of the first load.
    return try await Loader(workspace, dataset).load(queue, workers: 1)
  }
}
