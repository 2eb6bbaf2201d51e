// Answers held against the ground truth: a right one passes, and what is wrong with another is
// named by kind, by the shape of the duplicates and with an id.

import Testing
@testable import ClickHouseClient
@testable import ExportBenchmark
@testable import ExportPaths
@testable import ObservationGenerator
@testable import Parquet
@testable import RunStore
@testable import Units
@testable import WindowExports

extension IntegrationTests {
  @Suite struct AnswerTests {
    private static let month = TimeSpan(milliseconds: 30 * 86_400_000)

    private func check(
      _ name: String, _ dataset: Dataset, _ sql: [String]
    ) async throws -> [(VerificationSample, [DifferenceSample])] {
      try await withLoaded(name, dataset) { workspace in
        let check = AnswerCheck(workspace, .generated(dataset), settings: [:])
        try await check.prepare()
        var found: [(VerificationSample, [DifferenceSample])] = []
        for sql in sql {
          found.append(try await check.check(try madeUpPath(sql), Self.month, in: .fresh))
        }
        return found
      }
    }

    private static let window = """
      WHERE project_id = {projectId: String} AND start_time >= {minTimestamp: DateTime64(3)}
        AND start_time <= {maxTimestamp: DateTime64(3)}
      """

    @Test func whatIsWrongIsNamed() async throws {
      let right = "SELECT id, output, updated_at FROM observations_truth \(Self.window)"
      let found = try await check(
        "answers", smallDataset(deleted: 0.2),
        [
          right,
          "\(right) AND id != (SELECT min(id) FROM observations_truth \(Self.window))",
          "\(right) UNION ALL \(right) LIMIT 1",
          """
          SELECT id, concat(output, 'x') AS output, updated_at FROM observations_truth
          \(Self.window)
          """,
          "SELECT id, output, updated_at FROM observations_export_mv FINAL \(Self.window)",
        ])
      #expect(found[0].0.status == .ok && found[0].1.isEmpty)
      #expect(found[0].0.columns == 3 && found[0].0.expectedRows ?? 0 > 500)
      #expect(found[1].0.status == .wrongRows && found[1].0.differentIDs == 1)
      #expect(found[1].1.map(\.kind) == [.missing] && found[1].1[0].returned == nil)
      #expect(found[2].1.map(\.kind) == [.doubled])
      #expect(found[3].0.returnedRows == found[3].0.expectedRows, "only a checksum sees this")
      #expect(Set(found[3].1.map(\.kind)) == [.otherVersion])
      #expect(found[4].1.map(\.shape) == ["deleted"], "tombstones that nobody filters")
      #expect(found[4].1.map(\.kind) == [.unexpected])
      for difference in found.dropFirst().flatMap(\.1) {
        #expect(difference.ids > 0 && difference.exampleID.count == 36)
        #expect(difference.exampleVersions ?? 0 > 0)
      }
    }

    /// However many pieces a file is sent back in, it holds what the server returned.
    @Test(arguments: ["limit-by", "mv-final", "newest-row-sliced"])
    func aFileIsReadInPieces(name: String) async throws {
      guard name != "newest-row-sliced" || isTested(since: 25, 6) else { return }
      let dataset = smallDataset()
      try await withLoaded("pieces", dataset) { workspace in
        let path = try Catalogue.paths(named: [name])[0]
        let window = ExportWindow(
          project: dataset.exportProject, range: dataset.window(Self.month))
        let settings = path.exportSettings(
          under: nil, on: workspace, own: ["output_format_parquet_row_group_size": "100"])
        let file = try ParquetFile(temporary: "a test's file")
        let statements = path.statements(
          for: window, id: Query.newID(), settings: settings, in: workspace.front)
        let outcome = try await ExportExchange(statements, client: workspace.client).perform {
          try file.append($0)
        }
        let (columns, sums) = try await path.returned(
          for: window, settings: settings, in: workspace.front, on: workspace.client)
        #expect(sums.rows > 500 && sums.rows == outcome.receivedRows)
        #expect(try file.pieces(bytesMax: 1).count > 5)
        for bytesMax in [1, 100_000, ParquetFile.pieceBytesMax] {
          let read = try await AnswerChecksum.read(
            file, columns: columns, by: workspace.client, pieceBytesMax: bytesMax)
          #expect(read == sums, "\(bytesMax)")
        }
      }
    }

    @Test func aCheckThatFailsIsARowAndNotTheEnd() async throws {
      let found = try await check(
        "failing", smallDataset(observations: 50),
        ["SELECT id, throwIf(id != '', 'no') AS output FROM observations_truth \(Self.window)"])
      #expect(found[0].0.status == .failed && found[0].0.errorCode == 395)
    }
  }
}
