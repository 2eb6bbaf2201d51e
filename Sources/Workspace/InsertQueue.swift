// Divides the rows of a dataset into inserts.

import Failures
import ObservationGenerator
import Synchronization
import Units

/// Hands out rows, one insert at a time.
package final class InsertQueue: Sendable {
  private struct State {
    var division: any Division
    var insert = 0
  }

  private let state: Mutex<State>
  private let driver: DriverShard?

  /// All rows in the order of arrival, with `rowsPerInsert` rows each.
  ///
  /// - Parameter driver: share of the inserts; nil for all. Inserts are numbered over all shares,
  ///   which together equal the inserts of a single driver.
  package convenience init(_ dataset: Dataset, rowsPerInsert: Int, driver: DriverShard? = nil) {
    self.init(ByRows(arrivals: Arrivals(dataset), limit: rowsPerInsert), driver: driver)
  }

  /// All rows in the order of arrival, with exactly `insertsPerMonth` inserts per month of
  /// `start_time`, none of which spans two months.
  ///
  /// - Throws: ``UserError`` for a month with fewer rows than inserts.
  package convenience init(_ dataset: Dataset, insertsPerMonth: Int) throws {
    self.init(try ByMonth(dataset, insertsPerMonth: insertsPerMonth))
  }

  /// Only the expected rows of a project's whole export.
  package convenience init(survivorsOf project: String, in dataset: Dataset, rowsPerInsert: Int) {
    self.init(
      OnlyCurrentRows(rows: dataset.survivingRows(project: project), limit: rowsPerInsert))
  }

  private init(_ division: some Division, driver: DriverShard? = nil) {
    state = Mutex(State(division: division))
    self.driver = driver
  }

  /// Numbered from 1; nil at the end.
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

private protocol Division: Sendable {
  /// Empty at the end.
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
  /// Remaining rows of a month, and the size of its inserts.
  private struct Month {
    var waiting: [RowID] = []
    var rowsLeft = 0
    var insertsLeft: Int
    /// Larger inserts first; sizes differ by at most one row.
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
      throw UserError.input(
        "the month \(number) has \(month.rowsLeft) rows, fewer than the \(insertsPerMonth) "
          + "requested parts; reduce the parts in merge_states")
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
