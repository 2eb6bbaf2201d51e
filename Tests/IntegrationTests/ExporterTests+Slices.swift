// Attempts of several statements: one row with the figures of the whole, and nothing left behind.

import Foundation
import Testing
@testable import ClickHouseClient
@testable import ExportBenchmark
@testable import ExportPaths
@testable import ObservationGenerator
@testable import RunStore
@testable import Workspace

extension IntegrationTests.ExporterTests {
  private func attempt(
    _ path: ExportPath, _ workspace: Workspace, _ dataset: Dataset
  ) async throws -> Sample {
    let cell = PlannedAttempt(
      mergeState: .fresh, period: .measured, repeat: 1, window: Self.window, path: path)
    return try await exporter(workspace, dataset).attempt(cell, number: 1)
  }

  /// Whether a temporary table is there in the session of an attempt.
  private func has(_ table: String, after sample: Sample, _ workspace: Workspace) async throws
    -> Bool
  {
    struct Row: Decodable { let result: Int }
    let query = Query(
      "EXISTS TEMPORARY TABLE \(try Identifier(table))", settings: ["session_id": sample.queryID])
    return try #require(try await workspace.client.rows(query, as: Row.self).first).result == 1
  }

  private func log(_ column: String, of sample: Sample, _ workspace: Workspace) async throws -> Int
  {
    try await workspace.value(
      """
      SELECT toInt64(\(column)) AS value FROM system.query_log
      WHERE startsWith(query_id, {id: String}) AND type != 'QueryStart'
      """, ["id": Parameter(sample.queryID + "-")])
  }

  @Test func slicesAreOneRowWithTheFiguresOfTheWhole() async throws {
    let dataset = smallDataset()
    try await withLoaded("slices", dataset) { workspace in
      for name in ["newest-row-sliced@lean", "newest-row-kept@lean"] {
        let path = try Catalogue.paths(named: [name])[0]
        let sample = try await attempt(path, workspace, dataset)
        #expect(sample.status == .ok, "\(sample.errorMessage ?? "")")
        #expect(sample.resultRows == sample.expectedRows && sample.resultRows ?? 0 > 500)
        let slices = path.slices(of: dataset.window(Self.window)).count
        let count = path.before.count + slices + path.after.count
        #expect(slices > 1)
        #expect(try await log("count()", of: sample, workspace) == count)
        #expect(try await log("sum(read_rows)", of: sample, workspace) == sample.readRows)
        #expect(try await log("max(memory_usage)", of: sample, workspace) == sample.memoryPeakBytes)
        let (server, client) = (sample.serverQueryMs ?? .infinity, sample.clientWallMs ?? 0)
        #expect(server > 0 && client > sample.clientFirstByteMs ?? .infinity)
        #expect(sample.receivedBytes ?? 0 > 0)
      }
    }
  }

  @Test func whatWasPreparedIsGoneAfterwards() async throws {
    let dataset = smallDataset(observations: 300)
    let window = """
      WHERE project_id = {projectId: String} AND start_time >= {minTimestamp: DateTime64(3)}
        AND start_time <= {maxTimestamp: DateTime64(3)} AND is_deleted = 0
      """
    try await withLoaded("prepared", dataset) { workspace in
      let kept = try await attempt(
        try Catalogue.paths(named: ["newest-row-kept@lean"])[0], workspace, dataset)
      #expect(kept.status == .ok)
      #expect(try await !has("newest_rows", after: kept, workspace))

      let left = try await attempt(
        try madeUpPath(
          "CREATE TEMPORARY TABLE mine AS SELECT 1 AS one;\nSELECT id FROM observations \(window)"),
        workspace, dataset)
      #expect(try await has("mine", after: left, workspace), "this one puts nothing away")

      // Fails in the second of three slices.
      let failing = try await attempt(
        try madeUpPath(
          """
          -- slice: 10d
          CREATE TEMPORARY TABLE mine AS SELECT 1 AS one;
          SELECT id,
            throwIf(intDiv(toUnixTimestamp(start_time) - 1788220800, 864000) = 1, 'no') AS x
          FROM observations \(window);
          DROP TEMPORARY TABLE mine;
          """), workspace, dataset)
      #expect(failing.status == .failed && failing.errorCode == 395)
      #expect(failing.errorName == "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO")
      #expect(failing.clientWallMs == nil && failing.memoryPeakBytes ?? 0 > 0)
      #expect(try await !has("mine", after: failing, workspace))
      #expect(try await log("count()", of: failing, workspace) == 4, "the third is not asked for")
    }
  }
}
