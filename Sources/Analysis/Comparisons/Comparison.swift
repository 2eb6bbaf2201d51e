// Whether a run is worse than another: figure by figure with an interval, and what shuts a gate.
//
// A figure is a regression if it has grown by more than its threshold, which is the noise from run
// to run, and if it is told from chance, after correction for the number of tests. The one keeps
// small changes and a machine's moods out, the other keeps out what few repeats say by chance.

import CSVRecords
import Statistics

/// What a comparison makes of one figure at one place.
package enum Change: String, Codable, Sendable {
  /// It has grown by more than its threshold, surely.
  case regression
  /// It has grown by more than its threshold, and is told from chance alone but not after
  /// correction for the number of tests; or the repeats are too few to tell.
  case suspect
  /// It has shrunk by more than its threshold, surely.
  case improvement
  /// It differs, surely, by less than its threshold.
  case small
  /// Every value of both sides is the same.
  case same
  /// Nothing can be said.
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

/// Two runs, and what the second one changes.
package struct Comparison: Codable, Equatable, Sendable {
  /// One figure at one place.
  package struct Line: Codable, Equatable, Sendable {
    package let place: Baseline.Place
    /// The figure's name.
    package let figure: String
    /// A few words for people.
    package let title: String
    /// Whether it can shut the gate; otherwise it is advice.
    package let gates: Bool
    /// Median and number of values of the base.
    package let base: Double
    /// See `base`.
    package let baseCount: Int
    /// Median and number of values of the candidate.
    package let candidate: Double
    /// See `candidate`.
    package let candidateCount: Int
    /// By what factor the candidate lies above the base, with its interval; nil where a value is 0.
    package let shift: Shift?
    /// How often chance alone would set them as far apart; nil of what is counted once.
    package let p: Double?
    /// The same after correction for the number of tests.
    package internal(set) var adjustedP: Double?
    /// From which share on a change counts.
    package let threshold: Double
    /// What is made of it.
    package internal(set) var change: Change

    /// What it counts.
    package var unit: FigureUnit { FigureUnit(columnName: figure) }
  }

  /// Something that has no size: missing, failed or wrong.
  package struct Fault: Codable, Equatable, Sendable {
    package let place: Baseline.Place
    /// What: `3 of 8 attempts failed, and none in the base`.
    package let finding: String
  }

  /// The name of the run that is the measure.
  package let base: String
  /// The name of the run that is judged.
  package let candidate: String
  /// What differs between the runs besides what they measured.
  package let notes: [String]
  /// What has no size, and shuts the gate.
  package internal(set) var faults: [Fault]
  /// Every figure at every place that both have.
  package internal(set) var lines: [Line]
  /// Suspects that were measured again and came out well.
  package internal(set) var cleared: [Line] = []

  /// The level of the whole comparison: the chance of even one false alarm by chance within the
  /// runs is at most this.
  package static let alpha = 0.05

  /// Compares. Throws where the two cannot be compared. With `commonOnly` what the candidate lacks
  /// is no fault.
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
      // What a wrong answer costs is neither better nor worse.
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

  /// Compares a candidate with each of several bases. The chance of even one false alarm by chance
  /// is that of one comparison: the correction is over the figures of all of them.
  ///
  /// - Returns: a comparison for each base, in their order.
  /// - Throws: ``RecordError`` where one of the bases cannot be compared with the candidate.
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

  /// The lines of some comparisons, with p-values corrected together, and judged.
  private static func judged(_ given: [[Line]]) -> [[Line]] {
    var all = given
    // Holm, not the rate of false discoveries: one false alarm shuts the gate, so it is the chance
    // of even one that must be small. Advice is a family of its own and costs the gate nothing.
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

  /// The lines that shut the gate.
  package var regressions: [Line] { lines.filter { $0.gates && $0.change == .regression } }

  /// The lines of which it is not sure whether they would.
  package var suspects: [Line] { lines.filter { $0.gates && $0.change == .suspect } }

  /// Lines that gate and are so noisy that a regression of their threshold's size could hide in
  /// them.
  package var blind: [Line] {
    lines.filter { line in
      guard line.gates, [.small, .none].contains(line.change), line.p != nil else { return false }
      return (line.shift?.interval?.high ?? .infinity) > 1 + line.threshold
    }
  }

  /// Lines that would be regressions if they were gates.
  package var advice: [Line] { lines.filter { !$0.gates && $0.change == .regression } }

  /// Sets what was found against a second look on fresh samples of the candidate: a regression or a
  /// suspect stays what it is only if it is a regression again, or a suspect again.
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

  /// A note on each place that is wrong in the base already, which is no fault of the candidate's.
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
      // Shares, because the candidate may have made more attempts.
      if new.failed * old.tried > old.failed * new.tried {
        found.append(
          "\(new.failed) of \(new.tried) attempts failed, in the base \(old.failed) of "
            + "\(old.tried)")
      }
      if new.wrong > 0, old.wrong == 0 {
        found.append("wrong rows, in the base they are right")
      }
      if new.unchecked ?? 0 > 0, old.unchecked ?? 0 == 0 {
        found.append("the rows could not be checked, in the base they were")
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
  /// Whether the figure is one number for a whole run.
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
    // What never varies is counted, not sampled: there is no chance to test against.
    let isCount =
      Set(old.values).count == 1 && Set(new.values).count == 1
      && (min(baseCount, candidateCount) > 1 || Baseline.isTotal(old.figure, place.scope))
    p = isCount ? nil : Statistics.pValue(of: new.values, against: old.values)
    change = .none
  }

  fileprivate var judged: Change {
    guard base != candidate || p != nil else { return .same }
    // A value of 0 has no ratio: any growth from nothing is beyond every threshold.
    let factor = shift?.factor ?? (candidate > base ? .infinity : candidate < base ? 0 : 1)
    let isSure = p == nil || (adjustedP ?? 1) <= Comparison.alpha
    if factor > 1 + threshold {
      guard !isSure else { return .regression }
      // What would not be remarkable even alone is noise; too few attempts are no acquittal.
      let least = Statistics.leastPValue(candidateCount, against: baseCount)
      let isRemarkable = (p ?? 1) <= Comparison.alpha || least > Comparison.alpha
      return isRemarkable ? .suspect : .none
    }
    guard isSure else { return .none }
    return factor < 1 / (1 + threshold) ? .improvement : .small
  }
}
