// The ratio of two paths over windows with its band of intervals, and where it passes 1.

import Statistics

/// The ratio of two paths over windows, in logarithms, with its interval.
struct RatioBand {
  /// A window that was measured.
  struct Point {
    let x, low, middle, high: Double

    init(x: Double, low: Double, middle: Double, high: Double) {
      (self.x, self.low, self.middle, self.high) = (x, low, middle, high)
    }

    init?(_ row: SummaryRow) {
      guard let window = row.windowMs, window > 0, let median = row.median, median > 0,
        let interval = row.interval, interval.low > 0
      else { return nil }
      self.init(
        x: Math.log(Double(window)), low: Math.log(interval.low), middle: Math.log(median),
        high: Math.log(interval.high))
    }

    /// −1 where the ratio is surely below 1, 1 above, 0 where neither is sure.
    var side: Int { high < 0 ? -1 : low > 0 ? 1 : 0 }

    func to(_ next: Point, _ share: Double) -> Point {
      func between(_ from: Double, _ to: Double) -> Double { from + (to - from) * share }
      return Point(
        x: between(x, next.x), low: between(low, next.low), middle: between(middle, next.middle),
        high: between(high, next.high))
    }
  }

  /// The ratio passes 1. Ends are nil where they lie beyond what was measured.
  struct Crossing {
    let falls: Bool
    let estimate: Double
    let low, high: Double?
  }

  /// In the order of their windows.
  let points: [Point]

  /// The side on which everything lies that is sure; nil where nothing is, or where both have some.
  var sureSide: Int? {
    let sides = Set(points.map(\.side)).subtracting([0])
    return sides.count == 1 ? sides.first : nil
  }

  /// Every stretch of windows at which 1 lies in the band and behind which the ratio stands on the
  /// other side. At an end that was not measured beyond, the median there decides on the side; the
  /// other end must be sure.
  var crossings: [Crossing] {
    let knots = knots
    var found: [Crossing] = []
    var start: Int?
    for (place, knot) in knots.enumerated() {
      if knot.holdsOne, start == nil { start = place }
      let isLast = place == knots.count - 1
      guard let first = start, isLast || !knots[place + 1].holdsOne else { continue }
      start = nil
      let (before, after) = (first > 0, !isLast)
      let sideBefore = before ? knots[first - 1].point.side : sign(knots[first].point.middle)
      let sideAfter = after ? knots[place + 1].point.side : sign(knot.point.middle)
      guard before || after, sideBefore * sideAfter < 0 else { continue }
      let stretch = knots[first...place].map(\.point)
      let passed = zip(stretch, stretch.dropFirst()).compactMap { from, next in
        Self.root(from.middle, next.middle).map { from.to(next, $0).x }
      }
      let roots = (passed + stretch.filter { $0.middle == 0 }.map(\.x)).sorted()
      // Of a band that touches 1 in one point there is nothing between.
      let middle = roots.isEmpty ? knot.point.x : roots[roots.count / 2]
      found.append(
        Crossing(
          falls: sideAfter < 0, estimate: middle, low: before ? knots[first].point.x : nil,
          high: after ? knot.point.x : nil))
    }
    return found
  }

  private struct Knot {
    let point: Point
    let holdsOne: Bool
  }

  /// The windows, the places where an end of the band passes 1, and one place between any two of
  /// these: from one knot to the next the answer cannot change and change back.
  private var knots: [Knot] {
    var places: [(Point, isRoot: Bool)] = []
    for (point, next) in zip(points, points.dropFirst()) {
      places.append((point, false))
      let shares = [(point.low, next.low), (point.high, next.high)].compactMap(Self.root).sorted()
      places += shares.map { (point.to(next, $0), true) }
    }
    if let last = points.last { places.append((last, false)) }
    var knots: [Knot] = []
    for (place, (point, isRoot)) in places.enumerated() {
      if place > 0 {
        let middle = places[place - 1].0.to(point, 0.5)
        knots.append(Knot(point: middle, holdsOne: middle.side == 0))
      }
      knots.append(Knot(point: point, holdsOne: isRoot || point.side == 0))
    }
    return knots
  }

  /// Where a line from one value to another is 0, as a share of the way; nil if it is not between.
  private static func root(_ from: Double, _ to: Double) -> Double? {
    guard from * to < 0 else { return nil }
    return from / (from - to)
  }

  private func sign(_ value: Double) -> Int { value < 0 ? -1 : value > 0 ? 1 : 0 }
}
