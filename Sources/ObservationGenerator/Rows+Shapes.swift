// Effects of shapes on versions: arrival, times, `start_time`, tombstones.
//
// Versions are numbered in logical order, so the last one is current; only arrival, times and
// `start_time` may deviate from that order. The observation's number determines the last version's
// `start_time`; earlier versions may have another one.

/// In milliseconds since 1970.
struct Times {
  /// Columns `created_at`, `event_ts` and `updated_at`.
  var created: Int64
  var event: Int64
  var updated: Int64
  /// Arrival of the last version.
  var last: Int64
}

extension Rows {
  /// The version that arrives at a position; both from 1.
  @inline(__always)
  package func version(arriving place: Int, _ shape: Shape, of versions: Int) -> Int {
    switch shape {
    case .outOfOrder, .tiedOutOfOrder:
      place < versions &- 1 ? place : versions &+ versions &- 1 &- place
    default: place
    }
  }

  @inline(__always)
  func isDeleted(_ version: Int, _ shape: Shape, of versions: Int) -> Bool {
    switch shape {
    case .deleted: version == versions
    case .undeleted: version == versions &- 1
    default: false
    }
  }

  /// The times of a version of an observation that starts at `start`.
  @inline(__always)
  func times(
    _ version: Int, _ key: UInt64, _ shape: Shape, of versions: Int, from start: Int64
  ) -> Times {
    var times = Times(created: start, event: start, updated: start, last: start)
    // The arrivals before the last, and before that one.
    var before = start
    var earlier = start
    for place in 1...versions {
      earlier = before
      before = times.last
      times.last &+= lag(key, shape, place: place)
      if place == 1 { times.created = times.last }
      if place == version { times.event = times.last }
    }
    times.updated = times.event
    if version >= versions &- 1 {
      bend(&times, isLast: version == versions, shape, earlier: earlier, before: before)
    }
    return times
  }

  // Of the last two versions. No time is later than the arrival of its row.
  @inline(__always)
  private func bend(
    _ times: inout Times, isLast: Bool, _ shape: Shape, earlier: Int64, before: Int64
  ) {
    // Between the two arrivals before the last one, and before the later of them.
    let between = earlier &+ (before &- earlier) / 2
    switch shape {
    case .tiedUpdatedAt: if isLast { times.updated = before }
    case .tied: if isLast { (times.event, times.updated) = (before, before) }
    case .disagreeing: if isLast { times.updated = between }
    case .outOfOrder, .tiedOutOfOrder:
      times.event = isLast ? before : between
      times.updated = shape == .tiedOutOfOrder ? before : times.event
      times.created = min(times.created, between)
    default: break
    }
  }

  /// The `start_time` of all versions except the last: the last one's, mirrored at an edge of a day
  /// or month. As many move forward as backward, and the move is shorter closer to the edge.
  @inline(__always)
  func earlierStart(_ start: Int64, _ shape: Shape) -> Int64 {
    switch shape {
    case .movedWithinDay, .movedDay, .movedMonth: moved(start, shape)
    default: start
    }
  }

  private func moved(_ start: Int64, _ shape: Shape) -> Int64 {
    let day = start - start % dayMs
    let month = Month(of: start)
    switch shape {
    case .movedWithinDay: return day + (day + dayMs - 1 - start)
    case .movedMonth: return mirrored(start, at: edge(near: start, month.start, month.next.start))
    default:
      // A day's edge that is also a month's edge belongs to another shape.
      if day == month.start { return mirrored(start, at: day + dayMs) }
      if day + dayMs == month.next.start { return mirrored(start, at: day) }
      return mirrored(start, at: edge(near: start, day, day + dayMs))
    }
  }

  // The nearer of two edges, unless only one has data on both sides.
  private func edge(near time: Int64, _ low: Int64, _ high: Int64) -> Int64 {
    let (isLowInside, isHighInside) = (start < low, high < end)
    if isLowInside != isHighInside { return isLowInside ? low : high }
    return time - low < high - time ? low : high
  }

  // Stays inside of the span: with less space behind the edge, it mirrors at a smaller distance.
  private func mirrored(_ time: Int64, at edge: Int64) -> Int64 {
    guard start < edge, edge < end else { return 2 * edge - 1 - time }
    return time < edge
      ? edge + (edge - 1 - time) % (end - edge) : edge - 1 - (time - edge) % (edge - start)
  }
}

extension Shape {
  /// The largest move of a `start_time`, in milliseconds.
  var moveMax: Int64 {
    switch self {
    case .movedWithinDay: dayMs
    case .movedDay: 2 * dayMs
    case .movedMonth: 62 * dayMs
    default: 0
    }
  }
}
