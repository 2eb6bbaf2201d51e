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
package struct Arrivals: Sendable {
  private var order: any ArrivalOrder

  /// Starts at the first arrival.
  package init(_ dataset: Dataset) {
    let rows = Rows(dataset)
    switch dataset.order {
    case .time: order = ArrivalQueue(rows, dataset)
    case .observation: order = Adjacent(rows: rows)
    case .shuffled: order = Shuffled(rows: rows, seed: dataset.seed)
    }
  }

  /// Replaces `batch` by the next rows, at most `limit` of them. None are left when it comes back
  /// empty.
  package mutating func next(into batch: inout [RowID], limit: Int) {
    precondition(limit > 0, "a batch has at least one row")
    batch.removeAll(keepingCapacity: true)
    order.next(into: &batch, limit)
  }
}

private struct Adjacent: ArrivalOrder {
  let rows: Rows
  private var observation = 0
  private var place = 1

  init(rows: Rows) { self.rows = rows }

  mutating func next(into batch: inout [RowID], _ limit: Int) {
    while observation < rows.count {
      let key = rows.key(of: observation)
      let shape = rows.shape(key)
      let versions = rows.versions(key, shape)
      while place <= versions {
        if batch.count == limit { return }
        let version = rows.version(arriving: place, shape, of: versions)
        batch.append(RowID(observation: observation, version: version))
        place += 1
      }
      observation += 1
      place = 1
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
      let key = rows.key(of: observation)
      let shape = rows.shape(key)
      let versions = rows.versions(key, shape)
      if version > versions { continue }
      let isSwapped = shape == .tied && version >= versions - 1 && isSwapped(observation, versions)
      batch.append(
        RowID(
          observation: observation,
          version: isSwapped ? versions + versions - 1 - version : version))
    }
  }

  // Of versions that are equal in time the last to arrive is the last by definition.
  private func isSwapped(_ observation: Int, _ versions: Int) -> Bool {
    let last = observation * rows.versionsMax + versions - 1
    return places.position(of: last) < places.position(of: last - 1)
  }
}
