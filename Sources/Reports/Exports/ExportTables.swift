// Tables of exports: memory and time, then reads and CPU.

import Analysis
import CSVRecords
import Statistics
import Units

struct ExportTables {
  private let summary: Summary
  private let paths: [String]
  private let baseline: String
  private let crossovers: [Crossover]
  private let tails: [UpperTail]

  init(_ findings: Findings) {
    summary = findings.summary
    paths = findings.manifest.paths.map(\.name)
    baseline = findings.manifest.baseline
    crossovers = findings.crossovers
    tails = findings.tails
  }

  var tables: [Table] { summary.mergeStates.flatMap { [cost($0), work($0)] } }

  private func cost(_ state: String) -> Table {
    var table = Table(
      title: "Exports, \(state)",
      headings: [
        .text("window"), .number("rows"), .text("path"), .number("peak memory"),
        .number("", drop: 3), .bar(drop: 4), .text("vs \(baseline)"), .number("time"),
        .number("", drop: 1), .text("", drop: 2),
      ])
    func row(_ figure: String, _ window: String, _ subject: String) -> SummaryRow? {
      summary.export(figure, mergeState: state, window: window, subject: subject)
    }
    for window in summary.windows(state) {
      let measured = measured(state, window)
      let most = measured.compactMap { row("memory_peak_bytes", window, $0)?.median }.max() ?? 0
      let rows = measured.enumerated().map { place, path in
        let memory = row("memory_peak_bytes", window, path)
        let time = row("client_wall_ms", window, path)
        let isWrong = WrongRows.isWrong(path, summary, state, window: window)
        let ratio = Field.ratio(row("memory_peak_bytes", window, "\(path)/\(baseline)"))
        let timeRatio = row("client_wall_ms", window, "\(path)/\(baseline)")
        let counts = measured.compactMap { row("result_rows", window, $0) }
          .filter { $0.median != nil }
        let exported = counts.first { !$0.isWrong } ?? counts.first
        return [
          place == 0 ? .figure(exported) : Field(),
          pathField(path, failed: (memory ?? time)?.failed ?? 0, left: (memory ?? time)?.n ?? 0),
          .figure(memory), .noise(memory),
          Field(
            "", path == baseline || isWrong ? .plain : ratio.tone, bar: share(memory, of: most)),
          isWrong ? WrongRows.field : path == baseline ? Field() : ratio, .figure(time),
          .noise(time), path == baseline || isWrong ? Field() : .briefRatio(timeRatio),
        ]
      }
      table.append(group: window, rows)
    }
    table.remarks =
      crossovers.filter { $0.mergeState == state }.compactMap {
        $0.sentence("peak memory").map { Field("→ " + $0, .strong) }
      } + wrong(state) + upperTail(state) + resolution(state)
    return table
  }

  private func wrong(_ state: String) -> [Field] {
    let places = WrongRows.places(summary, state, paths: paths)
    guard !places.isEmpty else { return [] }
    return [
      Field(
        "wrong rows: \(places.joined(separator: "; ")). Wrong answers have no ratio, nor "
          + "does a path compared with one", .bad)
    ]
  }

  /// What a memory limit has to allow for beyond the median.
  private func upperTail(_ state: String) -> [Field] {
    let here = tails.filter { $0.mergeState == state }
    guard let fewest = here.map(\.count).min(), fewest > 1 else { return [] }
    let bytes = FigureUnit.bytes.text
    let notable = here.filter { $0.factor > UpperTail.notableFactor }
      .sorted { $0.factor > $1.factor }
    let named = notable.prefix(Self.mostTails).map {
      "\($0.path) at \($0.window) \(bytes($0.greatest)) (\(significant($0.factor)) ×)"
    }
    let rest = notable.count - named.count
    let promise = percent(Statistics.shareUpToGreatest(of: fewest))
    var remarks = [
      Field(
        "greatest of \(fewest) peaks: with 95 % confidence at least \(promise) of such exports "
          + "need no more (\(Statistics.fewestForUpperBound) repeats promise 95 %); "
          + (named.isEmpty
            ? "none is above \(UpperTail.notableFactor) × its median"
            : "above \(UpperTail.notableFactor) × their median: \(named.joined(separator: ", "))"
              + (rest > 0 ? " and \(rest) more" : "")),
        .faint)
    ]
    let split = here.compactMap { tail in
      tail.levels.map { levels in
        "\(tail.path) at \(tail.window): "
          + levels.map { "\($0.count) near \(bytes($0.median))" }.joined(separator: ", ")
      }
    }
    if !split.isEmpty {
      remarks.append(Field("peaks on two levels: \(split.joined(separator: "; "))", .warning))
    }
    return remarks
  }

