// Tables of a load test: response times and goodput, interference, server, delivery audit,
// searches.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

struct LoadTestTables {
  private let loadTest: LoadTestFindings?

  init(_ loadTest: LoadTestFindings?) { self.loadTest = loadTest }

  var tables: [Table] {
    guard let loadTest else { return [] }
    let ingestion = IngestionTable(loadTest.lines)?.table
    return [times(loadTest), ingestion, suffering(loadTest), server(loadTest), balance(loadTest)]
      .compactMap(\.self) + searches(loadTest)
  }

  private func ms(_ value: Double?, of histogram: LatencyHistogram? = nil) -> String {
    value.map { value in
      (histogram?.isFloor(value) == true ? "≥ " : "") + FigureUnit.milliseconds.text(value)
    } ?? "–"
  }

  private func times(_ loadTest: LoadTestFindings) -> Table? {
    guard !loadTest.lines.isEmpty else { return nil }
    let hasOneStream = Set(loadTest.lines.map(\.stream)).count == 1
    var table = Table(
      title: "Response times, from the due time",
      headings: [
        .init(text: "during", kind: .text),
        .init(text: "stream", kind: .text, dropOrder: hasOneStream ? 6 : nil),
        .init(text: "requests", kind: .number), .init(text: "failed", kind: .number),
        .init(text: "p50", kind: .number), .init(text: "p90", kind: .number, dropOrder: 3),
        .init(text: "p99", kind: .number), .init(text: "longest", kind: .number, dropOrder: 4),
        .init(text: "service p99", kind: .number, dropOrder: 5),
        .init(text: "lag", kind: .number, dropOrder: 2),
        .init(text: "goodput", kind: .number), .init(text: "", kind: .number, dropOrder: 1),
      ])
    var last = ""
    for line in loadTest.lines {
      if line.label != last { table.groupStarts.insert(table.rows.count) }
      let breaks = loadTest.broken(line)
      let goodput =
        line.rowsPerSecond.map { "\(Count(whole($0.rounded(.down)))) rows/s" }
        ?? "\(significant(line.requestsPerSecond)) exports/s"
      table.rows.append([
        Field(text: line.label == last ? "" : line.label, tone: .strong),
        Field(text: line.stream), Field(text: "\(Count(line.requests))"),
        Field(text: "\(Count(line.failed))", tone: line.failed > 0 ? .bad : .faint),
        Field(text: ms(line.response.percentile(50), of: line.response)),
        Field(text: ms(line.response.percentile(90), of: line.response)),
        Field(
          text: ms(line.response.percentile(99), of: line.response),
          tone: breaks.isEmpty ? .plain : .bad),
        Field(text: ms(line.response.longest, of: line.response)),
        Field(text: ms(line.service.percentile(99))),
        Field(text: ms(line.lag.highest?.ms), tone: .faint),
        Field(text: goodput),
        Field(text: "\(ByteCount(whole(line.bytesPerSecond.rounded(.down))))/s", tone: .faint),
      ])
      last = line.label
    }
    table.remarks = remarks(loadTest)
    return table
  }

  private func remarks(_ loadTest: LoadTestFindings) -> [Field] {
    var remarks = [
      Field(
        text: "–: too few requests for that percentile (p90: 10, p99: 100). Service time "
          + "counts from the actual start; lag is the delay of the harness; goodput is what was "
          + "acknowledged, or received completely, in the measured time",
        tone: .faint)
    ]
    if let level = loadTest.question.serviceLevel {
      let broken = loadTest.lines.flatMap { line in
        loadTest.broken(line).map { "\($0) (\(line.label))" }
      }
      let seen = broken.uniqued()
      remarks.append(
        Field(
          text: "service level: \(level): "
            + (seen.isEmpty ? "met" : "violated by \(seen.joined(separator: "; "))"),
          tone: seen.isEmpty ? .plain : .warning))
    }
    return remarks
  }

