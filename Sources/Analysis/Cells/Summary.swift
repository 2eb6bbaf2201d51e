// Every figure of a run with its median and interval: the rows of summary.csv.

/// Every figure of a run. Warm-ups are left out; failed attempts, and those with another number of
/// rows than the ground truth, are left out and counted. A wrong answer has no ratio.
package struct Summary: Sendable {
  /// All rows, experiment by experiment.
  package let rows: [SummaryRow]
  private let index: [[String?]: Int]

  package init(_ rows: [SummaryRow]) {
    self.rows = rows
    index = Dictionary(
      rows.enumerated().map { ($1.place, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The line of summary.csv that a row stands in, from 1, which is the header.
  package func line(of row: SummaryRow) -> Int? { index[row.place].map { $0 + 2 } }

  /// The row of a figure; `subject` is a path, a target, a table, or the ratio of two.
  package func row(
    _ scope: SummaryScope, mergeState: String? = nil, window: String? = nil, leg: String? = nil,
    figure: String, subject: String
  ) -> SummaryRow? {
    var wanted = SummaryRow()
    wanted.scope = scope
    wanted.mergeState = mergeState
    wanted.window = window
    wanted.figure = figure
    wanted.subject = subject
    wanted.leg = leg
    return index[wanted.place].map { rows[$0] }
  }
}

extension Cell {
  /// The rows of a cell: each figure of each subject, and its ratio to the baseline.
  package func summaryRows(
    _ scope: SummaryScope, baseline: String, countsWrongRows: Bool = false
  ) -> [SummaryRow] {
    var row = SummaryRow()
    row.scope = scope
    row.mergeState = mergeState
    row.window = window
    row.windowMs = windowMs
    row.leg = leg
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
        if countsWrongRows { next.wrongRows = subjects.reduce(0) { $0 + $1.wrongRows } }
        if subjects.count == 1 { next.fill(series) }
        if subjects.count > 1, subjects.allSatisfy(\.hasRatios) { next.fill(ratios: series) }
        rows.append(next)
      }
      for subject in subjects { add(subject.name, subject.series(figure), of: [subject]) }
      guard let base = self[baseline] else { continue }
      for subject in subjects where subject.name != baseline {
        add(
          subject.name + "/" + baseline, pairs(figure, of: subject.name, to: baseline),
          of: [subject, base])
      }
    }
    return rows
  }
}

extension SummaryRow {
  /// What the row is about; no two rows of a run have the same.
  fileprivate var place: [String?] { [scope.rawValue, mergeState, window, figure, subject, leg] }
}
