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
        .text("during"), .text("stream", drop: hasOneStream ? 6 : nil), .number("requests"),
        .number("failed"), .number("p50"), .number("p90", drop: 3), .number("p99"),
        .number("longest", drop: 4), .number("service p99", drop: 5), .number("lag", drop: 2),
        .number("goodput"), .number("", drop: 1),
      ])
    for lines in loadTest.lines.runs(by: \.label) {
      let rows = lines.map { line in
        let breaks = loadTest.broken(line)
        let goodput =
          line.rowsPerSecond.map { "\(Count(whole($0.rounded(.down)))) rows/s" }
          ?? "\(significant(line.requestsPerSecond)) exports/s"
        let (p50, p90, p99) = (
          line.response.percentile(50), line.response.percentile(90), line.response.percentile(99)
        )
        return [
          Field(line.stream), Field("\(Count(line.requests))"),
          Field("\(Count(line.failed))", line.failed > 0 ? .bad : .faint),
          Field(ms(p50, of: line.response)), Field(ms(p90, of: line.response)),
          Field(ms(p99, of: line.response), breaks.isEmpty ? .plain : .bad),
          Field(ms(line.response.longest, of: line.response)),
          Field(ms(line.service.percentile(99))), Field(ms(line.lag.highest?.ms), .faint),
          Field(goodput),
          Field("\(ByteCount(whole(line.bytesPerSecond.rounded(.down))))/s", .faint),
        ]
      }
      table.append(group: lines[0].label, rows)
    }
    table.remark(
      "–: too few requests for that percentile (p90: 10, p99: 100). Service time counts from the "
        + "actual start; lag is the delay of the harness; goodput is what was acknowledged, or "
        + "received completely, in the measured time")
    if let level = loadTest.question.serviceLevel {
      let broken = loadTest.lines.flatMap { line in
        loadTest.broken(line).map { "\($0) (\(line.label))" }
      }
      let seen = broken.uniqued()
      table.remark(
        "service level: \(level): "
          + (seen.isEmpty ? "met" : "violated by \(seen.joined(separator: "; "))"),
        seen.isEmpty ? .plain : .warning)
    }
    return table
  }

  private func suffering(_ loadTest: LoadTestFindings) -> Table? {
    guard !loadTest.interference.isEmpty else { return nil }
    var table = Table(
      title: "Interference: ratios of response times",
      headings: [.text("stream"), .text("with"), .text("p50"), .text("p90", drop: 1), .text("p99")])
    let groups = loadTest.interference.runs {
      [$0.stream, "\($0.cause)", $0.target.rawValue, $0.streamMix.rawValue, $0.export]
    }
    for rows in groups {
      let first = rows[0]
      let cause =
        switch first.cause {
        case .stream(let name): "concurrent \(name), \(first.target.words)"
        case .view:
          "the view instead of none" + (first.streamMix == .both ? beside(first) : "")
        }
      table.rows.append(
        [Field(first.stream, .strong), Field(cause)]
          + Interference.percents.map { percent in
            ratio(rows.first { $0.percent == percent })
          })
    }
    let rounds = loadTest.interference.map(\.rounds).max() ?? 0
    table.remark(
      "medians over the rounds of the percentile divided by that of the "
        + "other phase of the same round, with "
        + (rounds >= Statistics.fewestForFullConfidence
          ? "95 % intervals over \(rounds) rounds"
          : "the range of \(plural(rounds, "round")), too few for a 95 % interval")
        + "; without brackets: all rounds pooled")
    return table
  }

  private func beside(_ row: Interference) -> String {
    let ingest = LoadTestQuestion.Stream.ingest
    return ", with concurrent " + (row.stream == ingest ? row.export ?? "exports" : ingest)
  }

  private func ratio(_ row: Interference?) -> Field {
    guard let row else { return Field("–", .faint) }
    guard let interval = row.interval else { return Field("  " + significant(row.ratio)) }
    let text = "\(significant(row.ratio)) \(interval.text)"
    // The range of a few rounds cannot show a difference.
    guard row.rounds >= Statistics.fewestForFullConfidence else { return Field("  " + text) }
    if interval.low > 1 { return Field("↑ " + text, .bad) }
    if interval.high < 1 { return Field("↓ " + text, .good) }
    return Field("≈ " + text, .faint)
  }

  private func server(_ loadTest: LoadTestFindings) -> Table? {
    var table = Table(
      title: "Server maxima",
      headings: [
        .text("during"), .number("memory"), .number("parts"), .number("merges"),
        .number("wait p99"),
      ])
    for (label, lines) in loadTest.lines.grouped(by: \.label) {
      let (line, waits) = (lines[0], lines.compactMap { $0.wait.highest?.ms })
      table.rows.append([
        Field(label, .strong), Field(line.server.memoryBytes.map { "\(ByteCount($0))" } ?? "–"),
        Field(line.server.parts.map { "\(Count($0))" } ?? "–"),
        Field(line.server.merges.map { "\(Count(whole($0.max)))" } ?? "–"), Field(ms(waits.max())),
      ])
    }
    guard !table.rows.isEmpty else { return nil }
    table.remark(
      "memory: maximum of the resident set and the tracker, sampled every second; "
        + "wait: for a free connection, at p99 or the highest available percentile")
    return table
  }

  /// Acknowledged rows compared with the table's, summed over the phases of a kind.
  private func balance(_ loadTest: LoadTestFindings) -> Table? {
    let phases = loadTest.phases
    guard phases.contains(where: { $0.streamMix != .exports }) else { return nil }
    var table = Table(
      title: "Delivery audit: acknowledged and stored",
      headings: [
        .text("phases"), .number(""), .number("batches"), .number("rows"),
        .number("uncertain", drop: 2), .number("ids"), .number("lost"), .number("unexpected"),
        .number("duplicated"), .number("not in view", drop: 1),
      ])
    for label in (loadTest.lines.map(\.label) + phases.map { $0.search ?? $0.label }).uniqued() {
      let own = phases.filter { ($0.search ?? $0.label) == label }
      func sum(_ value: (PhaseSample) -> Int?) -> Int? {
        let known = own.compactMap(value)
        return known.isEmpty ? nil : known.reduce(0, +)
      }
      func fault(_ value: Int?) -> Field {
        Field(value.map { "\(Count($0))" } ?? "–", value ?? 0 > 0 ? .bad : .faint)
      }
      table.rows.append([
        Field(label, .strong), Field("\(own.count) ×", .faint),
        Field("\(Count(sum(\.acknowledgedBatches) ?? 0))"),
        Field("\(Count(sum(\.acknowledgedRows) ?? 0))"),
        Field("\(Count(sum(\.uncertainBatches) ?? 0))", .faint),
        Field(sum(\.tableIDs).map { "\(Count($0))" } ?? "–"), fault(sum(\.missingIDs)),
        fault(sum(\.unexpectedIDs)), fault(sum(\.doubledRows)), fault(sum(\.viewMissingIDs)),
      ])
    }
    table.remark(
      "lost: ids whose newest acknowledged version is missing; unexpected: versions "
        + "that were never sent; duplicated: the same row twice. Batches refused, or without "
        + "a response, are uncertain: their rows may be stored")
    table.remarks += loadTest.phases.compactMap { phase in
      phase.auditError.map {
        Field("phase \(phase.phase) (\(phase.label)) could not be checked: \($0)", .bad)
      }
    }
    return table
  }

  private func searches(_ loadTest: LoadTestFindings) -> [Table] {
    guard !loadTest.searches.isEmpty, let level = loadTest.question.serviceLevel else { return [] }
    var table = Table(
      title: "Maximum load that meets the service level",
      headings: [
        .text("search"), .number("meets"), .number("violates"), .number("trials"), .text("limit"),
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
        Field(search.name, .strong), Field(edge.finished.map(search.text) ?? "–", .good),
        Field(edge.refused.map(search.text) ?? "–"), Field("\(found.trials.count)"), Field(end),
      ])
    }
    table.remark("service level: \(level)")
    return [table]
  }
}
