// The tables of a load: times and goodput, what streams suffer from each other, how the server
// stood, whether the table holds what was acknowledged, and how far searches came.

import Analysis
import BenchmarkSpec
import CSVRecords
import RunStore
import Statistics
import Units

struct LoadTestTables {
  private let traffic: LoadTestFindings?

  init(_ traffic: LoadTestFindings?) { self.traffic = traffic }

  package var tables: [Table] {
    guard let traffic else { return [] }
    let ingestion = IngestionTable(traffic.lines)?.table
    return [times(traffic), ingestion, suffering(traffic), server(traffic), balance(traffic)]
      .compactMap(\.self) + searches(traffic)
  }

  private func ms(_ value: Double?, of histogram: LatencyHistogram? = nil) -> String {
    value.map { value in
      (histogram?.isFloor(value) == true ? "≥ " : "") + FigureUnit.milliseconds.text(value)
    } ?? "–"
  }

  private func times(_ traffic: LoadTestFindings) -> Table? {
    guard !traffic.lines.isEmpty else { return nil }
    let hasOneStream = Set(traffic.lines.map(\.stream)).count == 1
    var table = Table(
      title: "Response times, from the intended start",
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
    for line in traffic.lines {
      if line.label != last { table.groupStarts.insert(table.rows.count) }
      let breaks = traffic.broken(line)
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
    table.remarks = remarks(traffic)
    return table
  }

  private func remarks(_ traffic: LoadTestFindings) -> [Field] {
    var remarks = [
      Field(
        text: "a dash: too few requests carry that percentile (p90 ten, p99 a hundred). Service "
          + "counts from the real start, lag is the harness's lateness; goodput is what was "
          + "acknowledged, or arrived whole, while requests counted",
        tone: .faint)
    ]
    if let level = traffic.question.serviceLevel {
      let broken = traffic.lines.flatMap { line in
        traffic.broken(line).map { "\($0) (\(line.label))" }
      }
      let seen = broken.uniqued()
      remarks.append(
        Field(
          text: "service level: \(level): "
            + (seen.isEmpty ? "held" : "broken by \(seen.joined(separator: "; "))"),
          tone: seen.isEmpty ? .plain : .warning))
    }
    return remarks
  }

  private func suffering(_ traffic: LoadTestFindings) -> Table? {
    guard !traffic.interference.isEmpty else { return nil }
    var table = Table(
      title: "How many times as long requests take",
      headings: [
        .init(text: "stream", kind: .text), .init(text: "with", kind: .text),
        .init(text: "p50", kind: .text), .init(text: "p90", kind: .text, dropOrder: 1),
        .init(text: "p99", kind: .text),
      ])
    for rows in grouped(traffic.interference) {
      guard let first = rows.first else { continue }
      let cause =
        switch first.cause {
        case .stream(let name): "\(name) beside it, \(first.target.words)"
        case .view:
          "the view rather than none" + (first.traffic == .both ? beside(first) : "")
        }
      table.rows.append(
        [Field(text: first.stream, tone: .strong), Field(text: cause)]
          + Interference.percents.map { percent in
            ratio(rows.first { $0.percent == percent })
          })
    }
    let rounds = traffic.interference.map(\.rounds).max() ?? 0
    table.remarks = [
      Field(
        text: "ratios of response times: medians over the rounds of a round's percentile over the "
          + "other phase's of the same round, with "
          + (rounds >= Statistics.fewestForFullConfidence
            ? "95 % intervals over \(rounds) rounds"
            : "the range of \(plural(rounds, "round")), too few for a 95 % interval")
          + "; without brackets, all rounds together",
        tone: .faint)
    ]
    return table
  }

  private func beside(_ row: Interference) -> String {
    let isIngest = row.stream == LoadTestQuestion.Stream.ingest
    return ", beside " + (isIngest ? row.export ?? "exports" : LoadTestQuestion.Stream.ingest)
  }

  /// Rows of one cause, in their order.
  private func grouped(_ rows: [Interference]) -> [[Interference]] {
    rows.reduce(into: []) { groups, row in
      if let last = groups.last?.first, last.stream == row.stream, last.cause == row.cause,
        last.target == row.target, last.traffic == row.traffic, last.export == row.export
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
    // The range of a few rounds tells nothing from chance.
    guard row.rounds >= Statistics.fewestForFullConfidence else { return Field(text: "  " + text) }
    if interval.low > 1 { return Field(text: "↑ " + text, tone: .bad) }
    if interval.high < 1 { return Field(text: "↓ " + text, tone: .good) }
    return Field(text: "≈ " + text, tone: .faint)
  }

  private func server(_ traffic: LoadTestFindings) -> Table? {
    var table = Table(
      title: "The server at its worst",
      headings: [
        .init(text: "during", kind: .text), .init(text: "memory", kind: .number),
        .init(text: "parts", kind: .number), .init(text: "merges", kind: .number),
        .init(text: "wait p99", kind: .number),
      ])
    for label in traffic.lines.map(\.label).uniqued() {
      guard let line = traffic.lines.first(where: { $0.label == label }) else { continue }
      let waits = traffic.lines.filter { $0.label == label }.compactMap { $0.wait.highest?.ms }
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
        text: "memory is the highest of the resident set and the tracker, looked at every second; "
          + "wait is for a free connection, or for the highest percentile that is carried",
        tone: .faint)
    ]
    return table
  }

  /// What the table holds beside what was acknowledged, summed over the phases of a kind.
  private func balance(_ traffic: LoadTestFindings) -> Table? {
    let phases = traffic.phases
    guard phases.contains(where: { $0.traffic != .exports }) else { return nil }
    var table = Table(
      title: "What was acknowledged, and what the table holds",
      headings: [
        .init(text: "phases", kind: .text), .init(text: "", kind: .number),
        .init(text: "batches", kind: .number), .init(text: "rows", kind: .number),
        .init(text: "uncertain", kind: .number, dropOrder: 2),
        .init(text: "ids", kind: .number), .init(text: "lost", kind: .number),
        .init(text: "strange", kind: .number), .init(text: "doubled", kind: .number),
        .init(text: "not in view", kind: .number, dropOrder: 1),
      ])
    for label in (traffic.lines.map(\.label) + phases.map { $0.search ?? $0.label }).uniqued() {
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
        fault(sum(\.missingIDs)), fault(sum(\.strangeIDs)), fault(sum(\.doubledRows)),
        fault(sum(\.viewMissingIDs)),
      ])
    }
    table.remarks = [
      Field(
        text: "lost: ids whose newest acknowledged version is not in the table; strange: versions "
          + "that were never sent; doubled: the same row twice. Batches that were refused, or of "
          + "which no answer came, are uncertain: their rows may be there",
        tone: .faint)
    ]
    table.remarks += traffic.phases.compactMap { phase in
      phase.balanceError.map {
        Field(text: "phase \(phase.phase) (\(phase.label)) could not be checked: \($0)", tone: .bad)
      }
    }
    return table
  }

  private func searches(_ traffic: LoadTestFindings) -> [Table] {
    guard !traffic.searches.isEmpty, let level = traffic.question.serviceLevel else { return [] }
    var table = Table(
      title: "The most that holds the service level",
      headings: [
        .init(text: "search", kind: .text), .init(text: "holds", kind: .number),
        .init(text: "breaks", kind: .number), .init(text: "trials", kind: .number),
        .init(text: "by what", kind: .text),
      ])
    for found in traffic.searches {
      let (search, edge) = (found.search, found.edge)
      let broken = found.trials.last { $0.trial.position == edge.refused }?.broken ?? []
      let end =
        switch edge.ending {
        case .open: "not over"
        case .never: "even the least breaks it: \(broken.joined(separator: ", "))"
        case .failed: "the harness itself was the limit: no verdict"
        case .outOfProbes: "out of trials; \(broken.joined(separator: ", "))"
        case .found:
          edge.refused == nil ? "the most that was asked for holds" : broken.joined(separator: ", ")
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
