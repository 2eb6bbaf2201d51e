// One attempt under every witness, and what becomes of an attempt that fails.

import Testing
@testable import ClickHouseClient
@testable import Engine
@testable import ExportBenchmark
@testable import ExportPaths
@testable import InsertBenchmark
@testable import ObservationGenerator
@testable import Probes
@testable import RunStore
@testable import Units
@testable import Workspace

extension IntegrationTests {
  @Suite struct ExporterTests {
    static let window = TimeSpan(milliseconds: 30 * 86_400_000)

    func exporter(
      _ workspace: Workspace, _ dataset: Dataset, settings: [String: String] = [:]
    ) async throws -> Exporter {
      let server = try await Shared.server
      let range = dataset.window(Self.window)
      let truth = dataset.truth(project: dataset.exportProject, window: range)
      return Exporter(
        workspace: workspace, project: dataset.exportProject,
        windows: [Self.window: Exporter.Expectation(range: range, rows: truth.currentRows)],
        settings: settings,
        memorySource: ServerMemory(Client(server.endpoint), processID: server.processID),
        queryLog: QueryLog(workspace.client, version: workspace.version),
        allocatorIsProven: true)
    }

    private func cell(_ path: String) throws -> PlannedAttempt {
      let path = try Catalogue.paths(named: [path])[0]
      return PlannedAttempt(
        mergeState: .fresh, period: .measured, repeat: 1, window: Self.window, path: path)
    }

    @Test(arguments: ["limit-by", "mv-final"])
    func everyWitnessSpeaks(path: String) async throws {
      let dataset = smallDataset()
      try await withLoaded("witnesses", dataset) { workspace in
        let sample = try await exporter(workspace, dataset).attempt(try cell(path), number: 4)
        #expect(sample.status == .ok)
        #expect(sample.errorCode == nil && sample.errorName == nil && sample.errorMessage == nil)
        #expect(sample.attempt == 4 && sample.path == path && sample.window == "30d")
        #expect(sample.expectedRows == sample.resultRows)
        #expect(sample.tableParts ?? 0 > 1)
        let measured: [(String, Int?)] = [
          ("result bytes", sample.resultBytes), ("received bytes", sample.receivedBytes),
          ("memory", sample.memoryPeakBytes), ("rows", sample.readRows),
          ("bytes", sample.readBytes), ("parts", sample.selectedParts),
          ("marks", sample.selectedMarks), ("driver RSS", sample.driverRSSPeakBytes),
          ("jemalloc resident", sample.serverJemallocResidentAfterBytes),
        ]
        for (name, value) in measured { #expect(value ?? 0 > 0, "\(name) is missing") }
        #expect(sample.readRows == sample.tableRows, "the window is the whole project and table")
        #expect(sample.spilledBytes == 0)
        #expect(sample.clientWallMs != nil && sample.serverQueryMs != nil)
        expectPeaks(sample)
      }
    }

    private func expectPeaks(_ sample: Sample) {
      // Of an attempt too short to be sampled, the allocator's peak is unknown, and not a guess.
      if let peak = sample.serverJemallocAllocatedPeakBytes {
        #expect(peak >= sample.serverJemallocAllocatedBeforeBytes ?? .max)
      }
      #expect(sample.serverRSSBeforeBytes ?? 0 > 0)
      #expect(sample.serverRSSPeakBytes ?? .max >= sample.serverRSSBeforeBytes ?? .max)
      #expect(sample.serverJemallocAllocatedBeforeBytes ?? 0 > 0)
      // Compared at one moment: before the attempt the server may hold memory that it frees later.
      #expect(
        sample.serverJemallocResidentAfterBytes ?? .max
          >= sample.serverJemallocAllocatedAfterBytes ?? 0)
      #expect(sample.serverRSSPeakBytes != nil, "the kernel misses no attempt")
      // Without jemalloc (the package trait is off) these columns are empty, both of them.
      if AllocatorProof.take().holds {
        #expect(sample.driverAllocatedPeakBytes ?? 0 >= sample.driverAllocatedBeforeBytes ?? .max)
        #expect(sample.driverResidentPeakBytes ?? 0 > 0)
      } else {
        #expect(sample.driverAllocatedPeakBytes == nil)
      }
    }

