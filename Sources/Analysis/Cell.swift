// Cells: attempts measured under the same conditions, with paired ratios and differences.

import BenchmarkSpec
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

package func exportCells(_ records: Records, order: [String]) -> [Cell<Sample>] {
  attemptCells(
    records.samples.ordinary, order: order, checks: AnswerChecks(records.verifications))
}

/// Cells of measured attempts of one kind: merge states in the order of the run, then windows by
/// length. Every cell has all paths of `order`, then others by name.
func attemptCells(
  _ samples: [Sample], order: [String], checks: AnswerChecks
) -> [Cell<Sample>] {
  var states: [String] = []
  var inState: [String: [Window: [String: [Int]]]] = [:]
  for place in samples.indices where samples[place].period == .measured {
    let state = samples[place].mergeState
    if inState[state] == nil { states.append(state) }
    let window = Window(length: samples[place].windowMs, name: samples[place].window)
    inState[state, default: [:]][window, default: [:]][samples[place].path, default: []]
      .append(place)
  }
  let known = Set(inState.values.flatMap(\.values).flatMap(\.keys))
  let paths = order + known.subtracting(order).sorted()
  return states.flatMap { state in
    (inState[state] ?? [:]).sorted { $0.key < $1.key }.map { window, places in
      let subjects = paths.map { path in
        // A resumed run repeats an attempt that lost its server; the last one counts.
        var subject = Subject(path, of: samples)
        for place in last(places[path] ?? [], by: { samples[$0].repeat }) {
          subject.add(
            place, repeat: samples[place].repeat, status: samples[place].status,
            error: samples[place].errorName)
        }
        subject.wrongAnswer = checks.wrongAnswer(state, path, window.name)
        subject.isUnchecked = checks.isUnchecked(state, path, window.name)
        return subject
      }
      return Cell(
        mergeState: state, window: window.name, windowMs: window.length,
        subjects: subjects.filter { $0.tried > 0 })
    }
  }
}

/// One per leg, in the order of the file.
func insertCells(_ inserts: [InsertSample]) -> [Cell<InsertSample>] {
  inserts.map(\.legName).uniqued().map { leg in
    let subjects = InsertTarget.allCases.map { target in
      let places = inserts.indices.filter {
        inserts[$0].target == target && inserts[$0].legName == leg
      }
      return last(places) { inserts[$0].pair }
        .reduce(into: Subject(target.rawValue, of: inserts)) { subject, place in
          subject.add(
            place, repeat: inserts[place].pair, status: inserts[place].status,
            error: inserts[place].errorName)
        }
    }
    return Cell(leg: leg, subjects: subjects)
  }
}

/// Inserts and merges of whole rounds, one cell per leg.
func settledCells(_ records: Records) -> [Cell<SettledRound>] {
  let rounds = SettledRound.all(records)
  return rounds.map(\.leg).uniqued().map { leg in
    let subjects = InsertTarget.allCases.map { target in
      rounds.indices.filter { rounds[$0].leg == leg && rounds[$0].target == target }
        .reduce(into: Subject(target.rawValue, of: rounds)) { subject, place in
          let failure = rounds[place].failure
          subject.add(
            place, repeat: rounds[place].round, status: failure == nil ? .ok : .failed,
            error: failure)
        }
    }
    return Cell(leg: leg, subjects: subjects)
  }
}

struct StorageCell {
  package let mergeState: String
  private let tables: [StorageSample]

  init(mergeState: String, samples: [StorageSample]) {
    self.mergeState = mergeState
    // A resumed run may sample a table twice; the last sample counts.
    tables = last(samples, by: \.table)
  }

  /// Nil if the role has no table or a value is missing.
  package func total(_ figure: Figure<StorageSample>, _ role: TableRole) -> Double? {
    let values = tables.filter { $0.role == role }.map(figure.value)
    let known = values.compactMap(\.self)
    return values.isEmpty || known.count < values.count ? nil : known.reduce(0, +)
  }

  /// (table + view) / table, for the view or the view with codecs.
  package func ratio(_ figure: Figure<StorageSample>, view role: TableRole = .view) -> Double? {
    guard let table = total(figure, .table), let view = total(figure, role), table > 0 else {
      return nil
    }
    return (table + view) / table
  }
}

/// In the order of the file.
func storageCells(_ storage: [StorageSample]) -> [StorageCell] {
  storage.map(\.mergeState).uniqued().map { state in
    StorageCell(mergeState: state, samples: storage.filter { $0.mergeState == state })
  }
}

private struct Window: Hashable, Comparable {
  let length: Int
  let name: String

  static func < (left: Window, right: Window) -> Bool {
    (left.length, left.name) < (right.length, right.name)
  }
}

extension Sequence where Element: Hashable {
  /// In order of first appearance.
  package func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
