// Crossover window with an interval: the window at which the ratio of two paths crosses 1.
//
// The logarithm of the ratio is interpolated linearly over the logarithm of the window. The
// estimate is the zero of the line through the medians. The interval inverts the band of the 95 %
// intervals of the ratio, interpolated in the same way: it contains all windows at which the band
// contains 1 (Fieller's method with a distribution-free band).
//
// If the band contains the true ratio at each window with 95 %, the interval contains the true
// crossover with 95 %, as far as the ratio is linear between windows: measure them densely.

import CSVRecords
import Statistics

package struct CrossoverWindow: Equatable, Recorded {
  package enum Passage: String, CSVField {
    /// Crosses 1 downwards: beyond it the path needs less than the baseline.
    case falls
    /// Crosses 1 upwards: beyond it the path needs more.
    case rises
    /// No crossing; certainly below 1 at some windows and certainly above at none.
    case noneBelow = "none_below"
    /// The same, above 1.
    case noneAbove = "none_above"
    /// Not distinguishable from 1 at either end of the measured windows.
    case undecided
  }

  package var mergeState = ""
  /// For example `memory_peak_bytes`.
  package var figure = ""
  /// Numerator.
  package var subject = ""
  /// Denominator.
  package var baseline = ""
  package var passage = Passage.undecided
  /// Estimated window in milliseconds; nil without a crossing.
  package var windowMs: Double?
  /// Shortest window at which the ratio may be 1; nil if there is none or it is below the first
  /// measured window.
  package var lowMs: Double?
  /// Longest such window; nil if there is none or it is beyond the last measured window.
  package var highMs: Double?
  package var firstMs = 0
  package var lastMs = 0
  package var windows = 0
  /// Minimum over the windows.
  package var pairs = 0
  /// Windows with a ratio certainly below 1.
  package var windowsBelow = 0
  /// Windows with a ratio certainly above 1.
  package var windowsAbove = 0

  package init() {}

  /// Columns of crossovers.csv after those of the sweep's member.
  package static let columns: [CSVColumn<CrossoverWindow>] = [
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("figure", \.figure),
    CSVColumn("subject", \.subject),
    CSVColumn("baseline", \.baseline),
    CSVColumn("passage", \.passage),
    CSVColumn("window_ms", \.windowMs),
    CSVColumn("low_ms", \.lowMs),
    CSVColumn("high_ms", \.highMs),
    CSVColumn("first_window_ms", \.firstMs),
    CSVColumn("last_window_ms", \.lastMs),
    CSVColumn("windows", \.windows),
    CSVColumn("pairs", \.pairs),
    CSVColumn("windows_below", \.windowsBelow),
    CSVColumn("windows_above", \.windowsAbove),
  ]

  /// All crossings of a run; one row with `none…` or `undecided` for a path without a crossing.
  /// Paths with fewer than two intervals have no row.
  package static func all(
    in summary: Summary, figure: String, subject: String, baseline: String
  ) -> [CrossoverWindow] {
    summary.mergeStates.flatMap { state in
      let rows = summary.windows(state).compactMap {
        summary.export(
          figure, mergeState: state, window: $0, subject: subject + "/" + baseline)
      }
      .filter { RatioBand.Point($0) != nil }
      let points = rows.compactMap(RatioBand.Point.init)
      guard points.count >= 2 else { return [CrossoverWindow]() }
      var row = CrossoverWindow()
      row.mergeState = state
      row.figure = figure
      row.subject = subject
      row.baseline = baseline
      row.firstMs = rows.compactMap(\.windowMs).first ?? 0
      row.lastMs = rows.compactMap(\.windowMs).last ?? 0
      row.windows = points.count
      row.pairs = rows.map(\.n).min() ?? 0
      row.windowsBelow = points.count { $0.side < 0 }
      row.windowsAbove = points.count { $0.side > 0 }
      return row.filled(RatioBand(points))
    }
  }

  private func filled(_ band: RatioBand) -> [CrossoverWindow] {
    let found = band.passages.map { passage in
      var row = self
      row.passage = passage.falls ? .falls : .rises
      row.windowMs = Math.exp(passage.estimate)
      row.lowMs = passage.low.map(Math.exp)
      row.highMs = passage.high.map(Math.exp)
      return row
    }
    guard found.isEmpty else { return found }
    var row = self
    // If all certain windows are on one side, that side is the answer.
    row.passage = band.sureSide.map { $0 < 0 ? .noneBelow : .noneAbove } ?? .undecided
    return [row]
  }
}

/// Logarithms of the ratio of two paths over windows, with intervals.
struct RatioBand {
  struct Point {
    package let x, low, middle, high: Double

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

    /// −1 if certainly below 1, 1 if certainly above, otherwise 0.
    package var side: Int { high < 0 ? -1 : low > 0 ? 1 : 0 }

    package func to(_ next: Point, _ share: Double) -> Point {
      func between(_ from: Double, _ to: Double) -> Double { from + (to - from) * share }
      return Point(
        x: between(x, next.x), low: between(low, next.low), middle: between(middle, next.middle),
        high: between(high, next.high))
    }
  }

  /// A crossing of 1; ends beyond the measured windows are nil.
  struct Passage {
    package let falls: Bool
    package let estimate: Double
    package let low, high: Double?
  }

  private let points: [Point]

  /// - Precondition: points in the order of windows.
  init(_ points: [Point]) { self.points = points }

  /// The common side of all certain points; nil if there are none, or both sides.
  var sureSide: Int? {
    let sides = Set(points.map(\.side)).subtracting([0])
    return sides.count == 1 ? sides.first : nil
  }

  /// Maximal ranges of windows at which the band contains 1, with opposite sides before and after.
  /// At an open end the median determines the side; the other end must be certain.
  package var passages: [Passage] {
    let knots = knots
    var found: [Passage] = []
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
      // A band that touches 1 at a point has no range.
      let middle = roots.isEmpty ? knot.point.x : roots[roots.count / 2]
      found.append(
        Passage(
          falls: sideAfter < 0, estimate: middle, low: before ? knots[first].point.x : nil,
          high: after ? knot.point.x : nil))
    }
    return found
  }

  private struct Knot {
    let point: Point
    let holdsOne: Bool
  }

  /// Windows, zeros of the band's ends, and one position between each two: the answer changes at
  /// most once between neighbouring knots.
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

  /// Zero of a line between two values as a share of the distance; nil if not between them.
  private static func root(_ from: Double, _ to: Double) -> Double? {
    guard from * to < 0 else { return nil }
    return from / (from - to)
  }

  private func sign(_ value: Double) -> Int { value < 0 ? -1 : value > 0 ? 1 : 0 }
}
