// Which windows need more repeats, decided by the width of intervals alone.

import CSVRecords
import BenchmarkSpec
import RunStore
import Statistics

extension Precision {
  /// A window whose interval is still too wide.
  package struct Shortfall: Equatable, Sendable {
    package let mergeState: String
    /// The window as written.
    package let window: String
    /// How many repeats to have before looking again, those that were made among them.
    package let repeats: Int
  }

  /// The windows that need more repeats, each with how many to have before asking again. Empty when
  /// every interval is narrow enough or the budget is spent. A window with a failed attempt is left
  /// alone: more repeats do not mend it. A path whose answer is wrong asks for no repeats, nor does
  /// a path that is compared with it.
  ///
  /// The interval is that of the ratio of each path to the baseline, or of the only path's own
  /// median. Its width at a look is a chance outcome: who looks after every repeat and stops at the
  /// first narrow one has intervals that hold the true median in 92 % instead of 95 (why: Chow and
  /// Robbins, "On the asymptotic theory of fixed-width sequential confidence intervals", 1965; how
  /// often: simulated). So there is no look before `firstLook`; each look says how many repeats
  /// would do, as in two-stage samples (Stein, "A two-sample test for a linear hypothesis", 1945),
  /// and the next look is only then; and the width is taken from the spread of nearly all values as
  /// well. The final interval then holds the true median in 94 to 95 %.
  package func shortfalls(
    in records: Records, paths: [String], baseline: String
  ) throws(RecordError) -> [Shortfall] {
    let figure = try Sample.figure(figure)
    return exportCells(records, order: paths).compactMap { cell in
      let made = cell.subjects.map(\.tried).max() ?? 0
      guard cell.subjects.allSatisfy({ $0.failed == 0 }), made < repeatsMax else { return nil }
      let others = cell.subjects.map(\.name).filter { $0 != baseline }
      let lists =
        others.isEmpty
        ? cell.subjects.filter { !$0.isWrong }.map { $0.series(figure).values }
        : others.map { cell.ratios(figure, of: $0, to: baseline).values }
      guard let wanted = lists.compactMap({ wanted($0, made: made) }).max() else { return nil }
      return Shortfall(
        mergeState: cell.mergeState ?? "", window: cell.window ?? "",
        repeats: min(repeatsMax, wanted))
    }
  }

  /// How many repeats would give an interval as narrow as asked; nil when it is, and where nothing
  /// was measured.
  package func wanted(_ values: [Double], made: Int) -> Int? {
    guard !values.isEmpty else { return nil }
    guard values.count >= Self.firstLook else {
      return max(Self.firstLook, made + Self.firstLook - values.count)
    }
    guard let width = Statistics.steadyHalfWidth(values), width > halfWidth else { return nil }
    // The width falls with the root of the count; a tenth more, or half of all would fall short.
    let needed = Double(values.count) * (width / halfWidth) * (width / halfWidth) * 1.1
    return max(made + 2, Int(min(needed, Double(repeatsMax)).rounded(.up)))
  }
}
