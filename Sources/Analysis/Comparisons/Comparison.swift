// Compares a candidate with a base: changes of figures with intervals, and the result of the gate.
//
// A figure is a regression if it grew by more than its threshold (the noise between runs) and the
// growth is significant after correction for the number of tests. The threshold excludes small
// changes and machine noise; the test excludes chance effects of few repeats.

import CSVRecords
import Statistics

package enum Change: String, Codable, Sendable {
  /// Significant growth beyond the threshold.
  case regression
  /// Growth beyond the threshold that is significant only before the correction for the number of
  /// tests, or too few repeats for a test.
  case suspect
  /// Significant decrease beyond the threshold.
  case improvement
  /// Significant difference below the threshold.
  case small
  /// All values of both sides are equal.
  case same
  /// Not comparable.
  case none

  package var mark: String {
    switch self {
    case .regression: "↑"
    case .suspect: "?"
    case .improvement: "↓"
    case .small: "·"
    case .same: "="
    case .none: "~"
    }
  }
}

package struct Comparison: Codable, Equatable, Sendable {
  package struct Line: Codable, Equatable, Sendable {
    package let place: Baseline.Place
    package let figure: String
    package let title: String
    /// Gates; otherwise advisory.
    package let gates: Bool
    /// Median and number of values.
    package let base: Double
    package let baseCount: Int
    package let candidate: Double
    package let candidateCount: Int
    /// Ratio of candidate to base with its interval; nil if a value is 0.
    package let shift: Shift?
    /// Probability of the difference by chance; nil for counted figures.
    package let p: Double?
    package internal(set) var adjustedP: Double?
    /// Minimum share of change that counts.
    package let threshold: Double
    package internal(set) var change: Change

    package var unit: FigureUnit { FigureUnit(columnName: figure) }
  }

  /// A fault without a size: missing, failed or wrong.
  package struct Fault: Codable, Equatable, Sendable {
    package let place: Baseline.Place
    /// For example `3 of 8 attempts failed, and none in the base`.
    package let finding: String
  }

  package let base: String
  package let candidate: String
  /// Differences other than measured figures.
  package let notes: [String]
  package internal(set) var faults: [Fault]
  package internal(set) var lines: [Line]
  /// Suspects that passed when measured again.
  package internal(set) var cleared: [Line] = []

  /// Family-wise error rate: probability of any false alarm within the runs.
  package static let alpha = 0.05

  /// - Parameter commonOnly: cells missing in the candidate are no fault.
  /// - Throws: ``RecordError`` if the runs are not comparable.
  package init(
    base: Baseline, candidate: Baseline, thresholds: Thresholds = Thresholds(),
    commonOnly: Bool = false
  ) throws(RecordError) {
    let comparability = Comparability(base, candidate)
    if let obstacle = comparability.obstacle {
      throw RecordError("the runs cannot be compared: \(obstacle)")
    }
    self.base = base.manifest.run
    self.candidate = candidate.manifest.run
    notes = comparability.notes + Comparison.notCompared(base, candidate)
    faults = Comparison.faults(base, candidate, commonOnly: commonOnly)
    lines = base.groups.flatMap { old -> [Line] in
      // The cost of a wrong answer is neither better nor worse.
      guard let new = candidate[old.place], old.wrong == 0, new.wrong == 0 else { return [] }
      return old.figures.compactMap { values in
        guard let other = new.figures.first(where: { $0.figure == values.figure }) else {
          return nil
        }
        return Line(
          old.place, values, other,
          threshold: thresholds.value(
            values.figure, old.place.scope, benchmark: base.benchmark,
            elsewhere: comparability.elsewhere))
      }
    }
    lines = Comparison.judged([lines])[0]
  }

  /// Compares a candidate with several bases. The correction covers all figures, so the probability
  /// of any false alarm is that of a single comparison.
  ///
  /// - Returns: one comparison per base, in order.
  /// - Throws: ``RecordError`` if a base is not comparable.
  package static func all(
    bases: [Baseline], candidate: Baseline, thresholds: Thresholds = Thresholds(),
    commonOnly: Bool = false
  ) throws(RecordError) -> [Comparison] {
    var found: [Comparison] = []
    for base in bases {
      found.append(
        try Comparison(
          base: base, candidate: candidate, thresholds: thresholds, commonOnly: commonOnly))
    }
    for (place, lines) in judged(found.map(\.lines)).enumerated() { found[place].lines = lines }
    return found
  }

  private static func judged(_ given: [[Line]]) -> [[Line]] {
    var all = given
    // Holm's method rather than the false discovery rate: a single false alarm fails the gate.
    // Advisory figures are a separate family and do not weaken the gate.
    for gates in [true, false] {
      let tested = all.indices.flatMap { place in all[place].indices.map { (place, $0) } }
        .filter { all[$0][$1].gates == gates && all[$0][$1].p != nil }
      let adjusted = Statistics.holm(tested.map { all[$0][$1].p ?? 1 })
      for ((place, index), p) in zip(tested, adjusted) { all[place][index].adjustedP = p }
    }
    for place in all.indices {
      for index in all[place].indices { all[place][index].change = all[place][index].judged }
    }
    return all
  }

  package var regressions: [Line] { lines.filter { $0.gates && $0.change == .regression } }

  package var suspects: [Line] { lines.filter { $0.gates && $0.change == .suspect } }

  /// Gating lines too noisy to detect a regression as large as their threshold.
  package var blind: [Line] {
    lines.filter { line in
      guard line.gates, [.small, .none].contains(line.change), line.p != nil else { return false }
      return (line.shift?.interval?.high ?? .infinity) > 1 + line.threshold
    }
  }

  package var advice: [Line] { lines.filter { !$0.gates && $0.change == .regression } }

  /// Merges a repeated measurement of the candidate: a regression or suspect remains only if it is
  /// found again.
  package func confirmed(by again: Comparison) -> Comparison {
    var result = self
    for (index, line) in lines.enumerated() where line.gates {
      guard [.regression, .suspect].contains(line.change),
        let second = again.lines.first(where: {
          $0.place == line.place && $0.figure == line.figure
        })
      else { continue }
      switch second.change {
      case .regression: result.lines[index] = second
      case .suspect: result.lines[index].change = .suspect
      case .improvement, .small, .same, .none:
        result.cleared.append(line)
        result.lines[index] = second
      }
    }
    result.faults += again.faults.filter { !faults.contains($0) }
    return result
  }

  /// Notes cells that are already wrong in the base, which is no fault of the candidate.
  private static func notCompared(_ base: Baseline, _ candidate: Baseline) -> [String] {
    base.groups.filter { $0.wrong > 0 }.compactMap { old in
      guard let new = candidate[old.place] else { return nil }
      let runs = new.wrong > 0 ? "both runs" : "the base"
      return "\(old.place.text): wrong rows in \(runs), so its figures are not compared"
    }
  }

  private static func faults(
    _ base: Baseline, _ candidate: Baseline, commonOnly: Bool
  ) -> [Fault] {
    base.groups.flatMap { old -> [Fault] in
      guard let new = candidate[old.place] else {
        return commonOnly ? [] : [Fault(place: old.place, finding: "missing in the candidate")]
      }
      var found: [String] = []
      // Shares, because the candidate may have more attempts.
      if new.failed * old.tried > old.failed * new.tried {
        found.append(
          "\(new.failed) of \(new.tried) attempts failed, in the base \(old.failed) of "
            + "\(old.tried)")
      }
      if new.wrong > 0, old.wrong == 0 {
        found.append("wrong rows, correct in the base")
      }
      if new.unchecked ?? 0 > 0, old.unchecked ?? 0 == 0 {
        found.append("rows not checked, checked in the base")
      }
      if new.failed == 0, new.wrong == 0, old.wrong == 0 {
        let missing = old.figures.filter { values in
          Baseline.isGate(values.figure, old.place.scope)
            && !new.figures.contains { $0.figure == values.figure }
        }
        found += missing.map { "\($0.title) was not measured" }
      }
      return found.map { Fault(place: old.place, finding: $0) }
    }
  }
}

