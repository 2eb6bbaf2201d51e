// What a report says, before any format: facts, tables, failures and claims, already put in words.
//
// Terminal and Markdown say the same because both print this. It decides no number and no verdict.

import Analysis
import RunStore
import Units

/// How a piece of text is meant.
enum Tone: Equatable {
  case plain, good, bad, warning, faint, strong
}

/// One field of a table.
package struct Field: Equatable {
  package var text = ""
  var tone = Tone.plain
  /// A share from 0 to 1 to draw instead of a text.
  var bar: Double?
  /// The row of summary.csv that the text comes from, where it comes from one.
  package var row: SummaryRow?
  /// The row of anatomy.csv, likewise.
  package var step: StageRow?
}

/// What a table or a chart is about: the parts of a page, in their order.
enum Topic: String, CaseIterable {
  case runs = "Runs and verdicts"
  case answers = "Answers"
  case exports = "Exports"
  case anatomy = "Where memory and time go"
  case clients = "The client"
  case limits = "Under a memory limit"
  case writes = "Writes"
  case load = "Load"
  case storage = "Storage"
  case noise = "A path against itself"
  case other = "Further tables"
}

/// A table with a title, and sentences below it.
package struct Table: Equatable {
  struct Heading: Equatable {
    package enum Kind: Equatable { case text, number, bar }
    package var text: String
    package var kind: Kind
    /// Where the table is too wide, columns go in this order; nil stays.
    var dropOrder: Int?
  }

  package var title: String
  var headings: [Heading]
  package var rows: [[Field]] = []
  /// The rows that begin a group: a window, say.
  var groupStarts: Set<Int> = []
  package var remarks: [Field] = []
  var topic = Topic.other
}

extension [Table] {
  /// The tables as parts of a topic.
  func about(_ topic: Topic) -> [Table] {
    map { table in
      var table = table
      table.topic = topic
      return table
    }
  }
}

/// One claim and its answer.
struct ClaimLine: Equatable {
  package var outcome: Outcome
  package var statement: String
  package var reason: String

  package var mark: String {
    switch outcome {
    case .supported: "✓"
    case .refuted: "✗"
    case .unstable: "~"
    case .inconclusive: "?"
    }
  }

  var tone: Tone {
    switch outcome {
    case .supported: .good
    case .refuted: .bad
    case .unstable, .inconclusive: .warning
    }
  }
}

/// The whole of a report's content.
struct ReportModel {
  package let title: String
  package let facts: [(name: String, text: String)]
  let warnings: [String]
  package let tables: [Table]
  package let failures: [String]
  /// Where the witnesses of memory contradict each other.
  package let disagreements: [String]
  package let claims: [ClaimLine]
  let footnotes: [String]

  init(_ findings: Findings) {
    let manifest = findings.manifest
    title = "exportbench  \(manifest.run)"
    facts = ReportModel.facts(findings)
    warnings =
      manifest.notes
      + (manifest.complete ? [] : ["this run is not complete: \(manifest.status)"])
      + findings.unsettled.map { leg, rounds in
        "merges of \(plural(rounds, "round")) of '\(leg)' had not settled when patience was over"
      }
      + [manifest.harness?.bottleneck].compactMap(\.self) + (findings.traffic?.warnings ?? [])
    tables =
      AnswerTable(findings).tables.about(.answers) + ExportTables(findings).tables.about(.exports)
      + StageTables(findings).tables.about(.anatomy)
      + ConsumerTable(findings).tables.about(.clients)
      + MemoryLimitTables(findings).tables.about(.limits)
      + InsertTables(findings.summary).tables.about(.writes)
      + LoadTestTables(findings.traffic).tables.about(.load)
      + StorageTables(findings).tables.about(.storage)
      + SelfComparisonTable(found: findings.selfComparisons).tables.about(.noise)
    failures =
      findings.failures.map { failure in
        "\(failure.count > 1 ? "\(failure.count) × " : "")\(failure.place): \(failure.error)"
      } + (findings.traffic?.failures ?? [])
    disagreements = findings.disagreements.map {
      "\($0.path) at \($0.window) (\($0.mergeState)): \($0.finding)"
    }
    claims =
      findings.verdicts.map {
        ClaimLine(outcome: $0.outcome, statement: $0.claim.statement, reason: $0.reason)
      } + (findings.traffic?.claims ?? [])
    footnotes = ReportModel.footnotes(findings)
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
      ("dataset", Self.fact(data)),
    ]
    if let traffic = findings.traffic { facts.append(("load", traffic.fact)) }
    if let part = manifest.part {
      let looks =
        findings.traffic == nil || part.isFirst
        ? "" : "; what the table holds, the first driver says"
      facts.append(
        ("driver", "\(part): exportbench merge makes one run of all parts\(looks)"))
    }
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

  private static func fact(_ data: Manifest.Dataset) -> String {
    guard let found = data.found else {
      return "\(data.file): \(Count(data.rows)) rows, \(Count(data.unique)) unique ids, "
        + "\(Count(data.duplicates)) duplicates"
    }
    return "\(data.file), as it was found: \(Count(data.rows)) rows of all versions and projects; "
      + "exported was \(found.project)"
  }

  static let failuresTitle = "Failed attempts and wrong rows"

  static let disagreementsTitle =
    "Witnesses of memory that disagree: no verdict on memory rests on them"
}

/// `1 path`, `2 paths`.
package func plural(_ count: Int, _ noun: String) -> String {
  "\(Count(count)) \(noun)\(count == 1 ? "" : "s")"
}

extension Field {
  /// The median of a row in its unit; a dash where nothing was measured.
  package static func figure(_ row: SummaryRow?) -> Field {
    guard let row, let median = row.median else {
      if row?.isWrong == true { return WrongRows.field }
      guard let row, row.failed > 0 else { return Field(text: "–", tone: .faint) }
      return Field(text: "failed", tone: .bad)
    }
    return Field(text: row.unit.text(median), row: row)
  }

  /// `±2 %`; empty without an interval, and without a spread.
  package static func noise(_ row: SummaryRow?) -> Field {
    guard let noise = row?.noise, noise > 0 else { return Field() }
    let percent = noise * 100
    let text = percent < 0.95 ? "<1" : percent < 999.5 ? fixed(percent, 0) : ">999"
    return Field(text: "±\(text) %", tone: percent >= 20 ? .warning : .faint)
  }

  /// A ratio with its interval, and a mark: whether the paths differ, or why that is not known.
  package static func ratio(_ row: SummaryRow?) -> Field {
    var field = unlinkedRatio(row)
    if row?.median != nil { field.row = row }
    return field
  }

  private static func unlinkedRatio(_ row: SummaryRow?) -> Field {
    guard let row, let median = row.median else { return Field(text: "–", tone: .faint) }
    guard let interval = row.interval else { return Field(text: "  " + significant(median)) }
    // Where every pair says the same, as of the rows that a plan reads, the ends say nothing more.
    let isCount = interval.low == interval.high
    let ends = isCount ? "" : " [\(significant(interval.low)), \(significant(interval.high))]"
    let text = significant(median) + ends
    if row.isUnstable { return Field(text: "~ " + text, tone: .warning) }
    switch row.difference {
    case .less: return Field(text: "↓ " + text, tone: .good)
    case .more: return Field(text: "↑ " + text, tone: .bad)
    case .none: return Field(text: (isCount ? "= " : "≈ ") + text, tone: .faint)
    case .tooFew: return Field(text: "  " + text)
    }
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
