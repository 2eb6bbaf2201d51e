// How a dataset's rows are divided into inserts. Names rows, and makes and sends none.

import Failures
import ObservationGenerator
import Synchronization
import Units

/// The next rows to insert, handed out one insert at a time.
package final class InsertQueue: Sendable {
  private struct State {
    var division: any Division
    var insert = 0
  }

  private let state: Mutex<State>
  private let driver: DriverShard?

  /// Every row in the order of arrival, so many in an insert.
  ///
  /// - Parameters:
  ///   - dataset: the rows.
  ///   - rowsPerInsert: how many.
  ///   - driver: the share of the inserts that is handed out; nil for all. Numbers are those of the
  ///     whole, so that shares together are the inserts of one driver.
  package convenience init(_ dataset: Dataset, rowsPerInsert: Int, driver: DriverShard? = nil) {
    self.init(ByRows(arrivals: Arrivals(dataset), limit: rowsPerInsert), driver: driver)
  }

  /// Every row in the order of arrival, exactly so many inserts in each month of `start_time`, and
  /// none that touches two months.
  ///
  /// - Throws: ``UserError`` for a month with fewer rows than inserts.
  package convenience init(_ dataset: Dataset, insertsPerMonth: Int) throws {
    self.init(try ByMonth(dataset, insertsPerMonth: insertsPerMonth))
  }

  /// Only the rows that a project's whole export returns.
  package convenience init(survivorsOf project: String, in dataset: Dataset, rowsPerInsert: Int) {
    self.init(
      OnlyCurrentRows(rows: dataset.survivingRows(project: project), limit: rowsPerInsert))
  }

  private init(_ division: some Division, driver: DriverShard? = nil) {
    state = Mutex(State(division: division))
    self.driver = driver
  }

  /// The rows of the next insert and its number from 1, or nil when all are handed out.
  package func next() -> (number: Int, rows: [RowID])? {
    state.withLock { state in
      while true {
        let rows = state.division.next()
        guard !rows.isEmpty else { return nil }
        state.insert += 1
        if driver?.holds(state.insert) != false { return (state.insert, rows) }
      }
    }
  }
}

/// One way to divide rows into inserts.
private protocol Division: Sendable {
  /// The rows of the next insert; none at the end.
  mutating func next() -> [RowID]
}

private struct ByRows: Division {
  var arrivals: Arrivals
  let limit: Int

  mutating func next() -> [RowID] {
    var rows: [RowID] = []
    arrivals.next(into: &rows, limit: limit)
    return rows
  }
}

private struct ByMonth: Division {
  /// The rows of a month that have come and are not handed out, and how large its inserts are.
  private struct Month {
    var waiting: [RowID] = []
    var rowsLeft = 0
    var insertsLeft: Int
    /// The largest inserts come first: they differ by one row at most.
    var quota: Int { (rowsLeft + insertsLeft - 1) / max(1, insertsLeft) }
  }

  private let startTimes: StartTimes
  private var arrivals: Arrivals
  private var months: [Int: Month] = [:]
  private var page: [RowID] = []

  init(_ dataset: Dataset, insertsPerMonth: Int) throws {
    startTimes = StartTimes(dataset)
    arrivals = Arrivals(dataset)
    var walk = Arrivals(dataset)
    var rows: [RowID] = []
    walk.next(into: &rows, limit: 65_536)
    while !rows.isEmpty {
      for row in rows {
        months[startTimes.month(of: row), default: Month(insertsLeft: insertsPerMonth)].rowsLeft +=
          1
      }
      walk.next(into: &rows, limit: 65_536)
    }
    for (number, month) in months where month.rowsLeft < insertsPerMonth {
      throw UserError(
        .input,
        "the month \(number) has \(month.rowsLeft) rows, which cannot make \(insertsPerMonth) "
          + "parts; ask for fewer parts in merge_states")
    }
  }

  mutating func next() -> [RowID] {
    while true {
      while let row = page.popLast() {
        let number = startTimes.month(of: row)
        guard var month = months.removeValue(forKey: number) else { continue }
        month.waiting.append(row)
        guard month.waiting.count == month.quota else {
          months[number] = month
          continue
        }
        let rows = month.waiting
        month.rowsLeft -= rows.count
        month.insertsLeft -= 1
        month.waiting = []
        months[number] = month
        return rows
      }
      arrivals.next(into: &page, limit: 8_192)
      if page.isEmpty { return [] }
      page.reverse()
    }
  }
}

private struct OnlyCurrentRows: Division {
  var rows: CurrentRows
  let limit: Int

  mutating func next() -> [RowID] {
    var taken: [RowID] = []
    while taken.count < limit, let row = rows.next() { taken.append(row) }
    return taken
  }
}