  private static let mostTails = 4

  /// Smallest detectable difference; without it "no difference" is meaningless.
  private func resolution(_ state: String) -> [Field] {
    let cells = summary.windows(state).compactMap { window -> String? in
      let shares = paths.filter { $0 != baseline }.compactMap { path in
        summary.export(
          "memory_peak_bytes", mergeState: state, window: window, subject: "\(path)/\(baseline)")?
          .smallestDifference
      }
      // Non-breaking space.
      return shares.max().map { percent($0).replacing(" ", with: "\u{A0}") + " at \(window)" }
    }
    guard !cells.isEmpty else { return [] }
    return [
      Field(
        "smallest difference in peak memory that \(percent(Power.power)) of such runs detect: "
          + cells.joined(separator: ", "), .faint)
    ]
  }

  private func work(_ state: String) -> Table {
    let shards = "shard_memory_peak_bytes"
    let isOfCluster = summary.rows.contains { $0.figure == shards && $0.median != nil }
    let figures =
      [
        ("rows read", "read_rows"), ("bytes read", "read_bytes"), ("server CPU", "server_cpu_ms"),
        ("server RSS +", Self.resident), ("driver heap +", "driver_allocated_rise_bytes"),
      ]
      + (isOfCluster
        ? [("shard peak", shards), ("shards together", "shard_memory_sum_bytes")] : [])
    var table = Table(
      title: "Reads and CPU, \(state)",
      headings: [.text("window"), .text("path")]
        + figures.flatMap { title, figure -> [Table.Heading] in
          [.number(title, drop: ["server CPU", "bytes read"].firstIndex(of: title))]
            + (figure == Self.resident ? [.text("vs \(baseline)", drop: 2)] : [])
        },
      remarks: [
        Field(
          "+: peak above the level before the attempt"
            + (isOfCluster
              ? "; shard peak: the highest of the hosts queried by the initiator" : ""),
          .faint)
      ])
    for window in summary.windows(state) {
      table.append(
        group: window,
        measured(state, window).map { path in
          let isWrong = WrongRows.isWrong(path, summary, state, window: window)
          return [WrongRows.marked(path, if: isWrong)]
            + figures.flatMap { _, figure -> [Field] in
              func row(_ subject: String) -> SummaryRow? {
                summary.export(figure, mergeState: state, window: window, subject: subject)
              }
              guard figure == Self.resident else { return [.figure(row(path))] }
              return [
                .figure(row(path)),
                path == baseline || isWrong ? Field() : .briefRatio(row("\(path)/\(baseline)")),
              ]
            }
        })
    }
    return table
  }

  /// Limits of containers count it.
  private static let resident = "server_rss_rise_bytes"

  private func measured(_ state: String, _ window: String) -> [String] {
    paths.filter { path in
      summary.export("client_wall_ms", mergeState: state, window: window, subject: path) != nil
        || summary.export("memory_peak_bytes", mergeState: state, window: window, subject: path)
          != nil
    }
  }

  /// With a warning if figures exclude failed attempts.
  private func pathField(_ path: String, failed: Int, left: Int) -> Field {
    guard failed > 0, left > 0 else { return Field(path) }
    return Field("\(path) (\(failed) failed)", .warning)
  }

  private func share(_ row: SummaryRow?, of most: Double) -> Double? {
    guard let median = row?.median, most > 0 else { return nil }
    return median / most
  }
}
