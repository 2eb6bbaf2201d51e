// The order in which rows come in: a sequence that is handed out in runs, an insert at a time.
//
// It names rows and makes none of their bytes. Taken under a lock by any number of workers, the
// runs are the same; memory is bounded by what arrives within the largest lag.

/// One way to walk through all rows.
protocol ArrivalOrder: Sendable {
  /// Appends the next rows until the batch holds `limit` or none are left.
  mutating func next(into batch: inout [RowID], _ limit: Int)
}

/// All rows of a dataset, each once, in the order of arrival.
public struct Arrivals: Sendable {
  private var order: any ArrivalOrder

  /// Starts at the first arrival.
  public init(_ dataset: Dataset) {
    let rows = Rows(dataset)
    switch dataset.order {
    case .time: order = Calendar(rows, dataset)
    case .observation: order = Adjacent(rows: rows)
    case .shuffled: order = Shuffled(rows: rows, seed: dataset.seed)
    }
  }

  /// Replaces `batch` by the next rows, at most `limit` of them. None are left when it comes back
  /// empty.
  public mutating func next(into batch: inout [RowID], limit: Int) {
    precondition(limit > 0, "a batch has at least one row")
    batch.removeAll(keepingCapacity: true)
    order.next(into: &batch, limit)
  }
}

private struct Adjacent: ArrivalOrder {
  let rows: Rows
  private var observation = 0
  private var version = 1

  init(rows: Rows) { self.rows = rows }

  mutating func next(into batch: inout [RowID], _ limit: Int) {
    while observation < rows.count {
      let versions = rows.versions(rows.key(of: observation))
      while version <= versions {
        if batch.count == limit { return }
        batch.append(RowID(observation: observation, version: version))
        version += 1
      }
      observation += 1
      version = 1
    }
  }
}

// Every observation has as many places as the dataset has versions at most; a place whose version
// does not exist is passed over.
private struct Shuffled: ArrivalOrder {
  let rows: Rows
  private let places: Permutation
  private var position = 0

  init(rows: Rows, seed: UInt64) {
    self.rows = rows
    places = Permutation(count: rows.count * rows.versionsMax, seed: seed)
  }

  mutating func next(into batch: inout [RowID], _ limit: Int) {
    let end = rows.count * rows.versionsMax
    while position < end && batch.count < limit {
      let place = places[position]
      position += 1
      let observation = place / rows.versionsMax
      let version = place % rows.versionsMax + 1
      if version <= rows.versions(rows.key(of: observation)) {
        batch.append(RowID(observation: observation, version: version))
      }
    }
  }
}
