// What a shape does to each version: when it arrives, what its times say, where it starts, whether
// it is a tombstone.
//
// Versions are numbered in the order of the truth, so that the last is the one that counts. Only
// their arrival, their times and their `start_time` tell them out of that order. What the last
// version says of `start_time` is what the observation's number says; the versions before were
// wrong.

/// The times of one version, in milliseconds since 1970.
struct Times {
  /// Columns `created_at`, `event_ts` and `updated_at`.
  var created: Int64
  package var event: Int64
  var updated: Int64
  /// When the last version arrived.
  package var last: Int64
}

extension Rows {
  /// The number of the version that arrives at that place, both from 1.
  @inline(__always)
  package func version(arriving place: Int, _ shape: Shape, of versions: Int) -> Int {
    switch shape {
    case .outOfOrder, .tiedOutOfOrder:
      place < versions &- 1 ? place : versions &+ versions &- 1 &- place
    default: place
    }
  }

  /// Whether the version is a tombstone.
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

  /// The `start_time` of all versions but the last, of an observation whose last starts at `start`:
  /// mirrored at an edge, so that as many move one way as the other, and that the nearer an edge is
  /// the shorter the move.
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
      // The edge of a day that is the edge of a month as well is another shape's.
      if day == month.start { return mirrored(start, at: day + dayMs) }
      if day + dayMs == month.next.start { return mirrored(start, at: day) }
      return mirrored(start, at: edge(near: start, day, day + dayMs))
    }
  }

  // The nearer of two edges, unless only one of them has data on both sides.
  private func edge(near time: Int64, _ low: Int64, _ high: Int64) -> Int64 {
    let (isLowInside, isHighInside) = (start < low, high < end)
    if isLowInside != isHighInside { return isLowInside ? low : high }
    return time - low < high - time ? low : high
  }

  // Inside of the span wherever the edge is: where there is less room behind it, further round.
  private func mirrored(_ time: Int64, at edge: Int64) -> Int64 {
    guard start < edge, edge < end else { return 2 * edge - 1 - time }
    return time < edge
      ? edge + (edge - 1 - time) % (end - edge) : edge - 1 - (time - edge) % (edge - start)
  }
}

extension Shape {
  /// The most milliseconds by which it moves a `start_time`.
  var moveMax: Int64 {
    switch self {
    case .movedWithinDay: dayMs
    case .movedDay: 2 * dayMs
    case .movedMonth: 62 * dayMs
    default: 0
    }
  }
}
