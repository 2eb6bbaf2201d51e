// The key `sustained` of benchmarks before 0.2: inserts at a constant rate, today a load test.
//
// Read from the manifests of old runs. A benchmark that still has the key is refused.

import StrictYAML
import Units

/// A load test of batches alone, with the view and without, as `sustained` asked for it.
package struct SustainedInserts: Sendable, Equatable {
  package let question: LoadTestQuestion
  private let rowsPerInsert: Int
  private let rate: Double
  private let duration: TimeSpan
  private let connections: Int
  private let mode: InsertMode
  private let hasSettings: Bool

  /// Inserts per table; those that do not begin within the duration are not made.
  package var inserts: Int { Int(rate * Double(duration.milliseconds) / 1000) }

  package init(_ entry: Mapping) throws(DocumentError) {
    rowsPerInsert = try entry["rows_per_insert"].count(in: 1...WriteLeg.rowsMax)
    rate = try entry["inserts_per_second"].number(in: 0.01...1000)
    duration = try entry["duration"].span(
      in: TimeSpan(milliseconds: 1000)...TimeSpan(milliseconds: 86_400_000))
    mode = try entry.given("mode")?.choice(of: InsertMode.self) ?? .sync
    connections = try entry.given("connections")?.integer(in: 1...64) ?? 4
    hasSettings = try entry.given("settings")?.texts().isEmpty == false
    var question = LoadTestQuestion()
    question.durationMs = duration.milliseconds
    question.compare = [.ingest]
    question.targets = [.plain, .withView]
    question.ingest = .init(
      name: LoadTestQuestion.Stream.ingest, rowsPerBatch: rowsPerInsert,
      arrivals: ArrivalProcess(.constant, rate: rate), connections: connections)
    self.question = question
  }

  /// Reads the text of an old benchmark; nil where it has no `sustained`, or cannot be read.
  package init?(benchmark text: String) {
    guard text.contains("sustained:") else { return nil }
    do throws(DocumentError) {
      let found = try Document.read(text, file: "") { root throws(DocumentError) in
        // Everything else in the file is of no interest here, and none of it is an error.
        root.keys.forEach { _ = root.given($0) }
        return try root.given("sustained")?.mapping { entry throws(DocumentError) in
          try SustainedInserts(entry)
        }
      }
      guard let found else { return nil }
      self = found
    } catch { return nil }
  }

  /// Says what to write instead.
  package func refusal(at key: Value) -> DocumentError {
    let perSecond = Int(exactly: rate).map(String.init) ?? "\(rate)"
    return key.wrong(
      "is a load test now: write 'load: {duration: \(duration), views: [without, with]}' and "
        + "'ingest: {rows_per_batch: \(rowsPerInsert), rate: \(perSecond), "
        + "connections: \(connections), async_insert: \(mode == .async)}'"
        + (hasSettings ? " with the same 'settings'" : "")
        + " into a separate benchmark, and run it with 'exportbench load'")
  }
}