extension Baseline {
  /// One number for a whole run.
  static func isTotal(_ figure: String, _ scope: ComparedScope) -> Bool {
    scope == .storage || (scope == .insert && totals.contains(figure))
  }

  static func isGate(_ figure: String, _ scope: ComparedScope) -> Bool {
    figures[scope]?.gates.contains(figure) ?? false
  }
}

extension Comparison.Line {
  init?(
    _ place: Baseline.Place, _ old: Baseline.Values, _ new: Baseline.Values, threshold: Double
  ) {
    guard let base = Statistics.median(old.values), let candidate = Statistics.median(new.values)
    else { return nil }
    (self.place, self.figure, self.title) = (place, old.figure, old.title)
    (self.base, self.candidate) = (base, candidate)
    (baseCount, candidateCount) = (old.values.count, new.values.count)
    self.threshold = threshold
    gates = Baseline.isGate(old.figure, place.scope)
    shift = Statistics.shift(of: new.values, against: old.values)
    // Constant values are counted, not sampled: a test does not apply.
    let isCount =
      Set(old.values).count == 1 && Set(new.values).count == 1
      && (min(baseCount, candidateCount) > 1 || Baseline.isTotal(old.figure, place.scope))
    p = isCount ? nil : Statistics.pValue(of: new.values, against: old.values)
    change = .none
  }

  fileprivate var judged: Change {
    guard base != candidate || p != nil else { return .same }
    // A value of 0 has no ratio: any growth exceeds every threshold.
    let factor = shift?.factor ?? (candidate > base ? .infinity : candidate < base ? 0 : 1)
    let isSure = p == nil || (adjustedP ?? 1) <= Comparison.alpha
    if factor > 1 + threshold {
      guard !isSure else { return .regression }
      // Not significant even without correction is noise; too few attempts are not.
      let least = Statistics.leastPValue(candidateCount, against: baseCount)
      let isRemarkable = (p ?? 1) <= Comparison.alpha || least > Comparison.alpha
      return isRemarkable ? .suspect : .none
    }
    guard isSure else { return .none }
    return factor < 1 / (1 + threshold) ? .improvement : .small
  }
}
