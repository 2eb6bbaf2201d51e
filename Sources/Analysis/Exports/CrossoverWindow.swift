// The window at which one path overtakes another, with an interval: where the ratio of the two
// passes 1 as windows grow.
//
// Between neighbouring windows the logarithm of the ratio is taken to be straight over the
// logarithm of the window. The estimate is where the line through the medians passes 0. The
// interval inverts the band of the ratio's own 95 % intervals, whose ends are joined in the same
// way: it holds every window at which the band holds 1, so that no window outside of it is one at
// which the ratio could be 1. (Fieller's idea, with a band that assumes no distribution.)
//
// Of a band that holds the true ratio at each window with 95 % the inverse holds the true crossover
// with as much, as far as the ratio is straight between the windows: measure them densely.

import CSVRecords
import Statistics

/// Where the ratio of two paths stands to 1 over all windows of a state of merges.
package struct CrossoverWindow: Equatable, Recorded {
  /// What the ratio does as windows grow.
  package enum Passage: String, CSVField {
    /// It passes 1 downwards: the path needs less than the baseline from there on.
    case falls
    /// It passes 1 upwards: the path needs more from there on.
    case rises
    /// It passes nothing, and is surely below 1 at some windows and surely above it at none.
    case noneBelow = "none_below"
    /// The same, above 1.
    case noneAbove = "none_above"
    /// It cannot be told from 1 at either end of what was measured.
    case undecided
  }

  package var mergeState = ""
  /// The figure's name: `memory_peak_bytes`.
  package var figure = ""
  /// The path above the line.
  package var subject = ""
  /// The path below the line.
  package var baseline = ""
  /// What the ratio does.
  package var passage = Passage.undecided
  /// The window at which it does so, in milliseconds; nil where it passes nothing.
  package var windowMs: Double?
  /// The shortest window at which the ratio may be 1; nil where none is, or where that lies before
  /// the first window that was measured.
  package var lowMs: Double?
  /// The longest such window; nil where none is, or where that lies beyond the last one.
  package var highMs: Double?
  /// The shortest window that was measured.
  package var firstMs = 0
  /// The longest one.
  package var lastMs = 0
  /// How many windows were measured.
  package var windows = 0
  /// The fewest pairs of any of them.
  package var pairs = 0
  /// At how many of them the ratio is surely below 1.
  package var windowsBelow = 0
  /// At how many it is surely above.
  package var windowsAbove = 0

  package init() {}

  /// The columns of crossovers.csv, behind those that name the member of the sweep.
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

  /// Every passage in a run, state by state; one row that says that there is none where there is
  /// none. A path of which fewer than two windows have an interval has no row.
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
    // Where all that is sure lies on one side, that side is the answer.
    row.passage = band.sureSide.map { $0 < 0 ? .noneBelow : .noneAbove } ?? .undecided
    return [row]
  }
}

/// The ratio of two paths over windows, in logarithms, with its interval.
struct RatioBand {
  /// A window that was measured.
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

    /// −1 where the ratio is surely below 1, 1 above, 0 where neither is sure.
    package var side: Int { high < 0 ? -1 : low > 0 ? 1 : 0 }

    package func to(_ next: Point, _ share: Double) -> Point {
      func between(_ from: Double, _ to: Double) -> Double { from + (to - from) * share }
      return Point(
        x: between(x, next.x), low: between(low, next.low), middle: between(middle, next.middle),
        high: between(high, next.high))
    }
  }

  /// The ratio passes 1. Ends are nil where they lie beyond what was measured.
  struct Passage {
    package let falls: Bool
    package let estimate: Double
    package let low, high: Double?
  }

  private let points: [Point]

  /// Points in the order of their windows.
  init(_ points: [Point]) { self.points = points }

  /// The side on which everything lies that is sure; nil where nothing is, or where both have some.
  var sureSide: Int? {
    let sides = Set(points.map(\.side)).subtracting([0])
    return sides.count == 1 ? sides.first : nil
  }

  /// Every stretch of windows at which 1 lies in the band and behind which the ratio stands on the
  /// other side. At an end that was not measured beyond, the median there decides on the side; the
  /// other end must be sure.
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
      // Of a band that touches 1 in one point there is nothing between.
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
