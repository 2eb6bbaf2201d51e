// Tables of a comparison: gate result, causes and all figures.

import Analysis
import Statistics
import Units

extension Comparison: Reportable {
  package var report: ReportModel {
    let tables = ComparisonTables(comparison: self)
    let blind = blind.map { "\($0.title) of \($0.place.text)" }
    let tooNoisy =
      "too noisy to detect a regression as large as the threshold: "
      + blind.prefix(4).joined(separator: "; ")
      + (blind.count > 4 ? "; and \(blind.count - 4) more" : "")
    return ReportModel(
      title: "exportbench compare  \(base) → \(candidate)",
      facts: [("result", headline)],
      warnings: notes + (blind.isEmpty ? [] : [tooNoisy]),
      tables: tables.verdicts + tables.all,
      footnotes: [
        "Change: median of the ratios of all candidate attempts to all base attempts, with its "
          + "95 % interval (Moses). ↑ ↓ beyond the threshold and significant "
          + "(exact rank sums, p ≤ 0.05 after Holm); ? beyond it, but not significant; · below "
          + "the threshold; = all values equal; ~ not comparable. Time is advisory."
      ])
  }

  package var headline: String {
    let gates = lines.count(where: \.gates)
    var found: [String] = []
    if !regressions.isEmpty { found.append(plural(regressions.count, "regression")) }
    if !faults.isEmpty { found.append(plural(faults.count, "fault")) }
    if !suspects.isEmpty { found.append("\(plural(suspects.count, "figure")) undecided") }
    let cleared =
      cleared.isEmpty ? "" : "; \(plural(cleared.count, "suspect")) cleared by repeated measurement"
    return found.isEmpty
      ? "no regression in \(plural(gates, "figure"))\(cleared)"
      : found.joined(separator: ", ") + " in \(plural(gates, "figure"))\(cleared)"
  }
}

extension Comparison.Fault {
  package var sentence: String { "\(place.text): \(finding)" }
}

extension Comparison.Line {
  /// For example `peak memory of limit-by at 1d (fresh): 5.16 MiB → 7.1 MiB, + 38 % (threshold 5
  /// %)`.
  package var sentence: String {
    "\(title) of \(place.text): \(unit.text(base)) → \(unit.text(candidate)), \(growth), "
      + "threshold \(percent(threshold))" + (change == .suspect ? "; \(doubt)" : "")
  }

  private var doubt: String {
    let least = Statistics.leastPValue(candidateCount, against: baseCount)
    return least > Comparison.alpha
      ? "\(candidateCount) and \(baseCount) attempts can show no change; use more repeats"
      : "not significant (p = \(significant(adjustedP ?? 1)) after correction)"
  }

  package var growth: String {
    guard let factor = shift?.factor else { return "from \(unit.text(base))" }
    return signed(factor)
  }

  var growthWithInterval: String {
    guard let interval = shift?.interval, interval.low < interval.high else { return growth }
    return "\(growth) [\(signed(interval.low)), \(signed(interval.high))]"
  }

  private func signed(_ factor: Double) -> String {
    (factor >= 1 ? "+" : "") + percent(factor - 1)
  }

  var tone: Tone {
    switch change {
    case .regression: gates ? .bad : .warning
    case .suspect: .warning
    case .improvement: .good
    case .small: .plain
    case .same, .none: .faint
    }
  }
}

private struct ComparisonTables {
  let comparison: Comparison

  /// Faults, regressions, suspects, cleared suspects and advice; without empty tables.
  var verdicts: [Table] {
    let faults =
      comparison.faults.isEmpty
      ? []
      : [
        Table(
          title: "Missing, failed or wrong", headings: [],
          remarks: comparison.faults.map { Field("✗ \($0.sentence)", .bad) })
      ]
    return faults
      + [
        ("Regressions", comparison.regressions, Tone.bad),
        (
          "Undecided: beyond the threshold, but not significant", comparison.suspects, .warning
        ),
        ("Cleared by repeated measurement", comparison.cleared, .plain),
        ("Advice: slower (does not fail the gate)", comparison.advice, .warning),
      ].filter { !$0.1.isEmpty }.map { title, lines, tone in
        Table(
          title: title, headings: [],
          remarks: lines.map { Field("\($0.change.mark) \($0.sentence)", tone) })
      }
  }

  var all: [Table] {
    comparison.lines.grouped(by: Kind.init).map { kind, lines in
      let limit = percent(lines[0].threshold)
      return Table(
        title: "\(kind.title) (\(kind.scope.rawValue), "
          + (kind.gates ? "threshold \(limit))" : "advice, from \(limit))"),
        headings: [
          .text("where"), .number("base"), .number("candidate"), .text("change"),
          .number("p", drop: 1),
        ],
        rows: lines.map { line in
          [
            Field(line.place.text), Field(line.unit.text(line.base)),
            Field(line.unit.text(line.candidate)),
            Field("\(line.change.mark) \(line.growthWithInterval)", line.tone),
            Field(line.adjustedP.map { $0 < 0.001 ? "<0.001" : fixed($0, 3) } ?? "", .faint),
          ]
        })
    }
  }

  private struct Kind: Hashable {
    let scope: ComparedScope
    let title: String
    let gates: Bool

    init(_ line: Comparison.Line) {
      (scope, title, gates) = (line.place.scope, line.title, line.gates)
    }
  }
}
