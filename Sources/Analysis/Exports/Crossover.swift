// Where one path overtakes the other as windows grow.

import CSVRecords
import RunStore

/// Two windows between which the ratio of two paths passes 1.
package struct Crossover: Equatable, Sendable {
  package let mergeState: String
  /// The title of the figure: `peak memory`.
  package let figure: String
  /// The path above the line.
  package let subject: String
  /// The path below the line.
  package let baseline: String
  /// The longest window before the passage in which the paths differ.
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

  /// Every passage in a run, window by window. A window without a sure `Difference` is on neither
  /// side, so a passage is only named when both of its ends are sure.
  package static func all(
    in summary: Summary, figure: Figure<Sample>, subject: String, baseline: String
  ) -> [Crossover] {
    summary.mergeStates.flatMap { state in
      var passages: [Crossover] = []
      var last: (window: String, less: Bool)?
      for window in summary.windows(state) {
        guard
          let row = summary.export(
            figure.name, mergeState: state, window: window, subject: subject + "/" + baseline),
          [.less, .more].contains(row.difference)
        else { continue }
        let less = row.difference == .less
        if let last, last.less != less {
          passages.append(
            Crossover(
              mergeState: state, figure: figure.title, subject: subject, baseline: baseline,
              before: last.window, after: window, subjectWins: less))
        }
        last = (window, less)
      }
      return passages
    }
  }
}
