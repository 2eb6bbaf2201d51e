// Every figure of a run with its median and interval: the rows of summary.csv.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics

/// Which part of the run a summary row speaks of.
package enum SummaryScope: String, CSVField, Codable {
  /// Exports, by state of merges and window.
  case export
  /// Inserts, by leg.
  case insert
  /// Rounds of inserts and their merges until they settled, by leg.
  case settled
  /// Storage, by state of merges. One look, so no interval.
  case storage
  /// Limits of memory under which exports finish: found by bisection, so no interval.
  case memoryLimits = "memory_limits"

  package static let formerTexts = ["frontier": SummaryScope.memoryLimits]
}

/// One row of summary.csv.
package struct SummaryRow: Equatable, Recorded {
  /// Exports, inserts, whole rounds or storage.
  package var scope = SummaryScope.export
  /// The state of merges; nil for inserts.
  package var mergeState: String?
  /// The window as written; nil for inserts and storage.
  package var window: String?
  /// The window's length in milliseconds.
  package var windowMs: Int?
  /// The figure's name: a column of samples.csv, inserts.csv or storage.csv, or a derived one.
  package var figure = ""
  /// The unit of the values; of a ratio, the unit above and below the line.
  package var unit = FigureUnit.count
  /// A path, insert target or role, or the ratio of two: `mv-final/limit-by`.
  package var subject = ""
  /// How many attempts, or pairs, the values come from.
  package var n = 0
  /// The median; of a ratio, the median of the ratios within each repetition.
  package var median: Double?
  /// Lower end of the interval of the median (see `Statistics.interval(ofMedian:)`).
  package var low: Double?
  /// Upper end of the interval.
  package var high: Double?
  /// The least value.
  package var min: Double?
  /// The greatest value.
  package var max: Double?
  /// Values far from the others, flagged and kept.
  package var outliers = 0
  /// Measured attempts that failed; left out of the values.
  package var failed = 0
  /// Lower end of the bootstrap interval, for comparison (see
  /// `Statistics.bootstrapInterval(ofMedian:)`).
  package var bootstrapLow: Double?
  /// Upper end of the bootstrap interval.
  package var bootstrapHigh: Double?
  /// How often chance alone would set the pairs of a ratio as far apart; nil for what is no ratio.
  package var p: Double?
  /// The smallest difference that the pairs of a ratio could have shown, as a share.
  package var smallestDifference: Double?
  /// How far the values moved from the first repeat to the last, as a share of the median.
  package var drift: Double?
  /// How often chance alone would look as much like a trend.
  package var driftP: Double?
  /// The repeats (of inserts, the pairs) whose values are outliers, separated by spaces.
  package var outlierRepeats: String?
  /// The leg of inserts; nil for exports and storage.
  package var leg: String?
  /// Attempts that returned wrong rows; nil of what is no export. Only those with another number
  /// of rows are left out of the values. Above 0 a ratio has no values.
  package var wrongRows: Int?

  package init() {}

  package static let columns: [CSVColumn<SummaryRow>] = [
    CSVColumn("scope", \.scope),
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("window", \.window),
    CSVColumn("window_ms", \.windowMs),
    CSVColumn("figure", \.figure),
    CSVColumn("unit", \.unit),
    CSVColumn("subject", \.subject),
    CSVColumn("n", \.n),
    CSVColumn("median", \.median),
    CSVColumn("low", \.low),
    CSVColumn("high", \.high),
    CSVColumn("min", \.min),
    CSVColumn("max", \.max),
    CSVColumn("outliers", \.outliers),
    CSVColumn("failed", \.failed),
    CSVColumn("bootstrap_low", \.bootstrapLow),
    CSVColumn("bootstrap_high", \.bootstrapHigh),
    CSVColumn("p", \.p),
    CSVColumn("smallest_difference", \.smallestDifference),
    CSVColumn("drift", \.drift),
    CSVColumn("drift_p", \.driftP),
    CSVColumn("outlier_repeats", \.outlierRepeats),
    CSVColumn("leg", \.leg),
    CSVColumn("wrong_rows", \.wrongRows),
  ]

  /// The interval of the median, where there is one.
  package var interval: Interval? {
    guard let low, let high else { return nil }
    return Interval(low: low, high: high)
  }

  /// Half the width of the interval as a share of the median: 0.02 reads as "± 2 %". Nil where
  /// there is no interval or the median is 0.
  package var noise: Double? {
    guard let interval, let median, median != 0 else { return nil }
    return (interval.high - interval.low) / 2 / abs(median)
  }

  /// Whether the answer that the figure is of, or either answer of a ratio, is wrong.
  package var isWrong: Bool { wrongRows ?? 0 > 0 }

  /// Whether the two paths of a ratio differ.
  package var difference: Difference { Difference(count: n, interval: interval, p: p) }

  /// Whether the values moved while they were measured, so that the median says little.
  package var isUnstable: Bool {
    guard let drift, let driftP else { return false }
    return Drift(share: drift, p: driftP).isUnstable
  }

  fileprivate mutating func fill(_ series: Series) {
    guard let estimate = Estimate(series.values) else { return }
    fill(estimate)
    let bootstrap = Statistics.bootstrapInterval(ofMedian: series.values)
    bootstrapLow = bootstrap?.low
    bootstrapHigh = bootstrap?.high
    let drift = Statistics.drift(series.values)
    self.drift = drift?.share
    driftP = drift?.p
    let outliers = Statistics.outliers(series.values).map { String(series.repeats[$0]) }
    outlierRepeats = outliers.isEmpty ? nil : outliers.joined(separator: " ")
  }

  fileprivate mutating func fill(ratios: Series) {
    fill(ratios)
    p = Statistics.pValue(ofPairs: ratios.values)
    let logs = ratios.values.filter { $0 > 0 }.map(Math.log)
    smallestDifference = Power.deviation(ofLogRatios: logs).flatMap {
      Power.smallestDifference(deviation: $0, pairs: logs.count)
    }
  }

  fileprivate mutating func fill(_ estimate: Estimate) {
    n = estimate.count
    median = estimate.median
    low = estimate.interval?.low
    high = estimate.interval?.high
    min = estimate.minimum
    max = estimate.maximum
    outliers = estimate.outliers
  }
}

