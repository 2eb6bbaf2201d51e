// Medians and intervals of all figures: rows of summary.csv.

import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics

package enum SummaryScope: String, CSVField, Codable {
  /// By merge state and window.
  case export
  /// By leg.
  case insert
  /// Rounds of inserts and their merges until they settled, by leg.
  case settled
  /// By merge state; a single sample, so no interval.
  case storage
  /// Memory limits under which exports finish, found by bisection, so no interval.
  case memoryLimits = "memory_limits"

  package static let formerTexts = ["frontier": SummaryScope.memoryLimits]
}

package struct SummaryRow: Equatable, Recorded {
  package var scope = SummaryScope.export
  /// Nil for inserts.
  package var mergeState: String?
  /// Nil for inserts and storage.
  package var window: String?
  /// In milliseconds.
  package var windowMs: Int?
  /// A column of samples.csv, inserts.csv or storage.csv, or a derived figure.
  package var figure = ""
  /// For a ratio, of numerator and denominator.
  package var unit = FigureUnit.count
  /// Path, insert target or role, or a ratio: `mv-final/limit-by`.
  package var subject = ""
  /// Number of attempts or pairs.
  package var n = 0
  /// For a ratio, the median of the ratios within each repeat.
  package var median: Double?
  /// Interval of the median (see `Statistics.interval(ofMedian:)`).
  package var low: Double?
  package var high: Double?
  package var min: Double?
  package var max: Double?
  /// Number of values flagged as outliers and kept.
  package var outliers = 0
  /// Failed measured attempts, excluded from the values.
  package var failed = 0
  /// Bootstrap interval, for comparison (see `Statistics.bootstrapInterval(ofMedian:)`).
  package var bootstrapLow: Double?
  package var bootstrapHigh: Double?
  /// Probability by chance of a ratio this far from 1; nil unless a ratio.
  package var p: Double?
  /// Smallest difference that the pairs could detect, as a share.
  package var smallestDifference: Double?
  /// Change from the first to the last repeat, as a share of the median.
  package var drift: Double?
  /// Probability of such a trend by chance.
  package var driftP: Double?
  /// Repeats (for inserts, pairs) with outliers, separated by spaces.
  package var outlierRepeats: String?
  /// Nil for exports and storage.
  package var leg: String?
  /// Attempts with wrong rows; nil unless an export. Only those with a wrong number of rows are
  /// excluded from the values. Above 0, ratios have no values.
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

  package var interval: Interval? {
    guard let low, let high else { return nil }
    return Interval(low: low, high: high)
  }

  /// Half the width of the interval as a share of the median: 0.02 means ± 2 %. Nil without an
  /// interval or if the median is 0.
  package var noise: Double? {
    guard let interval, let median, median != 0 else { return nil }
    return (interval.high - interval.low) / 2 / abs(median)
  }

  /// Whether the answer, or either answer of a ratio, is wrong.
  package var isWrong: Bool { wrongRows ?? 0 > 0 }

  package var difference: Difference { Difference(count: n, interval: interval, p: p) }

  /// The values drifted, so the median is unreliable.
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

/// Excludes warm-ups, and excludes but counts failed attempts and wrong numbers of rows. Wrong
/// answers have no ratio.
package struct Summary: Sendable {
  package let rows: [SummaryRow]
  private let index: [Place: Int]

  package static let storageRatio = "(table+view)/table"

  /// With a view that has the base table's codecs.
  package static let storageRatioWithCodecs = "(table+view_with_codecs)/table"

  /// - Parameter paths: their order.
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

  /// - Parameter subject: a path, or a ratio of two.
  package func export(
    _ figure: String, mergeState: String, window: String, subject: String
  ) -> SummaryRow? {
    row(.export, mergeState, window, figure, subject)
  }

  /// - Parameter subject: `plain`, `with_view` or `with_view/plain`.
  package func insert(
    _ figure: String, leg: String = ReservedLeg.load, subject: String
  ) -> SummaryRow? {
    row(.insert, nil, nil, figure, subject, leg)
  }

  /// - Parameter subject: as for inserts.
  package func settled(_ figure: String, leg: String, subject: String) -> SummaryRow? {
    row(.settled, nil, nil, figure, subject, leg)
  }

  /// - Parameter subject: `table`, `view` or `storageRatio`.
  package func storage(_ figure: String, mergeState: String, subject: String) -> SummaryRow? {
    row(.storage, mergeState, nil, figure, subject)
  }

  /// Line in summary.csv; the header is line 1.
  package func line(of row: SummaryRow) -> Int? { index[Place(row)].map { $0 + 2 } }

  /// In the order of the run.
  package var mergeStates: [String] {
    rows.filter { $0.scope == .export }.compactMap(\.mergeState).uniqued()
  }

  /// Shortest first.
  package func windows(_ mergeState: String) -> [String] {
    rows.filter { $0.scope == .export && $0.mergeState == mergeState }.compactMap(\.window)
      .uniqued()
  }

  /// In the order of the run.
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
