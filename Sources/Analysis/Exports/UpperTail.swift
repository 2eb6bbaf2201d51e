// The upper tail of peak memory in a cell: a limit must hold for the greatest peak, not the median.

import CSVRecords
import RunStore
import Statistics

package struct UpperTail: Equatable, Sendable {
  package let mergeState: String
  package let window: String
  package let path: String
  package let count: Int
  /// In bytes.
  package let median: Double
  package let greatest: Double
  /// Two levels of the peaks, as counts and medians; nil if there is one.
  package let levels: [Level]?

  package struct Level: Equatable, Sendable {
    package let count: Int
    package let median: Double
  }

  /// A greatest peak above this multiple of the median is named in reports.
  package static let notableFactor = 1.1

  package var factor: Double { median > 0 ? greatest / median : 1 }

  /// Nil without peaks of right answers.
  init?(_ cell: Cell<Sample>, _ subject: Subject<Sample>) {
    guard !subject.isWrong, let figure = MemorySource.all.first?.figure else { return nil }
    let peaks = subject.series(figure).values
    guard let estimate = Estimate(peaks) else { return nil }
    (mergeState, window, path) = (cell.mergeState ?? "", cell.window ?? "", subject.name)
    (count, median, greatest) = (estimate.count, estimate.median, estimate.maximum)
    levels = Statistics.levels(peaks).map { low, high in
      [low, high].map { Level(count: $0.count, median: Statistics.median($0) ?? 0) }
    }
  }

  static func all(in cells: [Cell<Sample>]) -> [UpperTail] {
    cells.flatMap { cell in cell.subjects.compactMap { UpperTail(cell, $0) } }
  }
}
