// Stages of exports on a real server: each does what it says and sends nothing, and what fails in
// silence is found all the same.

import Foundation
import TestSupport
import Testing
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import ExportBenchmark
@testable import ExportPaths
@testable import ObservationGenerator
@testable import Probes
@testable import RunStore
@testable import Units
@testable import Workspace

extension IntegrationTests {
  @Suite struct StageTests {
    static let window = TimeSpan(milliseconds: 30 * 86_400_000)

    private func attempt(
      _ path: String, _ kind: AttemptKind, _ workspace: Workspace, _ dataset: Dataset,
      settings: [String: String] = [:]
    ) async throws -> Sample {
      let range = dataset.window(Self.window)
      let truth = dataset.truth(project: dataset.exportProject, window: range)
      let exporter = Exporter(
        workspace: workspace, project: dataset.exportProject,
        windows: [Self.window: Exporter.Expectation(range: range, rows: truth.currentRows)],
        settings: settings, memorySource: ServerMemory(workspace.client, processID: nil),
        queryLog: QueryLog(workspace.client, version: workspace.version), allocatorIsProven: false)
      let cell = PlannedAttempt(
        mergeState: .fresh, period: .measured, repeat: 1, window: Self.window,
        path: try Catalogue.paths(named: [path])[0], kind: kind)
      return try await exporter.attempt(cell, number: 1)
    }

    private struct Sent: Decodable { let value: Int }

    private func sentBytes(_ sample: Sample, _ workspace: Workspace) async throws -> Int {
      let query = Query(
        """
        SELECT toInt64(sum(ProfileEvents['NetworkSendBytes'])) AS value FROM system.query_log
        WHERE startsWith(query_id, {id: String}) AND type = 'QueryFinish'
        """, parameters: ["id": Parameter(sample.queryID)])
      return try #require(try await workspace.client.rows(query, as: Sent.self).first).value
    }

    @Test(arguments: ["limit-by", "mv-final", "newest-row-kept"]) func eachStageDoesWhatItSays(
      path: String
    ) async throws {
      let dataset = smallDataset()
      try await withLoaded("stages", dataset) { workspace in
        let whole = try await attempt(path, .export(.stream), workspace, dataset)
        #expect(whole.status == .ok && whole.consumer == .stream && whole.stage == .export)
        for stage in Stage.allCases where stage != .export {
          let sample = try await attempt(path, .stage(stage), workspace, dataset)
          #expect(sample.status == .ok, "\(stage): \(sample.errorMessage ?? "")")
          #expect(sample.stage == stage && sample.consumer == nil)
          if path != "newest-row-kept" {
            #expect(sample.readRows == whole.readRows, "\(stage) reads the same rows")
          }
          #expect(sample.memoryPeakBytes ?? 0 > 0 && sample.serverQueryMs != nil)
          #expect(sample.receivedBytes ?? 0 == 0)
          let sent = try await sentBytes(sample, workspace)
          #expect(sent < 8192, "\(stage) sent \(sent) bytes")
          if stage == .read {
            let versions = sample.resultRows ?? 0
            #expect(versions > whole.resultRows ?? .max, "older versions are read as well")
            #expect(versions < whole.readRows ?? 0, "and no other project's rows")
            #expect(sample.expectedRows == nil)
          } else {
            #expect(sample.resultRows == whole.resultRows && sample.expectedRows != nil)
          }
          // What the query kept to itself has no time that the client saw.
          #expect((sample.clientWallMs == nil) == (stage == .encode))
        }
        #expect(try await sentBytes(whole, workspace) > 8192)
      }
    }

    @Test func aStageWithWrongRowsIsAWrongRow() async throws {
      let dataset = smallDataset(deleted: 0.3)
      try await withLoaded("wrong-stages", dataset) { workspace in
        for stage in [Stage.keys, .deduplicate, .encode] {
          let sample = try await attempt("limit-by", .stage(stage), workspace, dataset)
          #expect(sample.status == .wrongRows, "\(stage)")
        }
      }
    }

    @Test func anEncodingThatNobodyWaitsForIsEnded() async throws {
      struct Row: Decodable { let queries: Int }
      let client = try await Shared.client
      let id = UUID().uuidString
      var query = Query("SELECT sleepEachRow(0.2) FROM numbers(500)", queryID: id)
      query.settings = ["max_block_size": "1", "default_format": "Parquet"]
      let count = Query(
        "SELECT toInt64(count()) AS queries FROM system.processes WHERE query_id = {id: String}",
        parameters: ["id": Parameter(id)])
      let task = Task { [query] in try await client.discard(query) }
      try await eventually("it runs") { try await client.rows(count, as: Row.self)[0].queries == 1 }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      try await eventually("it ends") {
        try await client.rows(count, as: Row.self)[0].queries == 0
      }
    }

    @Test func whatFailsWithoutABodyHasANameAllTheSame() async throws {
      let dataset = smallDataset()
      try await withLoaded("failing-stages", dataset) { workspace in
        let limits = ["max_memory_usage": "200000", "max_untracked_memory": "0"]
        for stage in [Stage.deduplicate, .encode] {
          let sample = try await attempt(
            "limit-by", .stage(stage), workspace, dataset, settings: limits)
          #expect(sample.status == .failed, "\(stage)")
          #expect(sample.errorCode == 241 && sample.errorName == "MEMORY_LIMIT_EXCEEDED")
        }
        // After the head of the answer, when nobody would hear of it.
        let late = try await attempt(
          "limit-by", .stage(.encode), workspace, dataset,
          settings: [
            "max_result_bytes": "400000", "output_format_parquet_row_group_size": "10",
            "http_response_buffer_size": "0", "max_block_size": "50",
          ])
        #expect(late.status == .failed)
        #expect(late.errorName == "TOO_MANY_ROWS_OR_BYTES", "\(late.errorName ?? "")")
      }
    }
  }
}
