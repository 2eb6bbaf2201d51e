// Tables of the memory limit search: minimum limit per window, and largest window per limit.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
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
        .init(text: "window", kind: .text), .init(text: "path", kind: .text),
        .init(text: "limit", kind: .number), .init(text: "refused", kind: .number),
        .init(text: "vs \(baseline)", kind: .number), .init(text: "peak", kind: .number),
        .init(text: "limit/peak", kind: .number, dropOrder: 2),
        .init(text: "spills", kind: .number, dropOrder: 3),
        .init(text: "time", kind: .number, dropOrder: 1),
        .init(text: "probes", kind: .number, dropOrder: 0),
      ])
    let found = of(.leastLimit, state)
    var last: TimeSpan?
    for finding in found {
      if finding.window != last { table.groupStarts.insert(table.rows.count) }
      table.rows.append([
        Field(text: finding.window == last ? "" : text(finding.window), tone: .strong),
        WrongRows.marked(finding.path, if: finding.wrongAnswer != nil),
        bound(finding) { "\(ByteCount($0))" },
        Field(text: finding.edge.refused.map { "\(ByteCount($0))" } ?? "–"),
        Field(text: finding.ratio.map(significant) ?? ""),
        Field(text: finding.peakBytes.map(FigureUnit.bytes.text) ?? "–"),
        Field(text: finding.shareOfPeak.map(significant) ?? ""), spills(finding), time(finding),
        Field(text: "\(finding.probes)", tone: .faint),
      ])
      last = finding.window
    }
    let times = question.confirmations
    table.remarks =
      [
        Field(
          text: "limit: the smallest max_memory_usage under which \(times) of \(times) exports "
            + "finished; refused: the largest under which one did not (MEMORY_LIMIT_EXCEEDED), "
            + "\(percent(question.resolution)) or less apart. Peak: query_log, without a limit. "
            + "Spills: bytes written to disk\(spilling)",
          tone: .faint)
      ] + remarks(found) { "\($0.path) at \(text($0.window))" }
    return table
  }

  private func windows(_ state: String) -> Table {
    var table = Table(
      title: "Largest window within a limit, \(state)",
      headings: [
        .init(text: "limit", kind: .text), .init(text: "path", kind: .text),
        .init(text: "largest window", kind: .number), .init(text: "rows", kind: .number),
        .init(text: "refused", kind: .number),
        .init(text: "spills", kind: .number, dropOrder: 2),
        .init(text: "time", kind: .number, dropOrder: 1),
        .init(text: "probes", kind: .number, dropOrder: 0),
      ])
    let found = of(.largestWindow, state)
    var last: Int?
    for finding in found {
      if finding.limitBytes != last { table.groupStarts.insert(table.rows.count) }
      table.rows.append([
        Field(text: finding.limitBytes == last ? "" : text(finding.limitBytes), tone: .strong),
        WrongRows.marked(finding.path, if: finding.wrongAnswer != nil),
        bound(finding, Self.span),
        finding.found == nil ? Field(text: "–") : .count(finding.rows),
        Field(text: finding.edge.refused.map(Self.span) ?? "–"), spills(finding), time(finding),
        Field(text: "\(finding.probes)", tone: .faint),
      ])
      last = finding.limitBytes
    }
    table.remarks =
      [
        Field(
          text: "windows start where the data starts; if a window can be exported, every shorter "
            + "one is assumed to be. If none was refused, all of the data fits",
          tone: .faint)
      ] + remarks(found) { "\($0.path) in \(text($0.limitBytes))" }
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
    case (.found, let found?): Field(text: text(found), tone: .strong)
    case (.failed, _) where finding.wrongAnswer != nil: WrongRows.field
    case (.failed, _): Field(text: "failed", tone: .bad)
    case (.never, _): Field(text: "none", tone: .bad)
    case (_, let some?): Field(text: "~ " + text(some), tone: .warning)
    case (_, nil): Field(text: "–", tone: .warning)
    }
  }

  private func spills(_ finding: MemoryLimitFinding) -> Field {
    guard finding.edge.finished != nil, let bytes = finding.spilledBytes else { return Field() }
    return bytes == 0
      ? Field(text: "no", tone: .faint) : Field(text: "\(ByteCount(bytes))", tone: .warning)
  }

  private func time(_ finding: MemoryLimitFinding) -> Field {
    Field(text: finding.clientWallMs.map(FigureUnit.milliseconds.text) ?? "")
  }

  /// Reasons why searches did not finish.
  private func remarks(
    _ findings: [MemoryLimitFinding], _ place: (MemoryLimitFinding) -> String
  ) -> [Field] {
    findings.compactMap { finding in
      if let wrong = finding.wrongAnswer {
        let words = wrong.hasPrefix(WrongRows.text) ? wrong : "\(WrongRows.text): \(wrong)"
        return Field(text: "\(place(finding)): \(words)", tone: .bad)
      }
      let confirmed = "\(finding.edge.confirmations) of \(question.confirmations)"
      switch finding.edge.ending {
      case .found: return nil
      case .open:
        return Field(
          text: "~ \(place(finding)): the run ended before the search did", tone: .warning)
      case .outOfProbes:
        return Field(
          text: "~ \(place(finding)): stopped after \(plural(finding.probes, "probe")) "
            + "(probes_max); the limit shown was confirmed \(confirmed) times",
          tone: .warning)
      case .never:
        let least = finding.edge.refused ?? 0
        let words =
          finding.search == .largestWindow
          ? "not even \(Self.span(least)) can be exported"
          : "refused even at \(ByteCount(least))"
        return Field(text: "\(place(finding)): \(words)", tone: .bad)
      case .failed:
        return Field(
          text: "\(place(finding)): \(finding.failure ?? "a probe failed")", tone: .bad)
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

extension Field {
  /// A dash if unknown.
  fileprivate static func count(_ value: Int?) -> Field {
    Field(text: value.map { "\(Count($0))" } ?? "–")
  }
}
