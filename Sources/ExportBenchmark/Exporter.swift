// Runs one export attempt and records all memory sources.

import BenchmarkSpec
import ClickHouseClient
import ExportPaths
import Foundation
import Parquet
import Probes
import RunStore
import Units
import WindowExports
import Workspace

struct Exporter {
  let workspace: Workspace
  let project: String
  /// Expected results by window.
  var windows: [TimeSpan: Expectation]
  /// For paths without a profile.
  var profile: SettingsProfile?
  /// Override those of the profile.
  var settings: [String: String]
  let memorySource: ServerMemory
  let queryLog: QueryLog
  /// Whether the driver's allocator figures cover the whole process; otherwise they are omitted.
  let allocatorIsProven: Bool
  var consumption = Consumption()

  /// A window and its expected number of observations; nil if unknown.
  struct Expectation {
    /// Milliseconds since 1970, both ends inclusive.
    let range: ClosedRange<Int64>
    let rows: Int?
  }

  /// Failures of the attempt are recorded in the sample; thrown errors end the run: cancellation
  /// and an unreachable server.
  func attempt(_ cell: PlannedAttempt, number: Int) async throws -> Sample {
    var sample = Sample()
    sample.attempt = number
    sample.period = cell.period
    sample.mergeState = cell.mergeState.description
    sample.path = cell.path.name
    sample.window = cell.window.description
    sample.windowMs = cell.window.milliseconds
    sample.repeat = cell.repeat
    sample.kind = cell.kind
    sample.startedAt = timestamp()
    sample.queryID = Query.newID()
    guard let expected = windows[cell.window] else {
      preconditionFailure("the window is not in the benchmark")
    }
    // The number of versions in the table may vary.
    sample.expectedRows = cell.kind.stage == .read ? nil : expected.rows

    let lost = try await Replica.all(from: workspace.client).filter { $0.answers == 0 }
    sample.lostReplicas = lost.isEmpty ? nil : lost.map(\.address).joined(separator: " ")
    let statements = try await cell.kind.stage.statements(
      from: statements(of: cell.path, id: sample.queryID, expected.range), of: cell.path,
      on: workspace.client)
    let storage = try await TableStorage.read(
      cell.path.reads, in: workspace.database.name, from: workspace.client)
    sample.tableParts = storage.parts
    sample.tableRows = storage.rows
    sample.runningMerges = storage.runningMerges

    if workspace.client.cluster != nil { sample.initiator = workspace.client.endpoint.address }
    let (watched, server) = await memorySource.watch {
      await DriverMemory.watch { await outcome(of: statements, cell.kind) }
    }
    record(server, in: &sample)
    record(watched.reading, in: &sample)
    switch watched.value {
    case .success(nil): break
    case .success(let outcome?):
      sample.clientWallMs = outcome.totalMs
      sample.clientFirstByteMs = outcome.firstByteMs
      sample.receivedBytes = outcome.receivedBytes
      sample.receivedRows = outcome.receivedRows
    case .failure(let error as ServerMemoryExceeded):
      sample.status = .stopped
      sample.errorName = ServerMemoryExceeded.name
      sample.errorMessage = error.description
      return sample
    case .failure(let error):
      try sample.fail(with: error)
    }
    try await addLog(of: statements, to: &sample)
    return sample
  }

  private func statements(
    of path: ExportPath, id: String, _ range: ClosedRange<Int64>
  ) -> [ExportStatement] {
    path.statements(
      for: ExportWindow(project: project, range: range), id: id,
      settings: path.exportSettings(under: profile, on: workspace, own: settings),
      in: workspace.front)
  }

