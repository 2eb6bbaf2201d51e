// What a report says, before any format: facts, tables, failures and claims, already put in words.
//
// Terminal and Markdown say the same because both print this. It decides no number and no verdict.

import Results
import Units

/// How a piece of text is meant.
enum Tone: Equatable {
  case plain, good, bad, warning, faint, strong
}

/// One field of a table.
struct Field: Equatable {
  var text = ""
  var tone = Tone.plain
  /// A share from 0 to 1 to draw instead of a text.
  var bar: Double?
}

/// A table with a title, and sentences below it.
struct Table: Equatable {
  struct Heading: Equatable {
    enum Kind: Equatable { case text, number, bar }
    var text: String
    var kind: Kind
    /// Where the table is too wide, columns go in this order; nil stays.
    var dropOrder: Int?
  }

  var title: String
  var headings: [Heading]
  var rows: [[Field]] = []
  /// The rows that begin a group: a window, say.
  var groupStarts: Set<Int> = []
  var remarks: [Field] = []
}

/// One claim and its answer.
struct ClaimLine: Equatable {
  var outcome: Outcome
  var statement: String
  var reason: String

  var mark: String {
    switch outcome {
    case .supported: "✓"
    case .refuted: "✗"
    case .inconclusive: "?"
    }
  }

  var tone: Tone {
    switch outcome {
    case .supported: .good
    case .refuted: .bad
    case .inconclusive: .warning
    }
  }
}

/// The whole of a report's content.
struct Digest {
  let title: String
  let facts: [(name: String, text: String)]
  let warnings: [String]
  let tables: [Table]
  let failures: [String]
  let claims: [ClaimLine]
  let footnotes: [String]

  init(_ findings: Findings) {
    let manifest = findings.manifest
    title = "exportbench  \(manifest.run)"
    facts = Digest.facts(findings)
    warnings =
      manifest.notes
      + (manifest.complete ? [] : ["this run is not complete: \(manifest.status)"])
      + findings.unsettled.map { leg, rounds in
        "merges of \(plural(rounds, "round")) of '\(leg)' had not settled when patience was over"
      }
      + [manifest.harness?.bottleneck].compactMap(\.self)
    tables =
      ExportTables(findings).tables + InsertTables(findings.summary).tables
      + SustainedTable(findings.sustained).tables + StorageTable(findings.summary).tables
    failures = findings.failures.map { failure in
      "\(failure.count > 1 ? "\(failure.count) × " : "")\(failure.place): \(failure.error)"
    }
    claims = findings.verdicts.map {
      ClaimLine(outcome: $0.outcome, statement: $0.claim.statement, reason: $0.reason)
    }
    footnotes = Digest.footnotes(findings)
  }

  private static func facts(_ findings: Findings) -> [(name: String, text: String)] {
    let (manifest, summary) = (findings.manifest, findings.summary)
    let data = manifest.dataset
    let states = summary.mergeStates
    let windows = states.flatMap(summary.windows)
    var facts = [
      (
        "engine",
        "ClickHouse \(manifest.engine.version) (\(manifest.engine.kind), \(manifest.engine.source))"
      ),
      (
        "dataset",
        "\(data.file): \(Count(data.rows)) rows, \(Count(data.unique)) unique ids, "
          + "\(Count(data.duplicates)) duplicates"
      ),
    ]
    if !windows.isEmpty {
      let count = Set(windows).count
      facts.append(
        (
          "exports",
          "\(plural(manifest.paths.count, "path")) × \(plural(count, "window")), "
            + "merge state \(states.joined(separator: ", ")), \(plural(findings.repeats, "repeat"))"
        ))
    }
    return facts
  }

  private static func footnotes(_ findings: Findings) -> [String] {
    let rows = findings.summary.rows.filter { $0.scope != .storage && $0.n > 0 }
    var notes: [String] = []
    if rows.contains(where: { $0.interval != nil }) {
      notes.append(
        "Figures are medians. ± and [low, high] are the 95 % interval of the median; a ratio is "
          + "the median of the ratios within each repeat.")
    }
    let fewest = rows.filter { $0.interval != nil }.map(\.n).min() ?? .max
    if fewest < Statistics.fewestForFullConfidence,
      let confidence = Statistics.confidence(count: fewest)
    {
      notes.append(
        "Of fewer than \(Statistics.fewestForFullConfidence) attempts the interval is their range; "
          + "of \(fewest), it holds the true median with \(fixed(confidence * 100, 0)) % only.")
    }
    let shown = ["memory_peak_bytes", "client_wall_ms"]
    let outliers = rows.filter { shown.contains($0.figure) && !$0.subject.contains("/") }
      .map(\.outliers).reduce(0, +)
    if outliers > 0 {
      notes.append("\(plural(outliers, "outlier")) in time or memory, kept (modified z above 3.5).")
    }
    return notes
  }
}

/// `1 path`, `2 paths`.
func plural(_ count: Int, _ noun: String) -> String {
  "\(Count(count)) \(noun)\(count == 1 ? "" : "s")"
}

extension Field {
  /// The median of a row in its unit; a dash where nothing was measured.
  static func figure(_ row: SummaryRow?) -> Field {
    guard let row, let median = row.median else {
      guard let row, row.failed > 0 else { return Field(text: "–", tone: .faint) }
      return Field(text: "failed", tone: .bad)
    }
    return Field(text: row.unit.text(median))
  }

  /// `±2 %`; empty without an interval, and without a spread.
  static func noise(_ row: SummaryRow?) -> Field {
    guard let noise = row?.noise, noise > 0 else { return Field() }
    let percent = noise * 100
    let text = percent < 0.95 ? "<1" : percent < 999.5 ? fixed(percent, 0) : ">999"
    return Field(text: "±\(text) %", tone: percent >= 20 ? .warning : .faint)
  }

  /// A ratio with its interval, and whether it is below, above or not to be told from 1.
  static func ratio(_ row: SummaryRow?) -> Field {
    guard let row, let median = row.median else { return Field(text: "–", tone: .faint) }
    guard let interval = row.interval else { return Field(text: "  " + significant(median)) }
    guard interval.low < interval.high else {
      // Every pair says the same: rows and bytes that a plan reads do not vary.
      let sign = median < 1 ? "↓" : median > 1 ? "↑" : "="
      let tone: Tone = median < 1 ? .good : median > 1 ? .bad : .faint
      return Field(text: "\(sign) \(significant(median))", tone: tone)
    }
    let ends = "[\(significant(interval.low)), \(significant(interval.high))]"
    let text = "\(significant(median)) \(ends)"
    if interval.high < 1 { return Field(text: "↓ " + text, tone: .good) }
    if interval.low > 1 { return Field(text: "↑ " + text, tone: .bad) }
    return Field(text: "≈ " + text, tone: .faint)
  }

  /// A ratio without its interval, which still decides the arrow.
  static func briefRatio(_ row: SummaryRow?) -> Field {
    var field = ratio(row)
    if let start = field.text.firstIndex(of: "[") {
      field.text = String(field.text[..<start]).trimmingTrailingSpaces
    }
    return field
  }
}
