// What the exports of a phase brought, and whether the server returned the same. Asked when the
// phase has ended, so that nothing is added to the load.

import ExportPaths
import ClickHouseClient
import Failures
import Foundation
import Parquet
import Probes
import RunStore
import Synchronization
import WindowExports

/// The exports of one phase that arrived whole.
final class ExportAccounting: Sendable {
  private struct Arrival {
    /// The ids of the queries whose answers it is.
    let ids: [String]
    let rows: Int
  }

  private let arrivals = Mutex([Arrival]())
  /// Ids that the server is asked about at once.
  private static let idsMax = 5_000

  /// Writes down an export that arrived.
  package func add(_ statements: [ExportStatement], rows: Int) {
    let ids = statements.filter(\.returnsRows).compactMap(\.query.queryID)
    arrivals.withLock { $0.append(Arrival(ids: ids, rows: rows)) }
  }

  /// Compares the rows of every export with the server's log.
  ///
  /// - Returns: how many differ; nil where nothing arrived, or the log could not be read.
  /// - Throws: ``ClickHouseError``.
  package func otherRows(by log: QueryLog) async throws -> Int? {
    var rest = arrivals.withLock { $0 }[...]
    guard !rest.isEmpty else { return nil }
    var differing = 0
    while !rest.isEmpty {
      var ids: [String] = []
      var some: [Arrival] = []
      while let next = rest.first, ids.count < Self.idsMax {
        ids += next.ids
        some.append(next)
        rest = rest.dropFirst()
      }
      guard let entries = try await log.entries(of: ids, inDoubt: true, partly: true) else {
        return nil
      }
      let rows = Dictionary(entries.map { ($0.queryID, $0.resultRows) }) { $1 }
      differing += some.count { one in
        let returned = one.ids.compactMap { rows[$0] }
        // What the log lost is not known.
        return returned.count == one.ids.count && returned.reduce(0, +) != one.rows
      }
    }
    return differing
  }
}

extension ExportExecutor {
  /// Exports once more, and compares the file with what the server has before and after.
  ///
  /// - Returns: how they differ; nil where they do not.
  /// - Throws: ``AnswerError`` for an answer that is not whole, and where the server's own changes;
  ///   ``ClickHouseError``; ``UserError`` where there is no file.
  package func difference() async throws -> AnswerError? {
    let (columns, before) = try await returned()
    let file = try ParquetFile(temporary: "the export of \(path.name)")
    let statements = path.statements(
      for: window, id: Query.newID(), settings: settings, in: database)
    _ = try await ExportExchange(statements, client: client).perform { try file.append($0) }
    let received = try await AnswerChecksum.read(file, columns: columns, by: client)
    guard received != before else { return nil }
    guard try await returned().sums == before else {
      throw AnswerError(
        name: "NOT_COMPARED",
        description: "the table changed after the phase, so no export was compared")
    }
    return .changed(
      columns.map(\.name), expected: before, received: received, mayMove: false)
  }

  private func returned() async throws -> (columns: [PathColumn], sums: AnswerChecksum) {
    try await path.returned(for: window, settings: settings, in: database, on: client)
  }
}

extension PhaseSample {
  /// Writes down whether exports arrived as the server returned them; what cannot be compared stays
  /// nil.
  mutating func take(
    _ ledger: ExportAccounting, of executors: [ExportExecutor], by log: QueryLog
  ) async {
    do {
      otherRowsExports = try await ledger.otherRows(by: log)
      if let count = otherRowsExports, count > 0 {
        exportsError =
          "\(count) exports arrived with another number of rows than the server's log has; "
          + "see whether a proxy on the way changes answers"
      }
      guard !executors.isEmpty else { return }
      var differing = 0
      for executor in executors {
        guard let error = try await executor.difference() else { continue }
        differing += 1
        exportsError = exportsError ?? error.description
      }
      changedExports = differing
    } catch { exportsError = exportsError ?? firstLine("\(error)") }
  }
}
