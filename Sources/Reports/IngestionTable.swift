// The table of a load test's batches without exports: with the view beside without, at one rate.

import Analysis
import BenchmarkSpec
import CSVRecords
import Units

struct IngestionTable {
  /// One for each target, without the view first.
  private let sides: [LoadTestLine]

  /// Nil where batches never went alone.
  init?(_ lines: [LoadTestLine]) {
    sides = InsertTarget.allCases.compactMap { target in
      lines.first { $0.batches != nil && $0.target == target }
    }
    if sides.isEmpty { return nil }
  }

  /// A figure for people, and the value that its ratio is taken of.
  private typealias Entry = (text: String, value: Double?)

  var table: Table {
    let rows: [(title: String, entry: (LoadTestLine) -> Entry?)] = [
      (
        "batches acknowledged",
        { line in
          line.batches.map { ("\(Count($0.acknowledged)) of \(Count($0.planned))", nil) }
        }
      ),
      ("failed requests", { $0.failed > 0 ? ("\(Count($0.failed))", nil) : nil }),
      (
        "rows a second",
        { line in line.batches.map { ("\(Count(whole($0.rowsPerSecond)))", $0.rowsPerSecond) } }
      ),
      ("service time, median", { Self.entry($0.service.percentile(50), .milliseconds) }),
      ("service time, p99", { Self.entry($0.service.percentile(99), .milliseconds) }),
      ("service time, longest", { Self.entry($0.service.longest, .milliseconds) }),
      ("start delay, at most", { Self.entry($0.startDelayMaxMs, .milliseconds) }),
      ("parts of the table", { Self.entry($0.server.tableParts) }),
      ("parts of the view", { Self.entry($0.server.viewParts) }),
      ("running merges", { Self.entry($0.server.merges) }),
      ("bytes of inserts", { Self.entry(($0.batches?.insertedBytes).map(Double.init), .bytes) }),
      ("bytes of merges", { Self.entry(($0.batches?.mergedBytes).map(Double.init), .bytes) }),
      ("server memory, at most", { Self.entry($0.server.memoryBytes.map(Double.init), .bytes) }),
    ]
    let seconds = (sides.compactMap(\.batches?.longestMs).max() ?? 0) / 1000
    var table = Table(
      title: "Ingestion alone, \(significant(seconds)) s each",
      headings: [.text("")]
        + sides.map { .number($0.target.words) }
        + (sides.count == 2 ? [.number("ratio")] : []))
    for (title, entry) in rows {
      let entries = sides.map(entry)
      guard entries.contains(where: { $0 != nil }) else { continue }
      table.rows.append(
        [Field(title)] + entries.map { Field($0?.text ?? "–") }
          + (sides.count == 2 ? [ratio(entries)] : []))
    }
    table.remark(
      "ratio: with the view over without; of parts and merges that of the means. Service time "
        + "counts from the real start, and start delay is how much later than planned that was")
    return table
  }

  private static func entry(_ value: Double?, _ unit: FigureUnit) -> Entry? {
    value.map { (unit.text($0), $0) }
  }

  private static func entry(_ level: Level?) -> Entry? {
    level.map { ("\(significant($0.mean)), \(significant($0.max)) at most", $0.mean) }
  }

  private func ratio(_ entries: [Entry?]) -> Field {
    guard let without = entries.first??.value, let with = entries.last??.value, without > 0 else {
      return Field("–", .faint)
    }
    return Field(significant(with / without))
  }
}
