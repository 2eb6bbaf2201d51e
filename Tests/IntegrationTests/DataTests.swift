// The generator against the server: the same rows however they are loaded, and the same truth.

import Testing
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import ExportPaths
@testable import ObservationGenerator
@testable import Units
@testable import Workspace

extension IntegrationTests {
  @Suite struct DataTests {
    @Test func workersAndInsertSizesDoNotChangeTheRows() async throws {
      let one = try await checksum("one", smallDataset(), rowsPerInsert: 300, workers: 1)
      let two = try await checksum("two", smallDataset(), rowsPerInsert: 450, workers: 2)
      let other = try await checksum("other", smallDataset(seed: 8), rowsPerInsert: 450, workers: 2)
      #expect(one == two)
      #expect(one.hash != other.hash)
      #expect(one.rows == smallDataset().truth().rows)
      #expect(other.rows == smallDataset(seed: 8).truth().rows)
    }

    struct Checksum: Equatable {
      let rows: Int
      let hash: String
    }

    /// Of every column of every row in any order, before any version is dropped. The columns
    /// that the server fills in at the insert are left out.
    private func checksum(
      _ name: String, _ dataset: Dataset, rowsPerInsert: Int, workers: Int
    ) async throws -> Checksum {
      try await withWorkspace(name) { workspace in
        // Versions that meet in one insert would be dropped, more of them in larger inserts.
        try await workspace.runAll(
          Catalogue.observations().replacing(
            "ReplacingMergeTree(event_ts, is_deleted)", with: "MergeTree"))
        let amount = try await Loader(workspace, dataset).load(
          rowsPerInsert: rowsPerInsert, workers: workers, tell: { _ in })
        #expect(amount.rows == dataset.truth().rows)
        return Checksum(
          rows: try await workspace.value("SELECT toInt64(count()) AS value FROM observations"),
          hash: try await workspace.value(
            // Of a tuple, for the hash of arguments is NULL where one of them is, and not added up.
            "SELECT toString(sum(cityHash64(toString(tuple(*))))) AS value FROM observations"))
      }
    }

    /// Windows from a minute to the whole, at the start and within.
    static let windows: [ClosedRange<Int64>] = {
      let start = smallDataset().start
      let day: Int64 = 86_400_000
      let lengths: [Int64] = [60_000, 3_600_000, day, 7 * day, 29 * day, 30 * day, 40 * day]
      return lengths.flatMap { length in
        [start, start + 5 * day + 12_345].map { $0...($0 + length - 1) }
      }
    }()

    @Test(arguments: [0, 0.25]) func theTruthIsWhatTheServerHolds(deleted: Double) async throws {
      let dataset = smallDataset(deleted: deleted)
      try await withLoaded("truth", dataset) { workspace in
        for window in Self.windows {
          for project in 0..<dataset.projects {
            let name = dataset.projectID(project)
            let truth = dataset.truth(project: name, window: window)
            #expect(try await currentRows(in: workspace, name, window) == truth.currentRows)
          }
        }
        let whole = dataset.truth()
        #expect(try await workspace.uniqueIDs(in: Workspace.table) == whole.observations)
        #expect(try await workspace.uniqueIDs(in: Workspace.view) == whole.observations)
        let sum: String = try await workspace.value(
          """
          SELECT toString(sum(toUInt64(toUnixTimestamp64Milli(updated)))) AS value FROM (
            SELECT id, argMax(updated_at, event_ts) AS updated,
              argMax(is_deleted, event_ts) AS gone FROM observations GROUP BY id) WHERE gone = 0
          """)
        #expect(sum == "\(whole.survivorsUpdatedAtSum)")
      }
    }

    /// Counted in a third way, which neither the generator nor a path uses.
    private func currentRows(
      in workspace: Workspace, _ project: String, _ window: ClosedRange<Int64>
    ) async throws -> Int {
      try await workspace.value(
        """
        SELECT toInt64(countIf(gone = 0)) AS value FROM (
          SELECT id, argMax(is_deleted, event_ts) AS gone FROM observations
          WHERE project_id = {project: String}
            AND toUnixTimestamp64Milli(start_time) BETWEEN {from: Int64} AND {to: Int64}
          GROUP BY id)
        """,
        [
          "project": Parameter(project), "from": Parameter(window.lowerBound),
          "to": Parameter(window.upperBound),
        ])
    }

    @Test func bothPathsReturnTheSurvivorsFreshAndMerged() async throws {
      let dataset = smallDataset()
      try await withLoaded("paths", dataset) { workspace in
        for state in [MergeState.fresh, .merged] {
          if state == .merged { try await workspace.merges.mergeAll() }
          for path in try Catalogue.paths(named: ["limit-by", "mv-final"]) {
            for window in Self.windows {
              let expected = dataset.truth(project: dataset.exportProject, window: window)
              let found = try await rows(of: path, from: workspace, dataset.exportProject, window)
              #expect(found == expected.currentRows, "\(path.name), \(state), \(window)")
            }
          }
        }
        let parts: Int = try await workspace.value(
          """
          SELECT toInt64(max(parts)) AS value FROM (
            SELECT count() AS parts FROM system.parts
            WHERE active AND database = currentDatabase() GROUP BY table, partition)
          """)
        #expect(parts == 1, "merged means one part in each partition")
      }
    }

    private func rows(
      of path: ExportPath, from workspace: Workspace, _ project: String,
      _ window: ClosedRange<Int64>
    ) async throws -> Int {
      struct Row: Decodable { let rows: Int }
      var query = Query("SELECT toInt64(count()) AS rows FROM (\(path.sql))")
      query.database = workspace.database.name
      query.parameters = [
        "projectId": Parameter(project),
        "minTimestamp": Parameter(epochSeconds(window.lowerBound)),
        "maxTimestamp": Parameter(epochSeconds(window.upperBound)),
      ]
      return try #require(try await workspace.client.rows(query, as: Row.self).first).rows
    }
  }
}
