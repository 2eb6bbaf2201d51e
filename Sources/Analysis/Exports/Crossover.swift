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

/// A passage of the ratio of two paths through 1 in a state of merges, or that there is none.
package struct Crossover: Equatable, Recorded {
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
  package let baseline: String
  /// The longest window before the crossing in which the paths differ.
  package let before: String
  /// The next window in which they differ the other way.
  package let after: String
  /// Whether the subject needs less than the baseline from `after` on.
  package let subjectWins: Bool

  /// `mv-final needs less peak memory than limit-by at 7d, and more at 1d`.
  package var sentence: String {
    let (now, then) = subjectWins ? ("less", "more") : ("more", "less")
    return
      "\(subject) needs \(now) \(figure) than \(baseline) at \(after), and \(then) at \(before)"
  }

  /// Every crossing in a run, window by window. A window without a sure `Difference` is on neither
  /// side, so a crossing is only named when both of its ends are sure.
  package static func all(
    in summary: Summary, figure: String, subject: String, baseline: String
  ) -> [Crossover] {
    summary.mergeStates.flatMap { state in
      var crossings: [Crossover] = []
      var last: (window: String, less: Bool)?
      for window in summary.windows(state) {
        guard
          let row = summary.export(
            figure.name, mergeState: state, window: window, subject: subject + "/" + baseline),
          [.less, .more].contains(row.difference)
        else { continue }
        let less = row.difference == .less
        if let last, last.less != less {
          crossings.append(
            Crossover(
              mergeState: state, figure: figure.title, subject: subject, baseline: baseline,
              before: last.window, after: window, subjectWins: less))
        }
        last = (window, less)
      }
      return crossings
    }
    guard found.isEmpty else { return found }
    var row = self
    // Where all that is sure lies on one side, that side is the answer.
    row.passage = band.sureSide.map { $0 < 0 ? .noneBelow : .noneAbove } ?? .undecided
    return [row]
  }

  private func decisiveWindows(_ rows: [SummaryRow]) -> DecisiveWindows? {
    guard let windowMs else { return nil }
    let sure = rows.filter { [.less, .more].contains($0.difference) }
    guard let before = sure.last(where: { Double($0.windowMs ?? 0) < windowMs }),
      let after = sure.first(where: { Double($0.windowMs ?? 0) > windowMs }),
      let first = before.window, let last = after.window,
      before.difference == (passage == .falls ? .more : .less),
      after.difference == (passage == .falls ? .less : .more)
    else { return nil }
    return DecisiveWindows(before: first, after: last)
  }
}
