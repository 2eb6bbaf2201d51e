// Attempts that may be compared with one another: their pairs, figures and ratios.

import CSVRecords
import RunStore

/// The attempts of one path or one insert target within a cell.
///
/// It knows them by their places in the run's records, which all subjects share: a record has
/// dozens of fields, and a run may have a hundred thousand of them.
package struct Subject<Record: Measured> {
  package let name: String
  private let records: [Record]
  /// Attempts that ended well, in the order of their repetitions. Of a repetition that was run
  /// twice the last one stands.
  private var attempts: [(repeat: Int, place: Int)] = []
  /// Measured attempts in all, whatever their end.
  package var tried = 0
  /// Those that failed.
  package var failed = 0
  /// The name of the last failed attempt's error.
  package var failure: String?
  /// Those that returned another number of rows than the ground truth has: not in the series.
  var miscounted = 0
  /// What the check by content found wrong with the answer; nil where it found nothing. The
  /// attempts are in the series.
  package var wrongAnswer: String?
  /// Whether the check by content failed, so that nobody knows whether the answer is right.
  var isUnchecked = false

  /// Whether its answer is wrong, so that its figures support no conclusion.
  package var isWrong: Bool { miscounted > 0 || wrongAnswer != nil }

  /// Whether reports show its ratios.
  var hasRatios: Bool { !isWrong && !isUnchecked }

  /// Attempts that returned wrong rows.
  package var wrongRows: Int { wrongAnswer == nil ? miscounted : tried - failed }

  /// What is wrong with its answer: `12 ids differ`; nil where it is right.
  var wrongFinding: String? {
    guard isWrong else { return nil }
    return wrongAnswer ?? "\(miscounted) of \(tried) attempts returned another number of rows"
  }

  package init(_ name: String, of records: [Record]) { (self.name, self.records) = (name, records) }

  package func series(_ figure: Figure<Record>) -> Series {
    var series = Series()
    records.withUnsafeBufferPointer { records in
      guard let first = records.baseAddress else { return }
      for (number, place) in attempts {
        if let value = figure.valueInPlace(first + place) { series.append(number, value) }
      }
    }
    return series
  }

  package mutating func add(_ place: Int, repeat: Int, status: Status, error: String?) {
    guard status != .stopped else { return }
    tried += 1
    if status == .ok {
      // Nearly always after the last one.
      let index = attempts.lastIndex { $0.repeat < `repeat` }.map { $0 + 1 } ?? 0
      if index < attempts.count, attempts[index].repeat == `repeat` {
        attempts[index].place = place
      } else {
        attempts.insert((`repeat`, place), at: index)
      }
    } else if status == .wrongRows {
      miscounted += 1
    } else {
      failed += 1
      failure = error ?? "no error name"
    }
  }
}

/// Values by repetition, in ascending order; those that were not measured are left out.
package struct Series {
  private(set) var repeats: [Int] = []
  package private(set) var values: [Double] = []

  /// Repetitions come in ascending order.
  package mutating func append(_ number: Int, _ value: Double) {
    guard value.isFinite else { return }
    repeats.append(number)
    values.append(value)
  }
}

/// The subjects that were measured under the same conditions.
package struct Cell<Record: Measured> {
  /// Nil for exports.
  package var leg: String?
  /// Nil for inserts.
  package var mergeState: String?
  /// Nil for inserts.
  package var window: String?
  package var windowMs: Int?
  package var subjects: [Subject<Record>]

  subscript(name: String) -> Subject<Record>? { subjects.first { $0.name == name } }

  /// The ratios of a figure on two subjects within each repetition; their median is the ratio of
  /// the two.
  ///
  /// Per repetition, not a ratio of medians, because the attempts of one repetition ran close
  /// together: what drifts over a run (caches, merges, a busy neighbour) stands above and below the
  /// line and cancels. It also makes a ratio one list of numbers, with the interval of any other
  /// median. A repetition in which either side failed, was not measured, or is 0 below the line
  /// gives no ratio; nor does a subject whose answer is wrong.
  package func ratios(_ figure: Figure<Record>, of subject: String, to baseline: String) -> Series {
    guard self[subject]?.isWrong != true, self[baseline]?.isWrong != true else { return Series() }
    return pairs(figure, of: subject, to: baseline)
  }

  /// The same whether or not the answers are right: to know which ratios were measured.
  package func pairs(_ figure: Figure<Record>, of subject: String, to baseline: String) -> Series {
    paired(figure, subject, baseline) { $1 > 0 ? $0 / $1 : nil }
  }

  /// The differences of a figure on two subjects within each repetition.
  package func differences(_ figure: Figure<Record>, of subject: String, to baseline: String)
    -> Series
  {
    paired(figure, subject, baseline) { $0 - $1 }
  }

  private func paired(
    _ figure: Figure<Record>, _ subject: String, _ baseline: String,
    _ combine: (Double, Double) -> Double?
  ) -> Series {
    guard let above = self[subject]?.series(figure), let below = self[baseline]?.series(figure)
    else { return Series() }
    var pairs = Series()
    var place = 0
    for (number, value) in zip(above.repeats, above.values) {
      while place < below.repeats.count, below.repeats[place] < number { place += 1 }
      guard place < below.repeats.count else { break }
      guard below.repeats[place] == number, let pair = combine(value, below.values[place])
      else { continue }
      pairs.append(number, pair)
    }
    return pairs
  }
}

extension Sequence where Element: Hashable {
  /// The elements without repetition, in order of first appearance.
  package func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
