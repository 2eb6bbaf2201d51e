// Executors of a load test's requests: insert a batch, or export a window.

import ClickHouseClient
import ExportPaths
import Foundation
import HTTPTransport
import InsertBenchmark
import ObservationGenerator
import RunStore
import WindowExports

/// Inserts batches over one connection; generates the next batch during the current insert.
///
/// Unchecked: used by the connection's task; the task that generates the next batch touches
/// disjoint state.
final class InsertExecutor: RequestExecutor, @unchecked Sendable {
  private let client: Client
  private let query: Query
  private let rowsPerBatch: Int
  private let ledger: BatchAccounting
  private var (current, next): (WriteBatch, WriteBatch)
  private var (batch, nextBatch) = (BatchAccounting.Batch(), BatchAccounting.Batch())
  private var making: Task<Void, Never>?

  init(
    _ client: Client, _ query: Query, rowsPerBatch: Int, of dataset: Dataset,
    _ ledger: BatchAccounting
  ) {
    (self.client, self.query, self.rowsPerBatch, self.ledger) = (
      client, query, rowsPerBatch, ledger
    )
    (current, next) = (WriteBatch(of: dataset), WriteBatch(of: dataset))
  }

  func prepare() async {
    if making == nil { make() }
    await making?.value
    making = nil
    swap(&current, &next)
    swap(&batch, &nextBatch)
  }

  private func make() {
    nextBatch = ledger.take(rowsPerBatch)
    making = Task { [next, nextBatch] in next.make(nextBatch.rows) }
  }

  func perform(_ sample: inout RequestSample) async {
    guard !batch.rows.isEmpty else {
      (sample.outcome, sample.status) = (.unsent, .failed)
      sample.errorName = "NO_ROWS_LEFT"
      sample.errorMessage = "the dataset has no more rows; give it more observations"
      return
    }
    var query = query
    query.queryID = Query.newID()
    sample.queryID = query.queryID
    sample.rows = batch.rows.count
    make()
    do {
      let outcome = try await client.insert(query, from: current.fill)
      sample.sentBytes = outcome.sentBytes
    } catch { sample.end(with: error) }
    ledger.settle(batch, sample.outcome)
  }
}

/// Exports a window over one connection and discards the bytes.
struct ExportExecutor: RequestExecutor {
  let client: Client
  let path: ExportPath
  let window: ExportWindow
  let settings: [String: String]
  let database: Identifier
  let ledger: ExportAccounting

  func prepare() async {}

  func perform(_ sample: inout RequestSample) async {
    let id = Query.newID()
    sample.queryID = id
    let statements = path.statements(for: window, id: id, settings: settings, in: database)
    do {
      let outcome = try await ExportExchange(statements, client: client).perform { _ in }
      sample.receivedBytes = outcome.receivedBytes
      sample.receivedRows = outcome.receivedRows
      if let rows = outcome.receivedRows { ledger.add(statements, rows: rows) }
    } catch { sample.end(with: error) }
  }
}

extension RequestSample {
  /// Records a failure. Requests that were interrupted or unanswered may have succeeded on the
  /// server.
  package mutating func end(with error: any Error) {
    do { try fail(with: error) } catch {
      status = .failed
      errorName = error is CancellationError ? Self.interrupted : "FAILED"
      errorMessage = error is CancellationError ? nil : String("\(error)".prefix(300))
    }
    switch error as? ClickHouseError {
    case .server: outcome = .refused
    case .transport(let failure): outcome = failure.isUnsent ? .unsent : .unknown
    default: outcome = .unknown
    }
  }
}

extension TransportError {
  /// No connection could be established.
  fileprivate var isUnsent: Bool {
    switch kind {
    case .badRequest, .cannotResolve, .cannotConnect, .timedOut(.connect), .tls: true
    case .timedOut, .reset, .truncated, .other: false
    }
  }
}