/// Every figure of a run. Warm-ups are left out; failed attempts, and those with another number of
/// rows than the ground truth, are left out and counted. A wrong answer has no ratio.
package struct Summary: Sendable {
  /// All rows: exports, inserts, whole rounds of them, storage.
  package let rows: [SummaryRow]
  private let index: [Place: Int]

  /// The subject of the storage ratio.
  package static let storageRatio = "(table+view)/table"

  /// The subject of the storage ratio if the view had the base table's codecs.
  package static let storageRatioWithCodecs = "(table+view_with_codecs)/table"

  /// Summarizes a run. Each path is set against `baseline`; `paths` gives the order.
  package init(
    _ records: Records, paths: [String], baseline: String, memoryLimits: [MemoryLimitFinding] = []
  ) {
    var rows = exportCells(records, order: paths).flatMap {
      Summary.rows($0, scope: .export, baseline: baseline)
    }
    let plain = InsertTarget.plain.rawValue
    rows += insertCells(records.inserts).flatMap {
      Summary.rows($0, scope: .insert, baseline: plain)
    }
    rows += settledCells(records).flatMap { Summary.rows($0, scope: .settled, baseline: plain) }
    rows += storageCells(records.storage).flatMap(Summary.rows)
    rows += memoryLimits.flatMap { $0.rows(baseline: baseline) }
    self.rows = rows
    index = Dictionary(
      rows.enumerated().map { (Place($1), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The row of an export figure. `subject` is a path or a ratio of two.
  package func export(
    _ figure: String, mergeState: String, window: String, subject: String
  ) -> SummaryRow? {
    row(.export, mergeState, window, figure, subject)
  }

  /// The row of an insert figure. `subject` is `plain`, `with_view` or `with_view/plain`.
  package func insert(
    _ figure: String, leg: String = ReservedLeg.load, subject: String
  ) -> SummaryRow? {
    row(.insert, nil, nil, figure, subject, leg)
  }

  /// The row of a figure of whole rounds, inserts and merges. `subject` as of inserts.
  package func settled(_ figure: String, leg: String, subject: String) -> SummaryRow? {
    row(.settled, nil, nil, figure, subject, leg)
  }

  /// The row of a storage figure. `subject` is `table`, `view` or `storageRatio`.
  package func storage(_ figure: String, mergeState: String, subject: String) -> SummaryRow? {
    row(.storage, mergeState, nil, figure, subject)
  }

  /// The line of summary.csv that a row stands in, from 1, which is the header.
  package func line(of row: SummaryRow) -> Int? { index[Place(row)].map { $0 + 2 } }

  /// The states of merges that were exported from, in the order of the run.
  package var mergeStates: [String] {
    rows.filter { $0.scope == .export }.compactMap(\.mergeState).uniqued()
  }

  /// The windows that were exported in a state of merges, the shortest first.
  package func windows(_ mergeState: String) -> [String] {
    rows.filter { $0.scope == .export && $0.mergeState == mergeState }.compactMap(\.window)
      .uniqued()
  }

  /// The legs of inserts, in the order of the run.
  package var legs: [String] { rows.filter { $0.scope == .insert }.compactMap(\.leg).uniqued() }

  private func row(
    _ scope: SummaryScope, _ mergeState: String?, _ window: String?, _ figure: String,
    _ subject: String, _ leg: String? = nil
  ) -> SummaryRow? {
    var wanted = SummaryRow()
    wanted.scope = scope
    wanted.mergeState = mergeState
    wanted.window = window
    wanted.figure = figure
    wanted.subject = subject
    wanted.leg = leg
    return index[Place(wanted)].map { rows[$0] }
  }

  private static func rows<Record>(
    _ cell: Cell<Record>, scope: SummaryScope, baseline: String
  ) -> [SummaryRow] {
    var row = SummaryRow()
    row.scope = scope
    row.mergeState = cell.mergeState
    row.window = cell.window
    row.windowMs = cell.windowMs
    row.leg = cell.leg
    var rows: [SummaryRow] = []
    for figure in Record.figures {
      row.figure = figure.name
      row.unit = figure.unit
      func add(_ name: String, _ series: Series, of subjects: [Subject<Record>]) {
        let isLeftOut = subjects.contains { $0.failed + $0.miscounted > 0 }
        guard !series.values.isEmpty || isLeftOut else { return }
        var next = row
        next.subject = name
        next.failed = subjects.reduce(0) { $0 + $1.failed }
        if scope == .export { next.wrongRows = subjects.reduce(0) { $0 + $1.wrongRows } }
        if subjects.count == 1 { next.fill(series) }
        if subjects.count > 1, subjects.allSatisfy(\.hasRatios) { next.fill(ratios: series) }
        rows.append(next)
      }
      for subject in cell.subjects { add(subject.name, subject.series(figure), of: [subject]) }
      guard let base = cell[baseline] else { continue }
      for subject in cell.subjects where subject.name != baseline {
        add(
          subject.name + "/" + baseline, cell.pairs(figure, of: subject.name, to: baseline),
          of: [subject, base])
      }
    }
    return rows
  }

  private static func rows(_ cell: StorageCell) -> [SummaryRow] {
    StorageSample.figures.flatMap { figure in
      [
        (TableRole.table.rawValue, cell.total(figure, .table)),
        (TableRole.view.rawValue, cell.total(figure, .view)),
        (storageRatio, cell.ratio(figure)),
        (TableRole.viewWithCodecs.rawValue, cell.total(figure, .viewWithCodecs)),
        (storageRatioWithCodecs, cell.ratio(figure, view: .viewWithCodecs)),
      ].compactMap { subject, value in
        guard let value, let estimate = Estimate([value]) else { return nil }
        var row = SummaryRow()
        row.scope = .storage
        row.mergeState = cell.mergeState
        row.figure = figure.name
        row.unit = figure.unit
        row.subject = subject
        row.fill(estimate)
        return row
      }
    }
  }
}

private struct Place: Hashable {
  let scope: SummaryScope
  let mergeState: String?
  let window: String?
  let figure: String
  let subject: String
  let leg: String?

  init(_ row: SummaryRow) {
    scope = row.scope
    mergeState = row.mergeState
    window = row.window
    figure = row.figure
    subject = row.subject
    leg = row.leg
  }
}
