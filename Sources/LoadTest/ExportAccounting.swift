// Compares the exports of a phase with what the server returned, after the phase, so that the load
// is not affected.

import ExportPaths
import ClickHouseClient
import Failures
import Foundation
import Parquet
import Probes
import RunStore
import Synchronization
import WindowExports

/// Complete exports of one phase.
final class ExportAccounting: Sendable {
  private struct Arrival {
    /// Query ids of the answer.
    let ids: [String]
    let rows: Int
  }

  private let arrivals = Mutex([Arrival]())
  /// Maximum ids per query.
  private static let idsMax = 5_000

  func add(_ statements: [ExportStatement], rows: Int) {
    let ids = statements.filter(\.returnsRows).compactMap(\.query.queryID)
    arrivals.withLock { $0.append(Arrival(ids: ids, rows: rows)) }
  }

  /// Compares the rows of every export with the query log.
  ///
  /// - Returns: number of differences; nil without exports or log.
  /// - Throws: ``ClickHouseError``.
  func otherRows(by log: QueryLog) async throws -> Int? {
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
        let returned = one.ids.compactMap { rows[$0] ?? nil }
        // Entries missing in the log are not compared.
        return returned.count == one.ids.count && returned.reduce(0, +) != one.rows
      }
    }
    return differing
  }
}

extension ExportExecutor {
  /// Exports once more and compares the file with queries before and after it.
  ///
  /// - Returns: the difference, if any.
  /// - Throws: ``AnswerError`` for an incomplete answer, or if the server's answer changes;
  ///   ``ClickHouseError``; ``UserError`` if no file can be created.
  func difference() async throws -> AnswerError? {
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
  /// Records whether exports match what the server returned; what cannot be compared stays nil.
  mutating func take(
    _ ledger: ExportAccounting, of executors: [ExportExecutor], by log: QueryLog
  ) async {
    do {
      otherRowsExports = try await ledger.otherRows(by: log)
      if let count = otherRowsExports, count > 0 {
        exportsError =
          "\(count) exports have a different number of rows than in the server's query log; "
          + "check whether a proxy alters answers"
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
