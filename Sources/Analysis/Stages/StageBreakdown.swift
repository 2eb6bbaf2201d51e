// Stage breakdown of memory and time: rows of stages.csv, from attempts that each end with a later
// than the ones before. The rows of stages.csv.
//
// Peaks are not additive: the parts of a query may peak at different times. The share of a stage is
// therefore the difference of the medians of two nested stages. Shares add up to the total because
// they are differences along one chain; another order would give other shares. A share may be
// negative: a stage that delays earlier ones can lower their peak.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics

package struct StageRow: Equatable, Recorded {
  package var mergeState = ""
  package var window = ""
  /// In milliseconds.
  package var windowMs = 0
  package var path = ""
  /// A column of samples.csv, or a derived figure.
  package var figure = ""
  package var unit = FigureUnit.count
  /// `read`, `deduplicate`, `encode`, `send`; joined by `+` if a stage between them was not
  /// measured; `keys` is not part of the chain and has no share.
  package var step = ""
  /// Number of attempts.
  package var n = 0
  /// Median over the attempts that end with this stage.
  package var reached: Double?
  /// 95 % interval of `reached`.
  package var reachedLow: Double?
  package var reachedHigh: Double?
  /// Median minus that of the previous stage; for the first stage, the median.
  package var added: Double?
  /// 95 % interval of the median difference within each repeat.
  package var addedLow: Double?
  /// Upper end of the interval.
  package var addedHigh: Double?
  /// Whether the step changes the figure, by the rule of all comparisons.
  package var change: Change?
  package var failed = 0
  /// Exports of the path with wrong rows, as in summary.csv; above 0, all stages belong to a wrong
  /// answer.
  package var wrongRows: Int?

  package enum Change: String, CSVField, Codable {
    case adds
    case lowers
    case unclear = "none"
    /// Too few pairs.
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
    CSVColumn("added", formerly: "share", \.added, in: CSVColumn<StageRow>.anySign),
    CSVColumn(
      "added_low", formerly: "share_low", \.addedLow, in: CSVColumn<StageRow>.anySign),
    CSVColumn(
      "added_high", formerly: "share_high", \.addedHigh, in: CSVColumn<StageRow>.anySign),
    CSVColumn("change", \.change),
    CSVColumn("failed", \.failed),
    CSVColumn("wrong_rows", \.wrongRows),
  ]
}

package enum StageBreakdown {
  /// Excludes the client's time, which needs an answer that is sent.
  package static let figures = [
    "memory_peak_bytes", "server_rss_rise_bytes", "server_query_ms", "server_cpu_ms",
  ]

  /// What a stage adds to the previous one.
  package static func step(of stage: Stage) -> String {
    stage == .export ? "send" : stage.rawValue
  }

  /// In order, without `keys`.
  package static let chain: [Stage] = [.read, .deduplicate, .encode, .export]

  /// By merge state, window and path; empty without stages.
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

  /// Stages as subjects, compared within each repeat like paths.
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
        // A failed stage is reported, and its share is included in the next measured one.
        rows.append(row)
        continue
      }
      row.step = open.joined(separator: "+")
      open = []
      if let below {
        row.added = median - below.median
        row.compare(cell, figure, stage, to: below.stage)
      } else {
        (row.added, row.addedLow, row.addedHigh) = (median, row.reachedLow, row.reachedHigh)
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
    addedLow = interval?.low
    addedHigh = interval?.high
    switch Difference(cell.ratios(figure, of: above, to: below).values) {
    case .more: change = .adds
    case .less: change = .lowers
    case .none: change = .unclear
    case .tooFew: change = .tooFew
    }
  }
}
