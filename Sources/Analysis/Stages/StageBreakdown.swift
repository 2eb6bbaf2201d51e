// Where an export's memory and time go: stage by stage, from attempts that each do one thing more
// than the ones before. The rows of anatomy.csv.
//
// Peaks do not add: the peak of a whole is not the sum of the peaks of its parts, which need not
// fall on the same moment. So a step's share is what the figure rises by when the step is added to
// those before it: the difference of the medians of two stages that are nested. Shares add up to
// the whole because they are differences along one chain, and for no other reason; in another order
// they would be others. A share may be negative, and is then told as it is: a step that holds up
// the ones before it can lower their peak.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics

/// One figure of one step on one path.
package struct StageRow: Equatable, Recorded {
  package var mergeState = ""
  /// The window as written.
  package var window = ""
  /// The window's length in milliseconds.
  package var windowMs = 0
  package var path = ""
  /// The figure's name: a column of samples.csv, or a derived one.
  package var figure = ""
  package var unit = FigureUnit.count
  /// `read`, `deduplicate`, `encode`, `send`; several joined by `+` where a stage between them
  /// could not be measured; `keys`, which is no step of the chain and has no share.
  package var step = ""
  /// How many attempts reached the step's end.
  package var n = 0
  /// The figure's median over the attempts that end with the step.
  package var reached: Double?
  /// Lower end of the interval of that median.
  package var reachedLow: Double?
  /// Upper end of the interval.
  package var reachedHigh: Double?
  /// What the step adds: this median minus the one of the stage before. Of the first step, the
  /// median itself.
  package var share: Double?
  /// Lower end of the interval of what the step adds: the one of the median of the differences
  /// within each repeat.
  package var shareLow: Double?
  /// Upper end of the interval.
  package var shareHigh: Double?
  /// Whether the step changes the figure, by the rule that every comparison goes by.
  package var change: Change?
  /// Measured attempts of the step's stage that failed.
  package var failed = 0
  /// Exports of the path that returned wrong rows, as in summary.csv: above 0, every step is one of
  /// a wrong answer.
  package var wrongRows: Int?

  /// What a step does to a figure.
  package enum Change: String, CSVField, Codable {
    case adds
    /// It takes away from it.
    case lowers
    /// No change shows.
    case unclear = "none"
    /// There are too few pairs to show one.
    case tooFew = "too_few"
  }

  package init() {}

  package static let columns: [CSVColumn<StageRow>] = [
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("window", \.window),
    CSVColumn("window_ms", \.windowMs),
    CSVColumn("path", \.path),
    CSVColumn("figure", \.figure),
    CSVColumn("unit", \.unit),
    CSVColumn("step", \.step),
    CSVColumn("n", \.n),
    CSVColumn("reached", \.reached),
    CSVColumn("reached_low", \.reachedLow),
    CSVColumn("reached_high", \.reachedHigh),
    CSVColumn("share", \.share, in: CSVColumn<StageRow>.anySign),
    CSVColumn("share_low", \.shareLow, in: CSVColumn<StageRow>.anySign),
    CSVColumn("share_high", \.shareHigh, in: CSVColumn<StageRow>.anySign),
    CSVColumn("change", \.change),
    CSVColumn("failed", \.failed),
    CSVColumn("wrong_rows", \.wrongRows),
  ]
}

