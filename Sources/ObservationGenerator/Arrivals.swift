// Arrival order of rows, returned in batches. The batches do not depend on the number of workers;
// memory is bounded by what arrives within the largest lag.

protocol ArrivalOrder: Sendable {
  /// Appends rows until the batch has `limit` or none remain.
  mutating func next(into batch: inout [RowID], _ limit: Int)
}

/// All rows of a dataset, each once, in arrival order.
package struct Arrivals: Sendable {
  private var order: any ArrivalOrder

  package init(_ dataset: Dataset) {
    let rows = Rows(dataset)
    switch dataset.order {
    case .time: order = ArrivalQueue(rows, dataset)
    case .observation: order = Adjacent(rows: rows)
    case .shuffled: order = Shuffled(rows: rows, seed: dataset.seed)
    }
  }

  /// Replaces `batch` by the next rows, at most `limit`; empty at the end.
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

// Every observation has as many positions as the dataset's maximum of versions; a position without
// a version is skipped.
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

  // Of versions with equal time the last to arrive is the current one by definition.
  private func isSwapped(_ observation: Int, _ versions: Int) -> Bool {
    let last = observation * rows.versionsMax + versions - 1
    return places.position(of: last) < places.position(of: last - 1)
  }
}
