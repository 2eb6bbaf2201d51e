// Rows of the batches of a phase, and their outcomes.

import ObservationGenerator
import RunStore
import Synchronization
import Units

/// Assigns rows to batches in the order of arrival and records outcomes.
///
/// Each of several drivers takes every n-th batch. The rows of a batch follow from its number, so
/// outcomes are exchanged as numbers.
final class BatchAccounting: Sendable {
  struct Batch: Sendable {
    /// From 1, over all drivers.
    var number = 0
    var rows: [RowID] = []
  }

  /// Outcomes of batches by number; unsent batches are in neither list.
  struct Outcomes: Codable, Equatable, Sendable {
    var acknowledged: [Int] = []
    /// Refused, or without a response.
    var uncertain: [Int] = []
  }

  /// Outcomes of rows.
  struct Account: Sendable {
    /// Acknowledged rows, including preloaded ones.
    var acknowledged: [RowID]
    /// Rows of batches that were refused or unanswered.
    var uncertain: [RowID]
    var acknowledgedBatches: Int
    var uncertainBatches: Int
  }

  private struct State {
    var arrivals: Arrivals
    var batches = 0
    var preloaded: [RowID] = []
    var rows: [Int: [RowID]] = [:]
    var outcomes = Outcomes()

    init(_ arrivals: Arrivals) { self.arrivals = arrivals }

    mutating func next(_ count: Int) -> [RowID] {
      var rows: [RowID] = []
      arrivals.next(into: &rows, limit: count)
      return rows
    }
  }

  private let dataset: Dataset
  private let driver: DriverShard?
  private let state: Mutex<State>

  /// - Parameter driver: share of this driver; nil for a single one.
  init(_ dataset: Dataset, driver: DriverShard? = nil) {
    (self.dataset, self.driver) = (dataset, driver)
    state = Mutex(State(Arrivals(dataset)))
  }

  /// The next preloaded rows; fewer or none at the end of the data.
  func preload(_ count: Int) -> [RowID] {
    state.withLock { state in
      let rows = state.next(count)
      state.preloaded += rows
      return rows
    }
  }

  /// The next batch of this driver; fewer rows or none at the end of the data.
  func take(_ count: Int) -> Batch {
    state.withLock { state in
      while true {
        let rows = state.next(count)
        state.batches += 1
        guard driver?.holds(state.batches) != false || rows.isEmpty else { continue }
        return Batch(number: state.batches, rows: rows)
      }
    }
  }

  /// Records an outcome; unsent batches are not stored.
  func settle(_ batch: Batch, _ outcome: RequestOutcome) {
    state.withLock { state in
      switch outcome {
      case .acknowledged: state.outcomes.acknowledged.append(batch.number)
      case .refused, .unknown: state.outcomes.uncertain.append(batch.number)
      case .unsent, .abandoned: return
      }
      state.rows[batch.number] = batch.rows
    }
  }

  /// Outcomes of this driver's batches.
  var outcomes: Outcomes { state.withLock(\.outcomes) }

  /// Outcomes of all rows.
  ///
  /// - Parameters:
  ///   - others: outcomes of the other drivers' batches.
  ///   - rowsPerBatch: rows of each of these.
  func account(with others: [Outcomes] = [], rowsPerBatch: Int = 0) -> Account {
    var (outcomes, rows, preloaded) = state.withLock { ($0.outcomes, $0.rows, $0.preloaded) }
    for other in others {
      outcomes.acknowledged += other.acknowledged
      outcomes.uncertain += other.uncertain
    }
    let foreign = Set(others.flatMap { $0.acknowledged + $0.uncertain })
    if let last = foreign.max() {
      var again = State(Arrivals(dataset))
      _ = again.next(preloaded.count)
      for number in 1...last {
        let batch = again.next(rowsPerBatch)
        if foreign.contains(number) { rows[number] = batch }
      }
    }
    preloaded += outcomes.acknowledged.flatMap { rows[$0] ?? [] }
    return Account(
      acknowledged: preloaded, uncertain: outcomes.uncertain.flatMap { rows[$0] ?? [] },
      acknowledgedBatches: outcomes.acknowledged.count,
      uncertainBatches: outcomes.uncertain.count)
  }
}