    @Test func aMemoryLimitFailsTheAttemptAndNotTheRun() async throws {
      let dataset = smallDataset()
      try await withLoaded("limit", dataset) { workspace in
        let limited = try await exporter(
          workspace, dataset, settings: ["max_memory_usage": "200000", "max_untracked_memory": "0"])
        for path in ["limit-by", "mv-final"] {
          let sample = try await limited.attempt(try cell(path), number: 1)
          #expect(sample.status == .failed)
          #expect(sample.errorCode == 241)
          #expect(sample.errorName == "MEMORY_LIMIT_EXCEEDED")
          let message = try #require(sample.errorMessage)
          #expect(!message.contains("\n") && message.count <= 300)
          #expect(sample.resultRows == 0 || sample.resultRows == nil)
          #expect(sample.memoryPeakBytes != 0, "what was not recorded is empty")
          if testedVersion == Engine.defaultVersion {
            #expect(sample.memoryPeakBytes != nil, "the log knows failed queries too")
          }
        }
        let next = try await exporter(workspace, dataset).attempt(try cell("limit-by"), number: 2)
        #expect(next.status == .ok)
      }
    }

    @Test func anUnknownSettingFailsTheAttempt() async throws {
      let dataset = smallDataset(observations: 100)
      try await withLoaded("setting", dataset) { workspace in
        let sample = try await exporter(workspace, dataset, settings: ["no_such_setting": "1"])
          .attempt(try cell("mv-final"), number: 1)
        #expect(sample.status == .failed)
        #expect(sample.errorName == "UNKNOWN_SETTING")
        #expect(sample.errorMessage?.contains("no_such_setting") == true)
        #expect(sample.clientWallMs == nil, "what did not happen has no duration")
      }
    }

    @Test func tombstonesThatComeBackAreWrongRows() async throws {
      let dataset = smallDataset(deleted: 0.3)
      try await withLoaded("tombstones", dataset) { workspace in
        let exporter = try await exporter(workspace, dataset)
        let sample = try await exporter.attempt(try cell("limit-by"), number: 1)
        #expect(sample.status == .wrongRows)
        #expect(sample.errorCode == nil)
        #expect(sample.resultRows ?? 0 > sample.expectedRows ?? .max)
        #expect(try await exporter.attempt(try cell("mv-final"), number: 2).status == .ok)
      }
    }

    @Test func anInterruptEndsTheRunAndIsNoSample() async throws {
      let dataset = smallDataset(observations: 100)
      try await withLoaded("gone", dataset) { workspace in
        let exporter = try await exporter(workspace, dataset)
        let task = Task { try await exporter.attempt(try cell("limit-by"), number: 1) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
      }
    }

    @Test func aLogWhoseTableIsNotThereYetIsWaitedFor() async throws {
      struct One: Decodable { let value: Int }
      let client = try await Shared.client
      let flush = LogFlush(client, version: try await client.serverVersion(), log: "query_log")
      var looks = 0
      let seen = try await flush.until {
        looks += 1
        let source = looks == 1 ? "system.a_log_not_made_yet" : "system.one"
        return try await client.rows(Query("SELECT 1 AS value FROM \(source)"), as: One.self).first
      }
      #expect(seen?.value == 1 && looks == 2)
    }

    @Test func theLogsOfAnInsertTellTableAndViewApart() async throws {
      let dataset = smallDataset(observations: 400)
      try await withWorkspace("pairs") { workspace in
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await workspace.createPlainTable()
        try await workspace.merges.stop()
        var loader = PairedLoader(workspace, dataset, seed: 1)
        var inserts: [InsertSample] = []
        try await loader.load(rowsPerInsert: 200) { inserts += $0 }

        #expect(
          inserts.filter { $0.target == .plain }.map(\.rows).reduce(0, +)
            == dataset.truth().rows)
        for pair in Dictionary(grouping: inserts, by: \.pair).values {
          #expect(Set(pair.map(\.target)) == [.plain, .withView])
          #expect(Set(pair.map(\.position)) == [1, 2])
          #expect(Set(pair.map(\.sentBytes)).count == 1, "both get the same bytes")
          #expect(Set(pair.map(\.tableWrittenRows)).count == 1)
        }
        for insert in inserts {
          #expect(insert.status == .ok)
          #expect(insert.memoryPeakBytes ?? 0 > 0)
          #expect(insert.tableWrittenRows ?? 0 > 0 && insert.tableWrittenBytes ?? 0 > 0)
          let hasView = insert.target == .withView
          #expect((insert.viewWrittenRows != nil) == hasView)
          #expect((insert.viewWrittenBytes != nil) == hasView)
          #expect(insert.viewInputRows == (hasView ? insert.rows : nil))
        }
      }
    }
  }
}
