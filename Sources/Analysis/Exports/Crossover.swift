// Crossovers: the windows at which the ratio of two paths passes 1, with an interval.
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

/// A crossing of the ratio of two paths through 1 in a state of merges, or that there is none.
package struct Crossover: Equatable, Recorded {
  /// What the ratio does as windows grow.
  package enum Crossing: String, CSVField {
    /// It passes 1 downwards: the path needs less than the baseline from there on.
    case falls
    /// It passes 1 upwards: the path needs more from there on.
    case rises
    /// It passes nothing, and is surely below 1 at some windows and surely above it at none.
    case noneBelow = "none_below"
    /// The same, above 1.
    case noneAbove = "none_above"
    /// Not distinguishable from 1 at either end of the measured windows.
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
  package var crossing = Crossing.undecided
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
  /// The windows on both sides of the crossing; nil unless ``SummaryRow/difference`` shows one at
  /// each, of opposite signs. Not a column.
  package var decisive: DecisiveWindows?

  /// The last window before a crossing with a sure difference, and the first one after it.
  package struct DecisiveWindows: Equatable, Sendable {
    package let before, after: String
  }

  /// `mv-final needs less peak memory than limit-by at 7d, and more at 1d`; nil of a crossing
  /// without decisive windows.
  ///
  /// - Parameter title: the figure's: `peak memory`.
  /// - Returns: a sentence without a full stop.
  package func sentence(_ title: String) -> String? {
    guard let decisive else { return nil }
    let (now, then) = crossing == .falls ? ("less", "more") : ("more", "less")
    return "\(subject) needs \(now) \(title) than \(baseline) at \(decisive.after), and \(then) "
      + "at \(decisive.before)"
  }

  /// The figure of the crossovers in a report.
  package static let figure = "memory_peak_bytes"

  package init() {}

  /// The columns of crossovers.csv, behind those that name the member of the sweep.
  package static let columns: [CSVColumn<Crossover>] = [
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("figure", \.figure),
    CSVColumn("subject", \.subject),
    CSVColumn("baseline", \.baseline),
    CSVColumn("crossing", formerly: "passage", \.crossing),
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

  /// Every crossing in a run, state by state; one row that says that there is none where there is
  /// none. A path of which fewer than two windows have an interval has no row.
  package static func all(
    in summary: Summary, figure: String, subject: String, baseline: String
  ) -> [Crossover] {
    summary.mergeStates.flatMap { state in
      let rows = summary.windows(state).compactMap {
        summary.export(
          figure, mergeState: state, window: $0, subject: subject + "/" + baseline)
      }
      .filter { RatioBand.Point($0) != nil }
      let points = rows.compactMap(RatioBand.Point.init)
      guard points.count >= 2 else { return [Crossover]() }
      var row = Crossover()
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
      return row.filled(RatioBand(points: points), rows)
    }
  }

  private func filled(_ band: RatioBand, _ rows: [SummaryRow]) -> [Crossover] {
    var found: [Crossover] = []
    for crossing in band.crossings {
      var row = self
      row.crossing = crossing.falls ? .falls : .rises
      row.windowMs = Math.exp(crossing.estimate)
      row.lowMs = crossing.low.map(Math.exp)
      row.highMs = crossing.high.map(Math.exp)
      // Several crossings between the same two windows are one of which that much is sure.
      let decisive = row.decisiveWindows(rows)
      if !found.contains(where: { $0.decisive == decisive }) { row.decisive = decisive }
      found.append(row)
    }
    guard found.isEmpty else { return found }
    var row = self
    // Where all that is sure lies on one side, that side is the answer.
    row.crossing = band.sureSide.map { $0 < 0 ? .noneBelow : .noneAbove } ?? .undecided
    return [row]
  }

  private func decisiveWindows(_ rows: [SummaryRow]) -> DecisiveWindows? {
    guard let windowMs else { return nil }
    let sure = rows.filter { [.less, .more].contains($0.difference) }
    guard let before = sure.last(where: { Double($0.windowMs ?? 0) < windowMs }),
      let after = sure.first(where: { Double($0.windowMs ?? 0) > windowMs }),
      let first = before.window, let last = after.window,
      before.difference == (crossing == .falls ? .more : .less),
      after.difference == (crossing == .falls ? .less : .more)
    else { return nil }
    return DecisiveWindows(before: first, after: last)
  }
}
