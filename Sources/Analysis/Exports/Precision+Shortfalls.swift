// Decides from the width of intervals which windows need more repeats.

import CSVRecords
import BenchmarkSpec
import RunStore
import Statistics

extension Precision {
  package struct Shortfall: Equatable, Sendable {
    package let mergeState: String
    package let window: String
    /// Number of repeats before the next decision, including those made.
    package let repeats: Int
  }

  /// Windows that need more repeats, with the number of repeats before the next decision. Empty
  /// when all intervals are narrow enough or the budget is spent. Windows with failed attempts,
  /// wrong paths and paths compared with them get no repeats.
  ///
  /// The interval is that of the ratio to the baseline, or of a single path's median. Checking
  /// after every repeat and stopping at the first narrow interval would reduce the coverage from 95
  /// % to 92 % (Chow and Robbins, "On the asymptotic theory of fixed-width sequential confidence
  /// intervals", 1965; simulated). Therefore the first check is at `firstLook`; each check computes
  /// the required number of repeats, as in two-stage sampling (Stein, "A two-sample test for a
  /// linear hypothesis", 1945), and the next check follows only then; the width also takes the
  /// spread of nearly all values into account. The final coverage is 94 to 95 %.
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

  /// Number of repeats for the required width; nil if it is reached or nothing was measured.
  package func wanted(_ values: [Double], made: Int) -> Int? {
    guard !values.isEmpty else { return nil }
    guard values.count >= Self.firstLook else {
      return max(Self.firstLook, made + Self.firstLook - values.count)
    }
    guard let width = Statistics.steadyHalfWidth(values), width > halfWidth else { return nil }
    // The width decreases with the square root of the count; 10 % more, because otherwise half of
    // the runs would fall short.
    let needed = Double(values.count) * (width / halfWidth) * (width / halfWidth) * 1.1
    return max(made + 2, Int(min(needed, Double(repeatsMax)).rounded(.up)))
  }
}
