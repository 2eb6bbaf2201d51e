// Which rows the batches of a phase have, and what became of them.

import ObservationGenerator
import RunStore
import Synchronization
import Units

/// The rows that the batches of a phase take, in the order of arrival, and what became of them.
///
/// Of several drivers each takes every so-manieth batch, and which rows a batch has follows from
/// its number alone: so what became of all batches can be told in numbers.
final class BatchAccounting: Sendable {
  /// Rows that go together.
  struct Batch: Sendable {
    /// From 1, over all drivers.
    package var number = 0
    package var rows: [RowID] = []
  }

  /// What became of batches, by their numbers; those that could not be sent are in neither.
  struct Outcomes: Codable, Equatable, Sendable {
    package var acknowledged: [Int] = []
    /// Refused, or of which nobody knows.
    var uncertain: [Int] = []
  }

  /// What became of rows.
  package struct Account: Sendable {
    /// Rows that the server said it has, what was loaded beforehand among them.
    package var acknowledged: [RowID]
    /// Rows of batches that were refused, or of which nobody knows.
    var uncertain: [RowID]
    package var acknowledgedBatches: Int
    package var uncertainBatches: Int
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

  /// - Parameters:
  ///   - dataset: the rows.
  ///   - driver: which of several drivers takes them; nil of one alone.
  init(_ dataset: Dataset, driver: DriverShard? = nil) {
    (self.dataset, self.driver) = (dataset, driver)
    state = Mutex(State(Arrivals(dataset)))
  }

  /// The next rows of those that are in the table before any batch; fewer or none at the end of the
  /// data.
  func preload(_ count: Int) -> [RowID] {
    state.withLock { state in
      let rows = state.next(count)
      state.preloaded += rows
      return rows
    }
  }

  /// The next batch of this driver; fewer rows or none at the end of the data.
  package func take(_ count: Int) -> Batch {
    state.withLock { state in
      while true {
        let rows = state.next(count)
        state.batches += 1
        guard driver?.holds(state.batches) != false || rows.isEmpty else { continue }
        return Batch(number: state.batches, rows: rows)
      }
    }
  }

  /// Says what became of a batch. One that could not be sent is nowhere.
  package func settle(_ batch: Batch, _ outcome: RequestOutcome) {
    state.withLock { state in
      switch outcome {
      case .acknowledged: state.outcomes.acknowledged.append(batch.number)
      case .refused, .unknown: state.outcomes.uncertain.append(batch.number)
      case .unsent, .abandoned: return
      }
      state.rows[batch.number] = batch.rows
    }
  }

  /// What became of this driver's batches.
  package var outcomes: Outcomes { state.withLock(\.outcomes) }

  /// What became of all rows.
  ///
  /// - Parameters:
  ///   - others: what became of the batches of the other drivers.
  ///   - rowsPerBatch: how many rows each of these has.
  /// - Returns: the rows of acknowledged and of uncertain batches.
  package func account(with others: [Outcomes] = [], rowsPerBatch: Int = 0) -> Account {
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