  private func suffering(_ loadTest: LoadTestFindings) -> Table? {
    guard !loadTest.interference.isEmpty else { return nil }
    var table = Table(
      title: "Interference: ratios of response times",
      headings: [
        .init(text: "stream", kind: .text), .init(text: "with", kind: .text),
        .init(text: "p50", kind: .text), .init(text: "p90", kind: .text, dropOrder: 1),
        .init(text: "p99", kind: .text),
      ])
    for rows in grouped(loadTest.interference) {
      guard let first = rows.first else { continue }
      let cause =
        switch first.cause {
        case .stream(let name): "concurrent \(name), \(first.target.words)"
        case .view:
          "the view instead of none" + (first.streamMix == .both ? beside(first) : "")
        }
      table.rows.append(
        [Field(text: first.stream, tone: .strong), Field(text: cause)]
          + Interference.percents.map { percent in
            ratio(rows.first { $0.percent == percent })
          })
    }
    let rounds = loadTest.interference.map(\.rounds).max() ?? 0
    table.remarks = [
      Field(
        text: "medians over the rounds of the percentile divided by that of the "
          + "other phase of the same round, with "
          + (rounds >= Statistics.fewestForFullConfidence
            ? "95 % intervals over \(rounds) rounds"
            : "the range of \(plural(rounds, "round")), too few for a 95 % interval")
          + "; without brackets: all rounds pooled",
        tone: .faint)
    ]
    return table
  }

  private func beside(_ row: Interference) -> String {
    let ingest = LoadTestQuestion.Stream.ingest
    return ", with concurrent " + (row.stream == ingest ? row.export ?? "exports" : ingest)
  }

  private func grouped(_ rows: [Interference]) -> [[Interference]] {
    rows.reduce(into: []) { groups, row in
      if let last = groups.last?.first, last.stream == row.stream, last.cause == row.cause,
        last.target == row.target, last.streamMix == row.streamMix, last.export == row.export
      {
        groups[groups.count - 1].append(row)
      } else {
        groups.append([row])
      }
    }
  }

  private func ratio(_ row: Interference?) -> Field {
    guard let row else { return Field(text: "–", tone: .faint) }
    guard let interval = row.interval else { return Field(text: "  " + significant(row.ratio)) }
    let text =
      "\(significant(row.ratio)) [\(significant(interval.low)), \(significant(interval.high))]"
    // The range of a few rounds cannot show a difference.
    guard row.rounds >= Statistics.fewestForFullConfidence else { return Field(text: "  " + text) }
    if interval.low > 1 { return Field(text: "↑ " + text, tone: .bad) }
    if interval.high < 1 { return Field(text: "↓ " + text, tone: .good) }
    return Field(text: "≈ " + text, tone: .faint)
  }

  private func server(_ loadTest: LoadTestFindings) -> Table? {
    var table = Table(
      title: "Server maxima",
      headings: [
        .init(text: "during", kind: .text), .init(text: "memory", kind: .number),
        .init(text: "parts", kind: .number), .init(text: "merges", kind: .number),
        .init(text: "wait p99", kind: .number),
      ])
    for label in loadTest.lines.map(\.label).uniqued() {
      guard let line = loadTest.lines.first(where: { $0.label == label }) else { continue }
      let waits = loadTest.lines.filter { $0.label == label }.compactMap { $0.wait.highest?.ms }
      table.rows.append([
        Field(text: label, tone: .strong),
        Field(text: line.server.memoryBytes.map { "\(ByteCount($0))" } ?? "–"),
        Field(text: line.server.parts.map { "\(Count($0))" } ?? "–"),
        Field(text: line.server.merges.map { "\(Count(whole($0.max)))" } ?? "–"),
        Field(text: ms(waits.max())),
      ])
    }
    guard !table.rows.isEmpty else { return nil }
    table.remarks = [
      Field(
        text: "memory: maximum of the resident set and the tracker, sampled every second; "
          + "wait: for a free connection, at p99 or the highest available percentile",
        tone: .faint)
    ]
    return table
  }

