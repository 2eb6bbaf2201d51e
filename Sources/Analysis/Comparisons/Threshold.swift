// Regression thresholds per figure, derived from repeated identical runs.

import CSVRecords
import Statistics

/// A row of the thresholds file: the noise of a figure between runs of one benchmark.
package struct Threshold: Equatable, Recorded {
  package var benchmark = ""
  package var scope = ComparedScope.export
  package var figure = ""
  /// Share of growth that is a regression: 0.1 is 10 %.
  package var threshold = 0.0
  /// Largest change between two of the runs, as a share.
  package var largest = 0.0
  package var runs = 0
  /// Number of compared pairs of runs and cells.
  package var comparisons = 0

  package init() {}

  package static let columns: [CSVColumn<Threshold>] = [
    CSVColumn("benchmark", \.benchmark),
    CSVColumn("scope", \.scope),
    CSVColumn("figure", \.figure),
    CSVColumn("threshold", \.threshold, in: 0...100),
    CSVColumn("largest", \.largest),
    CSVColumn("runs", \.runs),
    CSVColumn("comparisons", \.comparisons),
  ]
}

package struct Thresholds: Equatable, Sendable {
  package var measured: [Threshold]
  /// From the user, by figure; overrides measured thresholds.
  package var given: [String: Double] = [:]

  /// Factor on the largest A/A change: a few runs do not show the maximum.
  package static let margin = 1.5
  private static let memory = "memory_peak_bytes"

  /// Minimum threshold: variation of allocators and codecs. Row counts have none.
  package static func least(_ figure: String) -> Double {
    if figure == memory { return 0.05 }
    switch FigureUnit(columnName: figure) {
    case .milliseconds: return 0.1
    case .bytes: return 0.01
    case .rows, .count: return 0
    }
  }

  /// Threshold without known noise.
  package static func unknown(_ figure: String) -> Double {
    if figure == memory { return 0.25 }
    switch FigureUnit(columnName: figure) {
    case .milliseconds: return 0.5
    case .bytes: return 0.05
    case .rows, .count: return 0.01
    }
  }

  package init(_ measured: [Threshold] = []) { self.measured = measured }

  /// Compares every pair of runs of a benchmark in all common cells: this measures the noise
  /// between runs, which repeats within a run do not show.
  package init(runs: [Baseline]) throws(RecordError) {
    measured = []
    for (name, same) in runs.grouped(by: \.benchmark) {
      guard same.count >= 3 else {
        throw RecordError(
          "there are too few runs of '\(name)': \(same.count) instead of at least three; "
            + "give more runs")
      }
      for run in same.dropFirst() {
        if let reason = Comparability(same[0], run).obstacle {
          throw RecordError(
            "\(same[0].manifest.run) and \(run.manifest.run) are not identical runs: \(reason)")
        }
      }
      for (scope, figure) in Thresholds.figures(of: same) {
        measured.append(Threshold(name, scope, figure, same))
      }
    }
  }

  /// - Parameter elsewhere: the runs are of different machines. Noise measured on one machine does
  ///   not cover differences between machines, so the threshold is at least that of an unknown
  ///   figure.
  package func value(
    _ figure: String, _ scope: ComparedScope, benchmark: String, elsewhere: Bool = false
  ) -> Double {
    if let given = given[figure] { return given }
    let known = measured.first {
      $0.figure == figure && $0.scope == scope && $0.benchmark == benchmark
    }
    guard let known else { return Thresholds.unknown(figure) }
    let isMachines =
      figure == Thresholds.memory || FigureUnit(columnName: figure) == .milliseconds
    return elsewhere && isMachines
      ? max(Thresholds.unknown(figure), known.threshold) : known.threshold
  }

  private static func figures(of runs: [Baseline]) -> [(ComparedScope, String)] {
    ComparedScope.allCases.flatMap { scope in
      runs.flatMap(\.groups).filter { $0.place.scope == scope }
        .flatMap(\.figures).map(\.figure).uniqued().map { (scope, $0) }
    }
  }
}

extension Threshold {
  fileprivate init(
    _ benchmark: String, _ scope: ComparedScope, _ figure: String, _ runs: [Baseline]
  ) {
    self.init()
    (self.benchmark, self.scope, self.figure) = (benchmark, scope, figure)
    self.runs = runs.count
    for (later, run) in runs.enumerated() {
      for group in run.groups where group.place.scope == scope && group.wrong == 0 {
        for other in runs[..<later] {
          guard let same = other[group.place], same.wrong == 0,
            let factor = Threshold.change(figure, group, same)
          else { continue }
          comparisons += 1
          largest = max(largest, factor - 1)
        }
      }
    }
    // Rounded up to 0.1 %.
    let worst = (largest * Thresholds.margin * 1000).rounded(.up) / 1000
    threshold = max(Thresholds.least(figure), worst)
  }

  /// Ratio of the larger to the smaller value.
  private static func change(
    _ figure: String, _ group: Baseline.Group, _ other: Baseline.Group
  ) -> Double? {
    let sides = [group, other].map { side in
      side.figures.first { $0.figure == figure }?.values ?? []
    }
    guard let factor = Statistics.factor(of: sides[0], against: sides[1]) else {
      return nil
    }
    return max(factor, 1 / factor)
  }
}
