// Tables of what the view costs an insert, at once and until merges have settled.

import Analysis
import BenchmarkSpec
import RunStore

struct InsertTables {
  let summary: Summary
  private let plain = InsertTarget.plain.rawValue
  private let withView = InsertTarget.withView.rawValue

  var tables: [Table] {
    let legs = summary.legs.filter { $0 != ReservedLeg.sustained }
    return overview(legs.filter { $0 != ReservedLeg.load }) + legs.compactMap(table)
  }

  private func overview(_ legs: [String]) -> [Table] {
    guard !legs.isEmpty else { return [] }
    let now = [
      ("server time", "server_query_ms", 1), ("CPU", "server_cpu_ms", 3),
      ("bytes written", "written_bytes", nil as Int?),
    ]
    let settled = [
      ("CPU, settled", "settled_cpu_ms", 2 as Int?),
      ("bytes, settled", "settled_written_bytes", nil),
    ]
    var table = Table(
      title: "Writes, with the view / without",
      headings: [.text("leg")]
        + (now + settled).map { .text($0.0, drop: $0.2) })
    let ratio = "\(withView)/\(plain)"
    table.rows = legs.map { leg in
      [Field(leg, .strong)]
        + now.map { .ratio(summary.insert($0.1, leg: leg, subject: ratio)) }
        + settled.map { .ratio(summary.settled($0.1, leg: leg, subject: ratio)) }
    }
    table.remark("settled: inserts and all merges that follow")
    return [table]
  }

  private func table(_ leg: String) -> Table? {
    let ofLoad = leg == ReservedLeg.load
    let figures =
      ["client_wall_ms"] + (ofLoad ? [] : ["server_query_ms"])
      + ["server_cpu_ms", "memory_peak_bytes", "written_bytes", "written_rows"]
    let inserts = figures.compactMap { name in
      row(InsertSample.figures.first { $0.name == name }?.title ?? name) {
        summary.insert(name, leg: leg, subject: $0)
      }
    }
    guard !inserts.isEmpty else { return nil }
    let rounds = Self.settled.compactMap { name, title in
      row(title) { summary.settled(name, leg: leg, subject: $0) }
    }
    let subject = "\(withView)/\(plain)"
    let pairs = figures.compactMap { summary.insert($0, leg: leg, subject: subject)?.n }.max() ?? 0
    let count = Self.settled.compactMap {
      summary.settled($0.figure, leg: leg, subject: subject)?.n
    }.max()
    var table = Table(
      title: ofLoad
        ? "Inserts, \(plural(pairs, "pair"))"
        : "Inserts '\(leg)', \(plural(pairs, "pair")) in \(plural(count ?? 0, "round"))",
      headings: [
        .text("per block"), .number("without view"), .number(""), .number("with view"), .number(""),
        .text("with / without"),
      ], rows: inserts)
    guard !rounds.isEmpty else { return table }
    table.groupStarts = [0, inserts.count]
    table.rows.append(
      [Field("per round, settled", .faint)]
        + Array(repeating: Field(), count: table.headings.count - 1))
    table.rows += rounds
    return table
  }

  private static let settled = [
    (figure: "inserted_bytes", title: "bytes of inserts"),
    (figure: "merged_bytes", title: "bytes of merges"),
    (figure: "settled_written_bytes", title: "bytes in total"),
    (figure: "merge_cpu_ms", title: "CPU of merges"),
    (figure: "settled_cpu_ms", title: "CPU in total"),
    (figure: "settled_time_ms", title: "time in total"),
  ]

  /// Nil if neither side has the figure.
  private func row(_ title: String, _ find: (String) -> SummaryRow?) -> [Field]? {
    let (alone, viewed) = (find(plain), find(withView))
    guard alone != nil || viewed != nil else { return nil }
    return [
      Field(title), .figure(alone), .noise(alone), .figure(viewed), .noise(viewed),
      .ratio(find("\(withView)/\(plain)")),
    ]
  }
}
