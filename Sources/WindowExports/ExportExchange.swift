// Runs the statements of one export in order and joins their results into one file.

import ExportPaths
import ClickHouseClient
import Failures
import HTTPTransport
import Parquet

/// Measured by the client.
package struct ExportOutcome {
  /// From the first request's first byte to the last response's last.
  package var totalMs = 0.0
  /// From the first request's first byte to the file's first byte; nil for an empty file.
  package var firstByteMs: Double?
  package var receivedBytes = 0
  /// From the footers of the responses; nil if nothing was sent, or a footer is too long.
  package var receivedRows: Int?
}

package struct ExportExchange {
  private let statements: [ExportStatement]
  private let client: Client

  package init(_ statements: [ExportStatement], client: Client) {
    (self.statements, self.client) = (statements, client)
  }

  /// Runs the statements in order and checks each response as it arrives, see ``ParquetCheck``.
  ///
  /// - Parameter sink: takes the bytes of the file.
  /// - Throws: the first failure, after the path's clean-up; errors of the sink; ``AnswerError``
  ///   for incomplete responses, or ones that cannot be joined.
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
      // Several statements are timed as a whole below.
      outcome.totalMs = one.timings.total_ms
    }
    try joiner?.finish()
    if statements.count > 1 { outcome.totalMs = (ContinuousClock.now - began) / .milliseconds(1) }
    return outcome
  }

  /// Runs the statements in order without transferring results.
  ///
  /// - Parameter isEncoded: whether results are encoded before they are discarded; otherwise the
  ///   format discards them.
  /// - Returns: nil for encoded results, whose end the client does not see exactly.
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

  /// Runs one statement after another; after a failure only the clean-up statements.
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
