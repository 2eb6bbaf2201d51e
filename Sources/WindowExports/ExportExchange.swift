// The statements of one export, sent one after another; their answers become one file.

import ExportPaths
import ClickHouseClient
import Failures
import HTTPTransport
import Parquet

/// How an export went, seen from the client.
package struct ExportOutcome {
  /// From the first request's first byte to the last answer's last, in milliseconds.
  package var totalMs = 0.0
  /// From the first request's first byte to the first byte of the file, in milliseconds; nil of a
  /// file that has none.
  package var firstByteMs: Double?
  /// Bytes that arrived.
  package var receivedBytes = 0
  /// Rows that the footers of the answers count; nil where nothing was sent, or one is too long to
  /// be kept.
  package var receivedRows: Int?
}

/// One export under way.
package struct ExportExchange {
  private let statements: [ExportStatement]
  private let client: Client

  package init(_ statements: [ExportStatement], client: Client) {
    (self.statements, self.client) = (statements, client)
  }

  /// Runs the statements in their order. Each answer is checked as it arrives: see
  /// ``ParquetCheck``.
  ///
  /// - Parameter sink: takes the bytes of the file.
  /// - Returns: how it went.
  /// - Throws: the first failure, after what the path puts away has been put away; what the sink
  ///   threw; ``AnswerError`` where an answer is not whole, or answers cannot be joined.
  package func perform(into sink: @escaping BodySink) async throws -> ExportOutcome {
    let joiner = statements.count(where: \.returnsRows) > 1 ? ParquetJoiner(into: sink) : nil
    let check = ParquetCheck()
    var outcome = ExportOutcome(receivedRows: 0)
    let began = ContinuousClock.now
    try await inOrder { place, statement in
      let start = place == 0 ? 0 : (ContinuousClock.now - began) / .milliseconds(1)
      let one = try await client.stream(statement.query) { bytes in
        guard statement.returnsRows else { return }
        check.take(bytes)
        try joiner?.take(bytes) ?? sink(bytes)
      }
      guard statement.returnsRows else { return }
      let rows = try check.end()
      outcome.receivedRows = outcome.receivedRows.flatMap { all in rows.map { all + $0 } }
      try joiner?.endFile()
      outcome.firstByteMs = outcome.firstByteMs ?? start + one.timings.firstByte_ms
      outcome.receivedBytes += one.receivedBytes
      // Of several statements the whole is timed below.
      outcome.totalMs = one.timings.total_ms
    }
    try joiner?.finish()
    if statements.count > 1 { outcome.totalMs = (ContinuousClock.now - began) / .milliseconds(1) }
    return outcome
  }

  /// Runs the statements in their order, where the server keeps the answers to itself.
  ///
  /// - Parameter isEncoded: whether they are encoded before they are dropped; else their format is
  ///   one that drops them.
  /// - Returns: how it went; nil of answers that are encoded, whose end the client does not see to
  ///   the millisecond.
  /// - Throws: as ``perform(into:)``.
  package func performUnsent(isEncoded: Bool) async throws -> ExportOutcome? {
    let began = ContinuousClock.now
    try await inOrder { _, statement in
      if isEncoded, statement.returnsRows {
        try await client.discard(statement.query)
      } else {
        try await client.execute(statement.query)
      }
    }
    guard !isEncoded else { return nil }
    return ExportOutcome(
      totalMs: (ContinuousClock.now - began) / .milliseconds(1), firstByteMs: nil)
  }

  /// Hands on one statement after another; when one fails, what is left to be put away is.
  private func inOrder(_ run: (Int, ExportStatement) async throws -> Void) async throws {
    for (place, statement) in statements.enumerated() {
      do { try await run(place, statement) } catch {
        await putAway(after: place)
        throw error
      }
    }
  }

  private func putAway(after place: Int) async {
    guard let last = statements.lastIndex(where: \.returnsRows) else { return }
    let rest = statements[max(last, place)...].dropFirst()
    guard !rest.isEmpty else { return }
    let server = "\(client.endpoint)"
    let pending = PendingCleanup(
      "what the export path prepared on \(server); undo it with the statements that follow the "
        + "SELECT of its file", on: server
    ) { [client] in
      for statement in rest { _ = try? await client.execute(statement.query) }
    }
    try? await pending.perform()
  }
}
