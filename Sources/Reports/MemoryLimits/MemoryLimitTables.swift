// Tables of the memory limit search: minimum limit per window, and largest window per limit.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

struct MemoryLimitTables {
  private let findings: [MemoryLimitFinding]
  private let question: MemoryLimitQuestion
  private let baseline: String

  init(_ findings: [MemoryLimitFinding], _ manifest: Manifest) {
    self.findings = findings
    question = manifest.memoryLimits ?? MemoryLimitQuestion()
    baseline = manifest.baseline
  }

  var tables: [Table] {
    findings.map(\.mergeState).uniqued().flatMap { state in
      [limits(state), windows(state)].filter { !$0.rows.isEmpty }
    }
  }

  private func limits(_ state: String) -> Table {
    var table = Table(
      title: "Least memory limit, \(state)",
      headings: [
        .text("window"), .text("path"), .number("limit"), .number("refused"),
        .number("vs \(baseline)"), .number("peak"), .number("limit/peak", drop: 2),
        .number("spills", drop: 3), .number("time", drop: 1), .number("probes", drop: 0),
      ])
    let found = of(.leastLimit, state)
    for findings in found.runs(by: \.window) {
      let rows = findings.map { finding in
        [
          WrongRows.marked(finding.path, if: finding.wrongAnswer != nil),
          bound(finding) { "\(ByteCount($0))" },
          Field(finding.edge.refused.map { "\(ByteCount($0))" } ?? "–"),
          Field(finding.ratio.map(significant) ?? ""),
          Field(finding.peakBytes.map(FigureUnit.bytes.text) ?? "–"),
          Field(finding.shareOfPeak.map(significant) ?? ""), spills(finding), time(finding),
          Field("\(finding.probes)", .faint),
        ]
      }
      table.append(group: text(findings[0].window), rows)
    }
    let times = question.confirmations
    table.remark(
      "limit: the smallest max_memory_usage under which \(times) of \(times) exports finished; "
        + "refused: the largest under which one did not (MEMORY_LIMIT_EXCEEDED), "
        + "\(percent(question.resolution)) or less apart. Peak: query_log, without a limit. "
        + "Spills: bytes written to disk\(spilling). \(times) of \(times) promise, with 95 % "
        + "confidence, that more than \(percent(Statistics.shareUpToGreatest(of: times))) of such "
        + "exports finish; \(Statistics.fewestForUpperBound) promise 95 %")
    table.remarks += remarks(found) { "\($0.path) at \(text($0.window))" }
    return table
  }

  private func windows(_ state: String) -> Table {
    var table = Table(
      title: "Largest window within a limit, \(state)",
      headings: [
        .text("limit"), .text("path"), .number("largest window"), .number("rows"),
        .number("refused"), .number("spills", drop: 2), .number("time", drop: 1),
        .number("probes", drop: 0),
      ])
    let found = of(.largestWindow, state)
    for findings in found.runs(by: \.limitBytes) {
      let rows = findings.map { finding in
        [
          WrongRows.marked(finding.path, if: finding.wrongAnswer != nil), bound(finding, Self.span),
          Field(finding.found == nil ? "–" : finding.rows.map { "\(Count($0))" } ?? "–"),
          Field(finding.edge.refused.map(Self.span) ?? "–"), spills(finding), time(finding),
          Field("\(finding.probes)", .faint),
        ]
      }
      table.append(group: text(findings[0].limitBytes), rows)
    }
    table.remark(
      "windows start where the data starts; if a window can be exported, every shorter one is "
        + "assumed to be. If none was refused, all of the data fits")
    table.remarks += remarks(found) { "\($0.path) in \(text($0.limitBytes))" }
    return table
  }

  private var spilling: String {
    question.spillShare.map { ", starting at \(percent($0)) of the limit" } ?? ""
  }

  private func of(_ search: MemoryLimitSearchKind, _ state: String) -> [MemoryLimitFinding] {
    findings.filter { $0.search == search && $0.mergeState == state }
  }

  /// The successful end of the bracket, or why there is none.
  private func bound(_ finding: MemoryLimitFinding, _ text: (Int) -> String) -> Field {
    switch (finding.edge.ending, finding.edge.finished) {
    case (.found, let found?): Field(text(found), .strong)
    case (.failed, _) where finding.wrongAnswer != nil: WrongRows.field
    case (.failed, _): Field("failed", .bad)
    case (.never, _): Field("none", .bad)
    case (_, let some?): Field("~ " + text(some), .warning)
    case (_, nil): Field("–", .warning)
    }
  }

  private func spills(_ finding: MemoryLimitFinding) -> Field {
    guard finding.edge.finished != nil, let bytes = finding.spilledBytes else { return Field() }
    return bytes == 0
      ? Field("no", .faint) : Field("\(ByteCount(bytes))", .warning)
  }

  private func time(_ finding: MemoryLimitFinding) -> Field {
    Field(finding.clientWallMs.map(FigureUnit.milliseconds.text) ?? "")
  }

  /// Reasons why searches did not finish.
  private func remarks(
    _ findings: [MemoryLimitFinding], _ place: (MemoryLimitFinding) -> String
  ) -> [Field] {
    findings.compactMap { finding in
      if let wrong = finding.wrongAnswer {
        let words = wrong.hasPrefix(WrongRows.text) ? wrong : "\(WrongRows.text): \(wrong)"
        return Field("\(place(finding)): \(words)", .bad)
      }
      let confirmed = "\(finding.edge.confirmations) of \(question.confirmations)"
      switch finding.edge.ending {
      case .found: return nil
      case .open:
        return Field("~ \(place(finding)): the run ended before the search did", .warning)
      case .outOfProbes:
        return Field(
          "~ \(place(finding)): stopped after \(plural(finding.probes, "probe")) "
            + "(probes_max); the limit shown was confirmed \(confirmed) times", .warning)
      case .never:
        let least = finding.edge.refused ?? 0
        let words =
          finding.search == .largestWindow
          ? "not even \(Self.span(least)) can be exported"
          : "refused even at \(ByteCount(least))"
        return Field("\(place(finding)): \(words)", .bad)
      case .failed:
        return Field("\(place(finding)): \(finding.failure ?? "a probe failed")", .bad)
      }
    }
  }

  private func text(_ window: TimeSpan?) -> String { window.map { "\($0)" } ?? "" }

  private func text(_ limit: Int?) -> String { limit.map { "\(ByteCount($0))" } ?? "" }

  /// `36h`; above two days `13.2 d`.
  private static func span(_ milliseconds: Int) -> String {
    let days = Double(milliseconds) / 86_400_000
    return days <= 2 || days == days.rounded()
      ? "\(TimeSpan(milliseconds: milliseconds))" : "\(fixed(days, 1)) d"
  }
}
