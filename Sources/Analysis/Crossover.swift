// Pairs of neighbouring windows between which one path overtakes another.

import CSVRecords
import RunStore

package struct Crossover: Equatable, Sendable {
  package let mergeState: String
  /// Title, such as `peak memory`.
  package let figure: String
  /// Numerator.
  package let subject: String
  /// Denominator.
  package let baseline: String
  /// The last window before the crossover with a difference.
  package let before: String
  /// The next window with the opposite difference.
  package let after: String
  package let subjectWins: Bool

  /// For example `mv-final needs less peak memory than limit-by at 7d, and more at 1d`.
  package var sentence: String {
    let (now, then) = subjectWins ? ("less", "more") : ("more", "less")
    return
      "\(subject) needs \(now) \(figure) than \(baseline) at \(after), and \(then) at \(before)"
  }

  /// All crossovers of a run. Windows without a significant `Difference` are skipped, so both ends
  /// are certain.
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
