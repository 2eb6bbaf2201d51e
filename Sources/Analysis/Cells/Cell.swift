// Attempts that may be compared with one another: their pairs, figures and ratios.

import CSVRecords
import RunStore

/// The attempts of a path or insert target within a cell.
///
/// Stores indices into the run's records: a record has dozens of fields, and a run may have
/// 100,000.
package struct Subject<Record: Measured> {
  package let name: String
  private let records: [Record]
  /// Successful attempts in the order of repeats. If a repeat was run twice, the last run counts.
  private var attempts: [(repeat: Int, place: Int)] = []
  /// Measured attempts with any outcome.
  package var tried = 0
  package var failed = 0
  /// Error name of the last failed attempt.
  package var failure: String?
  /// Attempts with a wrong number of rows, which are excluded from the series.
  var miscounted = 0
  /// Finding of the content check; nil if it found nothing. The attempts are in the series.
  package var wrongAnswer: String?
  /// The content check failed, so it is unknown whether the answer is right.
  var isUnchecked = false

  /// Figures of a wrong answer support no conclusion.
  package var isWrong: Bool { miscounted > 0 || wrongAnswer != nil }

  var hasRatios: Bool { !isWrong && !isUnchecked }

  package var wrongRows: Int { wrongAnswer == nil ? miscounted : tried - failed }

  /// For example `12 ids differ`; nil if the answer is right.
  var wrongFinding: String? {
    guard isWrong else { return nil }
    return wrongAnswer ?? "\(miscounted) of \(tried) attempts returned a wrong number of rows"
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
      // Usually after the last one.
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

/// Values by repeat, ascending; missing values are omitted.
package struct Series {
  private(set) var repeats: [Int] = []
  package private(set) var values: [Double] = []

  /// - Precondition: ascending order of repeats.
  package mutating func append(_ number: Int, _ value: Double) {
    guard value.isFinite else { return }
    repeats.append(number)
    values.append(value)
  }
}

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

  /// Ratios of a figure of two subjects within each repeat. Their median is the ratio of the
  /// subjects.
  ///
  /// Ratios are taken per repeat because its attempts run close together: drift over the run
  /// (caches, merges, other load) affects both and cancels. The ratios are also a list of values
  /// with the same interval as any median. There is no ratio if either side failed, was not
  /// measured, or has a denominator of 0, or if an answer is wrong.
  package func ratios(_ figure: Figure<Record>, of subject: String, to baseline: String) -> Series {
    guard self[subject]?.isWrong != true, self[baseline]?.isWrong != true else { return Series() }
    return pairs(figure, of: subject, to: baseline)
  }

  /// Includes wrong answers, to show which ratios were measured.
  package func pairs(_ figure: Figure<Record>, of subject: String, to baseline: String) -> Series {
    paired(figure, subject, baseline) { $1 > 0 ? $0 / $1 : nil }
  }

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
