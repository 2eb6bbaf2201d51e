// Report of a sweep: runs, costs, crossovers and claims side by side.

import Analysis
import Statistics
import Units

/// The environment of each run is in its own report.
extension SweepFindings: Reportable {
  package var report: ReportModel {
    let tables = SweepTables(members)
    let runs = plural(members.count, "run")
    return ReportModel(
      title: "exportbench  \(name)",
      facts: isOneSweep
        ? [("sweep", "\(runs) of one benchmark, run in sequence")]
        : [("runs", "\(runs), measured separately: machine, dataset and paths may differ")],
      warnings: members.flatMap(\.findings.manifest.notes).uniqued()
        + members.filter { !$0.findings.manifest.complete }.map {
          "the run \($0.name) is not complete: \($0.findings.manifest.status)"
        },
      tables: [tables.members].about(.runs) + (tables.costs + tables.crossovers).about(.exports)
        + tables.claims.about(.runs),
      topics: [.runs, .exports],
      troubles: TroubleList.merged(
        members.flatMap { member in
          member.findings.troubles.map { list in
            var list = list
            list.items = list.items.map { "\(member.name): \($0)" }
            return list
          }
        }),
      footnotes: [
        "A ratio is the median of the ratios within each repeat; its interval is in summary.csv "
          + "and in the run's own report. ↓ and ↑ mark a difference, ≈ no difference, ~ a drift. "
          + "Wrong answers have no ratio, nor does a path compared with one."
      ])
  }
}

struct SweepTables {
  private let sweep: [SweepMember]
  /// More runs are split into several tables of 80 columns.
  private let membersInTable: Int

  init(_ members: [SweepMember]) {
    sweep = members
    let paths = members.flatMap { $0.findings.manifest.paths.map(\.name.count) }.max() ?? 0
    let names = max(8, members.map(\.name.count).max() ?? 0)
    let ratios = 5 + (members.map(\.findings.manifest.baseline.count).max() ?? 0)
    membersInTable = max(1, (70 - paths) / (names + ratios + 2))
  }

  var members: Table {
    Table(
      title: "Runs",
      headings: [
        .text("run"), .text("ClickHouse"), .text("dataset"), .number("rows"), .number("unique ids"),
        .number("repeats"),
      ],
      rows: sweep.map { member in
        let manifest = member.findings.manifest
        return [
          Field(member.name, .strong), Field(manifest.engine.version), Field(manifest.dataset.file),
          Field("\(Count(manifest.dataset.rows))"), Field("\(Count(manifest.dataset.unique))"),
          Field("\(Count(member.findings.repeats))"),
        ]
      })
  }

  var costs: [Table] {
    let states = sweep.flatMap(\.findings.summary.mergeStates).uniqued()
    return states.flatMap { state in
      stride(from: 0, to: sweep.count, by: membersInTable).map { start in
        cost(state, Array(sweep[start..<min(start + membersInTable, sweep.count)]))
      }
    }
  }

  private func cost(_ state: String, _ members: [SweepMember]) -> Table {
    var table = Table(
      title: "Peak memory, \(state)",
      headings: [.text("window"), .text("path")]
        + members.flatMap { member in
          [Table.Heading.number(member.name), .text("vs \(member.findings.manifest.baseline)")]
        })
    let windows = members.flatMap { $0.findings.summary.windows(state) }.uniqued()
    let paths = members.flatMap { $0.findings.manifest.paths.map(\.name) }.uniqued()
    for window in windows {
      let rows = paths.map { path in
        [Field(path)]
          + members.flatMap { member in
            let (summary, baseline) = (member.findings.summary, member.findings.manifest.baseline)
            func row(_ subject: String) -> SummaryRow? {
              summary.export(Crossover.figure, mergeState: state, window: window, subject: subject)
            }
            let own = row(path)
            if own?.isWrong == true { return [.figure(own), WrongRows.field] }
            return [
              .figure(own), path == baseline ? Field() : .briefRatio(row("\(path)/\(baseline)")),
            ]
          }
      }
      table.append(group: window, rows)
    }
    return table
  }

  /// Where each path crosses the baseline; empty with a single window.
  var crossovers: [Table] {
    var table = Table(
      title: "Crossovers in peak memory",
      headings: [
        .text("run"), .text("merge state"), .text("path"), .number("equal at"), .text("95 %"),
        .text("beyond it"),
      ],
      remarks: [
        Field(
          "equal at: the window at which the ratio crosses 1, interpolated between windows "
            + "on logarithmic scales; 95 %: where the band of its intervals contains 1", .faint)
      ])
    let pairs = sweep.flatMap { $0.findings.crossovers.map(\.pairs) }.min() ?? 0
    if pairs < Statistics.fewestForFullConfidence {
      table.remark(
        "with \(plural(pairs, "repeat")) the band is their range, with a confidence far "
          + "below 95 %; \(Statistics.fewestForFullConfidence) are needed", .warning)
    }
    for member in sweep {
      table.append(group: member.name, member.findings.crossovers.map(fields))
    }
    return table.rows.isEmpty ? [] : [table]
  }

  private func fields(of row: Crossover) -> [Field] {
    let place = [Field(row.mergeState), Field(row.subject)]
    let ends =
      "\(row.lowMs.map(window) ?? "<\(window(Double(row.firstMs)))") – "
      + "\(row.highMs.map(window) ?? ">\(window(Double(row.lastMs)))")"
    let middle = row.windowMs.map(window) ?? "–"
    let doubt = row.lowMs == nil || row.highMs == nil ? ", uncertain" : ""
    switch row.crossing {
    case .falls: return place + [Field(middle), Field(ends), Field("less\(doubt)", .good)]
    case .rises: return place + [Field(middle), Field(ends), Field("more\(doubt)", .bad)]
    case .noneBelow, .noneAbove:
      let below = row.crossing == .noneBelow
      let sure = below ? row.windowsBelow : row.windowsAbove
      let text = "\(below ? "less" : "more") at \(sure) of \(row.windows)"
      return place + [Field("none"), Field(), Field(text, below ? .good : .bad)]
    case .undecided: return place + [Field("none"), Field(), Field("no difference", .faint)]
    }
  }

  private func window(_ milliseconds: Double) -> String { WindowChart.span(milliseconds) }

  var claims: [Table] {
    let names = sweep.flatMap { $0.findings.verdicts.map(\.claim.name) }.uniqued()
    guard !names.isEmpty else { return [] }
    return stride(from: 0, to: sweep.count, by: membersInTable).map { start in
      let members = sweep[start..<min(start + membersInTable, sweep.count)]
      return Table(
        title: "Claims",
        headings: [.text("claim")]
          + members.map { .text($0.name) },
        rows: names.map { name in
          [Field(name)]
            + members.map { member in
              guard let verdict = member.findings.verdicts.first(where: { $0.claim.name == name })
              else { return Field("–", .faint) }
              let line = ClaimLine(outcome: verdict.outcome, statement: "", reason: "")
              return Field("\(line.mark) \(verdict.outcome.rawValue)", line.tone)
            }
        })
    }
  }

}