  private func addLog(of statements: [ExportStatement], to sample: inout Sample) async throws {
    let ids = statements.compactMap(\.query.queryID)
    let answers = Set(statements.filter(\.returnsRows).compactMap(\.query.queryID))
    guard sample.status == .ok else {
      // The server may be unreachable, and the failure must still be recorded. Of several
      // statements only those before the failed one have log entries.
      let entries = try? await queryLog.entries(of: ids, inDoubt: true, partly: true)
      if let entry = entries.flatMap({ QueryLogEntry.total(of: $0, answers: answers) }) {
        record(entry, in: &sample)
      }
      return
    }
    if let entries = try await queryLog.entries(of: ids),
      let entry = QueryLogEntry.total(of: entries, answers: answers)
    {
      record(entry, in: &sample)
      if entry.exceptionCode != 0 {
        // A discarded answer has no count.
        (sample.status, sample.errorCode) = (.failed, entry.exceptionCode)
        sample.errorName = await workspace.client.errorName(of: entry.exceptionCode)
      } else if let received = sample.receivedRows, let counted = entry.resultRows,
        received != counted
      {
        let error = AnswerError.otherRows(received, than: counted)
        (sample.errorName, sample.errorMessage) = (error.name, error.description)
        sample.status = .wrongRows
      } else if let expected = sample.expectedRows, sample.resultRows != expected {
        sample.status = .wrongRows
      }
    } else {
      sample.status = .failed
      sample.errorName = "NO_QUERY_LOG_ENTRY"
      sample.errorMessage =
        "system.query_log had no row of the query within \(LogFlush.timeout), but had one when "
        + "the run started; look for the cause with exportbench doctor"
    }
  }

  /// Streams the answer to a consumer and releases its memory at the end.
  private func outcome(
    of statements: [ExportStatement], _ kind: AttemptKind
  ) async -> Result<ExportOutcome?, any Error> {
    do {
      let exchange = ExportExchange(statements, client: workspace.client)
      guard let consumer = try kind.consumer.map(consumption.begin) else {
        return .success(try await exchange.performUnsent(isEncoded: kind.stage == .encode))
      }
      let outcome = try await exchange.perform { try consumer.take($0) }
      try await consumer.finish()
      return .success(outcome)
    } catch { return .failure(error) }
  }

  private func record(_ entry: QueryLogEntry, in sample: inout Sample) {
    sample.resultRows = entry.resultRows ?? sample.receivedRows
    sample.resultBytes = entry.resultBytes
    sample.serverQueryMs = entry.durationMs
    sample.serverCPUMs = entry.cpuMs
    sample.memoryPeakBytes = entry.memoryPeakBytes
    sample.readRows = entry.readRows
    sample.readBytes = entry.readBytes
    sample.selectedParts = entry.selectedParts
    sample.selectedMarks = entry.selectedMarks
    sample.spilledBytes = entry.spilledBytes
    sample.shardQueries = entry.shards?.queries
    sample.shardMemoryPeakBytes = entry.shards?.memoryPeakBytes
    sample.shardMemorySumBytes = entry.shards?.memorySumBytes
  }

  private func record(_ reading: ServerMemory.Reading, in sample: inout Sample) {
    sample.serverRSSBeforeBytes = reading.residentBefore
    sample.serverRSSPeakBytes = reading.residentPeak
    sample.serverJemallocAllocatedBeforeBytes = reading.allocatedBefore
    sample.serverJemallocAllocatedPeakBytes = reading.allocatedPeak
    sample.serverTrackedBeforeBytes = reading.trackedBefore
    sample.serverTrackedPeakBytes = reading.trackedPeak
    sample.serverJemallocAllocatedAfterBytes = reading.allocatedAfter
    sample.serverJemallocResidentAfterBytes = reading.jemallocResidentAfter
  }

  private func record(_ reading: DriverMemory.Reading, in sample: inout Sample) {
    if allocatorIsProven {
      sample.driverAllocatedBeforeBytes = reading.allocatedBefore
      sample.driverAllocatedPeakBytes = reading.allocatedPeak
      sample.driverResidentPeakBytes = reading.residentPeak
    }
    sample.driverRSSPeakBytes = reading.rssPeak
    sample.driverCPUMs = reading.cpuMs
  }
}
