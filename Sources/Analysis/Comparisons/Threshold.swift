// From which size on a change between two runs is worth an alarm: of each figure its own, from runs
// of the same thing that were set against each other.

import CSVRecords
import Statistics

/// The noise of one figure between runs of one benchmark: a row of a file of thresholds.
package struct Threshold: Equatable, Recorded {
  /// The benchmark's short name.
  package var benchmark = ""
  package var scope = ComparedScope.export
  /// The figure's name.
  package var figure = ""
  /// The share by which a figure must grow to be a regression: 0.1 is 10 %.
  package var threshold = 0.0
  /// The largest change that two of the runs showed anywhere, as a share.
  package var largest = 0.0
  package var runs = 0
  /// How many pairs of runs and places were compared.
  package var comparisons = 0

  /// A threshold of nothing.
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

/// All that is known of the noise between runs.
package struct Thresholds: Equatable, Sendable {
  package var measured: [Threshold]
  /// What the user says, by figure: it counts more than what was measured.
  package var given: [String: Double] = [:]

  /// The largest change of A/A runs is taken times this: few runs have not shown the worst yet.
  package static let margin = 1.5
  /// The memory of a query that no machine of another kind was seen to exceed.
  private static let memory = "memory_peak_bytes"

  /// The least threshold of a figure: what an allocator or a codec may do differently tomorrow.
  /// What counts rows has none.
  package static func least(_ figure: String) -> Double {
    if figure == memory { return 0.05 }
    switch FigureUnit(columnName: figure) {
    case .milliseconds: return 0.1
    case .bytes: return 0.01
    case .rows, .count: return 0
    }
  }

  /// The threshold of a figure of which no noise is known.
  package static func unknown(_ figure: String) -> Double {
    if figure == memory { return 0.25 }
    switch FigureUnit(columnName: figure) {
    case .milliseconds: return 0.5
    case .bytes: return 0.05
    case .rows, .count: return 0.01
    }
  }

  package init(_ measured: [Threshold] = []) { self.measured = measured }

  /// Learns from runs of the same thing: of each benchmark, every two of its runs are compared
  /// wherever both measured. So what is seen is not the noise within a run, which its repeats show,
  /// but that from run to run, which they do not.
  package init(runs: [Baseline]) throws(RecordError) {
    measured = []
    for name in runs.map(\.benchmark).uniqued() {
      let same = runs.filter { $0.benchmark == name }
      guard same.count >= 3 else {
        throw RecordError(
          "there are too few runs of '\(name)': \(same.count), and a threshold takes three; "
            + "give more runs of it")
      }
      for run in same.dropFirst() {
        if let reason = Comparability(same[0], run).obstacle {
          throw RecordError(
            "\(same[0].manifest.run) and \(run.manifest.run) are not the same thing: \(reason)")
        }
      }
      for (scope, figure) in Thresholds.figures(of: same) {
        measured.append(Threshold(name, scope, figure, same))
      }
    }
  }

  /// The threshold of a figure, as a share. `elsewhere`: the runs were made on different machines.
  /// What was learnt on one says nothing of how memory and time differ between two, so these have
  /// the threshold of what is not known at least.
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
    // In tenths of a per cent, rounded up: more digits would pretend to know.
    let worst = (largest * Thresholds.margin * 1000).rounded(.up) / 1000
    threshold = max(Thresholds.least(figure), worst)
  }

  /// By what factor the larger of two values of a figure lies above the smaller.
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