  /// Acknowledged rows compared with the table's, summed over the phases of a kind.
  private func balance(_ loadTest: LoadTestFindings) -> Table? {
    let phases = loadTest.phases
    guard phases.contains(where: { $0.streamMix != .exports }) else { return nil }
    var table = Table(
      title: "Delivery audit: acknowledged and stored",
      headings: [
        .init(text: "phases", kind: .text), .init(text: "", kind: .number),
        .init(text: "batches", kind: .number), .init(text: "rows", kind: .number),
        .init(text: "uncertain", kind: .number, dropOrder: 2),
        .init(text: "ids", kind: .number), .init(text: "lost", kind: .number),
        .init(text: "unexpected", kind: .number), .init(text: "duplicated", kind: .number),
        .init(text: "not in view", kind: .number, dropOrder: 1),
      ])
    for label in (loadTest.lines.map(\.label) + phases.map { $0.search ?? $0.label }).uniqued() {
      let own = phases.filter { ($0.search ?? $0.label) == label }
      func sum(_ value: (PhaseSample) -> Int?) -> Int? {
        let known = own.compactMap(value)
        return known.isEmpty ? nil : known.reduce(0, +)
      }
      func fault(_ value: Int?) -> Field {
        Field(text: value.map { "\(Count($0))" } ?? "–", tone: value ?? 0 > 0 ? .bad : .faint)
      }
      table.rows.append([
        Field(text: label, tone: .strong), Field(text: "\(own.count) ×", tone: .faint),
        Field(text: "\(Count(sum(\.acknowledgedBatches) ?? 0))"),
        Field(text: "\(Count(sum(\.acknowledgedRows) ?? 0))"),
        Field(text: "\(Count(sum(\.uncertainBatches) ?? 0))", tone: .faint),
        Field(text: sum(\.tableIDs).map { "\(Count($0))" } ?? "–"),
        fault(sum(\.missingIDs)), fault(sum(\.unexpectedIDs)), fault(sum(\.doubledRows)),
        fault(sum(\.viewMissingIDs)),
      ])
    }
    table.remarks = [
      Field(
        text:
          "lost: ids whose newest acknowledged version is missing; unexpected: versions "
          + "that were never sent; duplicated: the same row twice. Batches refused, or without "
          + "a response, are uncertain: their rows may be stored",
        tone: .faint)
    ]
    table.remarks += loadTest.phases.compactMap { phase in
      phase.auditError.map {
        Field(text: "phase \(phase.phase) (\(phase.label)) could not be checked: \($0)", tone: .bad)
      }
    }
    return table
  }

  private func searches(_ loadTest: LoadTestFindings) -> [Table] {
    guard !loadTest.searches.isEmpty, let level = loadTest.question.serviceLevel else { return [] }
    var table = Table(
      title: "Maximum load that meets the service level",
      headings: [
        .init(text: "search", kind: .text), .init(text: "meets", kind: .number),
        .init(text: "violates", kind: .number), .init(text: "trials", kind: .number),
        .init(text: "limit", kind: .text),
      ])
    for found in loadTest.searches {
      let (search, edge) = (found.search, found.edge)
      let broken = found.trials.last { $0.trial.position == edge.refused }?.broken ?? []
      let end =
        switch edge.ending {
        case .open: "not finished"
        case .never: "violated even at the lowest load: \(broken.joined(separator: ", "))"
        case .failed: "the harness was the bottleneck: no verdict"
        case .outOfProbes: "no trials left; \(broken.joined(separator: ", "))"
        case .found:
          edge.refused == nil ? "met at the highest tested load" : broken.joined(separator: ", ")
        }
      table.rows.append([
        Field(text: search.name, tone: .strong),
        Field(text: edge.finished.map(search.text) ?? "–", tone: .good),
        Field(text: edge.refused.map(search.text) ?? "–"),
        Field(text: "\(found.trials.count)"), Field(text: end),
      ])
    }
    table.remarks = [Field(text: "service level: \(level)", tone: .faint)]
    return [table]
  }
}
