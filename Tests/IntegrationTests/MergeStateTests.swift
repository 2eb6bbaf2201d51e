// Every state of merges is reached as it is named, with the same rows in it.

import Testing
@testable import ClickHouseClient
@testable import ObservationGenerator
@testable import Probes
@testable import RunStore
@testable import Workspace

extension IntegrationTests {
  @Suite struct MergeStateTests {
    /// Two months, so that "in each month" can be seen.
    private let dataset: Dataset = {
      var dataset = smallDataset(observations: 900, days: 60)
      dataset.shapes = [.movedMonth: 0.1]
      return dataset
    }()

    /// The active parts of table and view in each month.
    private func parts(_ workspace: Workspace) async throws -> Set<Int> {
      struct Row: Decodable { let parts: Int }
      var query = Query(
        """
        SELECT toInt64(count()) AS parts FROM system.parts
        WHERE active AND database = {database: String} GROUP BY table, partition
        """)
      query.parameters["database"] = Parameter(workspace.database.name)
      return Set(try await workspace.client.rows(query, as: Row.self).map(\.parts))
    }

    private func currentRows(_ workspace: Workspace) async throws -> Int {
      try await workspace.value(
        "SELECT toInt64(count()) AS value FROM observations_export_mv FINAL WHERE is_deleted = 0")
    }

    @Test func partsAreExactlyAsManyInEachMonthAndMergedIsOne() async throws {
      try await withWorkspace("states") { workspace in
        var tables = Tables(workspace, dataset, rowsPerInsert: 200)
        var steps: [String] = []
        for count in [1, 3, 7] {
          try await tables.reach(.parts(count)) { steps.append($0) }
          #expect(try await parts(workspace) == [count], "table and view, in every month")
          #expect(try await workspace.uniqueIDs(in: Workspace.table) == dataset.observations)
        }
        #expect(steps.count == 3, "each is loaded anew: merges cannot be undone")
        let before = try await currentRows(workspace)
        try await tables.reach(.merged) { steps.append($0) }
        #expect(steps.last == "merging", "what is there is merged, and not loaded again")
        #expect(try await parts(workspace) == [1])
        #expect(try await currentRows(workspace) == before)
        try await tables.reach(.fresh) { steps.append($0) }
        #expect(steps.last == "loading for fresh")
        #expect(try await currentRows(workspace) == before)
      }
    }

    @Test func liveMergesOnItsOwn() async throws {
      try await withWorkspace("live") { workspace in
        var tables = Tables(workspace, dataset, rowsPerInsert: 40)
        try await tables.reach(.fresh) { _ in }
        let fresh = try await TableStorage.read(
          Workspace.table, in: workspace.database.name, from: workspace.client)
        try await tables.reach(.live) { _ in }
        for _ in 0..<100 {
          let now = try await TableStorage.read(
            Workspace.table, in: workspace.database.name, from: workspace.client)
          if now.parts < fresh.parts { return }
          try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("\(fresh.parts) parts, and none merged within ten seconds")
      }
    }

    @Test func morePartsThanRowsAreRefused() async throws {
      let words = await sentence {
        _ = try InsertQueue(smallDataset(observations: 3, days: 1), insertsPerMonth: 50)
      }
      #expect(words.contains("fewer than the 50 requested parts; reduce the parts in merge_states"))
    }

    @Test func theViewWithCodecsHasTheSameRowsAndParts() async throws {
      var dataset = smallDataset(observations: 2_000)
      dataset.payload.output = LongTail(median: 800, p99: 8192, max: 16384)
      try await withLoaded("codecs", dataset) { workspace in
        var samples: [StorageSample] = []
        var columns: [ColumnSample] = []
        let census = StorageCensus(workspace: workspace, state: .fresh)
        try await census.take {
          samples.append($0); columns += $1
        }
        try await census.takeWithCodecs(on: [Shard(client: workspace.client)]) {
          samples.append($0); columns += $1
        }
        #expect(samples.map(\.role) == [.table, .view, .viewWithCodecs])
        let (view, twin) = (samples[1], samples[2])
        #expect(twin.rows == view.rows && twin.parts == view.parts)
        #expect(twin.uncompressedBytes == view.uncompressedBytes)
        #expect(twin.compressedBytes ?? .max < view.compressedBytes ?? 0)
        #expect(samples.allSatisfy { $0.diskFreeBytes ?? 0 > 0 })
        let codec = columns.first { $0.role == .viewWithCodecs && $0.column == "output" }?.codec
        #expect(codec == "CODEC(ZSTD(3))")
        #expect(columns.first { $0.role == .view && $0.column == "output" }?.codec == nil)
        #expect(try await !workspace.tables().contains(StorageCensus.twin), "and is gone again")
      }
    }
  }
}