/// The steps of exports.
package enum StageBreakdown {
  /// The figures that are taken apart. The client's time is not among them: of what is not sent it
  /// has none.
  package static let figures = [
    "memory_peak_bytes", "server_rss_rise_bytes", "server_query_ms", "server_cpu_ms",
  ]

  /// The name of the step that a stage does beyond the one before it.
  package static func step(of stage: Stage) -> String {
    stage == .export ? "send" : stage.rawValue
  }

  /// The steps of a chain, in their order; `keys` stands beside it.
  package static let chain: [Stage] = [.read, .deduplicate, .encode, .export]

  /// Every figure of every step, by state of merges, window and path; empty without stages.
  package static func all(_ records: Records, paths: [String]) -> [StageRow] {
    let samples = records.samples
    guard samples.indices.contains(where: { samples[$0].kind.stage != .export }) else { return [] }
    let stages = samples.filter { $0.kind.stage != .export }
    let figures = Sample.figures.filter { Self.figures.contains($0.name) }
    let attempts = stages + samples.ordinary
    let cells = Dictionary(
      uniqueKeysWithValues: paths.map { path in
        (path, stageCells(attempts.filter { $0.path == path }))
      })
    return exportCells(records, order: paths).flatMap { place in
      place.subjects.flatMap { subject -> [StageRow] in
        let cell = cells[subject.name]?.first {
          $0.mergeState == place.mergeState && $0.window == place.window
        }
        guard let cell else { return [] }
        return figures.flatMap { rows($0, path: subject.name, in: cell) }.map { row in
          var row = row
          row.wrongRows = max(row.wrongRows ?? 0, subject.wrongRows)
          return row
        }
      }
    }
  }

  /// The attempts on one path with a subject for each stage, so that stages are compared as paths
  /// are: within each repeat.
  private static func stageCells(_ samples: [Sample]) -> [Cell<Sample>] {
    let renamed = samples.map { sample in
      var sample = sample
      sample.path = sample.kind.stage.rawValue
      return sample
    }
    return attemptCells(
      renamed, order: Stage.allCases.map(\.rawValue), checks: AnswerChecks([]))
  }

  private static func rows(
    _ figure: Figure<Sample>, path: String, in cell: Cell<Sample>
  ) -> [StageRow] {
    var rows: [StageRow] = []
    var below: (stage: Stage, median: Double)?
    var open: [String] = []
    for stage in chain {
      open.append(step(of: stage))
      guard var row = row(figure, stage, path: path, in: cell) else { continue }
      guard let median = row.reached else {
        // What fails is told, and the next stage that is known has this step in it.
        rows.append(row)
        continue
      }
      row.step = open.joined(separator: "+")
      open = []
      if let below {
        row.share = median - below.median
        row.compare(cell, figure, stage, to: below.stage)
      } else {
        (row.share, row.shareLow, row.shareHigh) = (median, row.reachedLow, row.reachedHigh)
      }
      below = (stage, median)
      rows.append(row)
    }
    return rows + [row(figure, .keys, path: path, in: cell)].compactMap(\.self)
  }

  private static func row(
    _ figure: Figure<Sample>, _ stage: Stage, path: String, in cell: Cell<Sample>
  ) -> StageRow? {
    guard let subject = cell[stage.rawValue] else { return nil }
    var row = StageRow()
    row.mergeState = cell.mergeState ?? ""
    row.window = cell.window ?? ""
    row.windowMs = cell.windowMs ?? 0
    row.path = path
    row.figure = figure.name
    row.unit = figure.unit
    row.step = step(of: stage)
    row.failed = subject.failed
    row.wrongRows = subject.wrongRows
    if let estimate = Estimate(subject.series(figure).values) {
      row.n = estimate.count
      row.reached = estimate.median
      row.reachedLow = estimate.interval?.low
      row.reachedHigh = estimate.interval?.high
    }
    return row.n > 0 || subject.failed + subject.miscounted > 0 ? row : nil
  }
}

extension StageRow {
  fileprivate mutating func compare(
    _ cell: Cell<Sample>, _ figure: Figure<Sample>, _ stage: Stage, to below: Stage
  ) {
    let (above, below) = (stage.rawValue, below.rawValue)
    let interval = Statistics.interval(
      ofMedian: cell.differences(figure, of: above, to: below).values)
    shareLow = interval?.low
    shareHigh = interval?.high
    switch Difference(cell.ratios(figure, of: above, to: below).values) {
    case .more: change = .adds
    case .less: change = .lowers
    case .none: change = .unclear
    case .tooFew: change = .tooFew
    }
  }
}
