// Filling a view from a table that was there first: completely, once, and while rows come in.

import Analysis
import Backfill
import ClickHouseClient
import Engine
import Foundation
import RunStore
import Synchronization
import TestSupport
import Testing
import Workspace

extension IntegrationTests {
  @Suite struct BackfillTests {
    /// The rows of backfill.csv, and whether the view is as it should be.
    struct Outcome {
      var samples: [BackfillSample] = []
      var isComplete = false

      func count(_ step: BackfillStep) -> Int { samples.count { $0.step == step } }
      func sum(_ path: KeyPath<BackfillSample, Int?>) -> Int {
        samples.compactMap { $0[keyPath: path] }.reduce(0, +)
      }
    }

    static let limits = {
      var limits = BackfillLimits(memoryBytes: BackfillLimits.memoryMin, chunkRows: 500)
      limits.underWay = .milliseconds(200)
      return limits
    }()

    /// A backfill of the workspace's view.
    func backfill(
      _ workspace: Workspace, _ limits: BackfillLimits = limits,
      _ comparison: BackfillComparison = .content, only: [String]? = nil
    ) async throws -> Outcome {
      let table = try await BackfillTable(
        try Identifier(Workspace.view), in: workspace.database, on: workspace.client)
      let backfill = try await Backfill(
        table, on: Shard(client: workspace.client), limits: limits, comparison: comparison,
        record: { _ in },
        tell: { _ in })
      let plan = try await backfill.survey(only: only)
      let isComplete = try await backfill.execute(plan, settle: .zero)
      return Outcome(samples: backfill.samples, isComplete: isComplete)
    }

    /// A table that was loaded before there was a view.
    func withOldTable<Value>(
      _ name: String, _ work: (Workspace) async throws -> Value
    ) async throws -> Value {
      try await withWorkspace(name) { workspace in
        try await workspace.createTable()
        _ = try await Loader(workspace, smallDataset(deleted: 0.05)).load(
          rowsPerInsert: 300, workers: 2, tell: { _ in })
        return try await work(workspace)
      }
    }

    static let columns = """
      id, project_id, trace_id, type, name, start_time, end_time, model, input, output, metadata, \
      level, status_message, completion_start_time, model_parameters, usage_details, cost_details, \
      updated_at, is_deleted
      """

    /// Ids whose row in the view, read with `FINAL`, is not the table's newest; and rows too many.
    func wrongIDs(_ workspace: Workspace) async throws -> Int {
      try await workspace.value(
        """
        SELECT toInt64(countIf(t.h != v.h OR v.n != 1)) AS value FROM
          (SELECT id, argMax(cityHash64(toString(tuple(\(Self.columns)))),
            (updated_at, event_ts, toUInt64(splitByChar('_', _part)[2]))) AS h
          FROM observations GROUP BY id) AS t
        FULL OUTER JOIN
          (SELECT id, any(cityHash64(toString(tuple(\(Self.columns))))) AS h, count() AS n
          FROM observations_export_mv FINAL GROUP BY id) AS v ON t.id = v.id
        """)
    }

    @Test func whatWasThereBeforeTheViewIsCopiedOnce() async throws {
      try await withOldTable("old") { workspace in
        try await workspace.migrateUp()
        let first = try await backfill(workspace)
        #expect(first.isComplete)
        #expect(try await wrongIDs(workspace) == 0)
        #expect(first.count(.copy) > 3 && first.count(.repair) == 0)
        #expect(first.sum(\.insertedRows) == 1_500, "one row for each id, its newest")
        #expect(first.samples.allSatisfy { $0.status == .ok })
        let tombstones: Int = try await workspace.value(
          "SELECT toInt64(sum(is_deleted)) AS value FROM observations_export_mv FINAL")
        #expect(tombstones > 0)
        // Whatever a query needs, it stays within its bound.
        let peaks = first.samples.filter { $0.step != .merge }.map(\.memoryPeakBytes)
        #expect(peaks.allSatisfy { $0.map { $0 <= BackfillLimits.memoryMin } == true })

        let again = try await backfill(workspace)
        #expect(again.isComplete && again.count(.copy) == 0 && again.count(.repair) == 0)
      }
    }

    @Test func slicesOfADayAddUp() async throws {
      try await withWorkspace("slices") { workspace in
        try await workspace.createTable()
        let dataset = smallDataset(observations: 300, days: 2)
        _ = try await Loader(workspace, dataset).load(
          rowsPerInsert: 100, workers: 2, tell: { _ in })
        try await workspace.migrateUp()
        let table = try await BackfillTable(
          try Identifier(Workspace.view), in: workspace.database, on: workspace.client)
        let backfill = try await Backfill(
          table, on: Shard(client: workspace.client), limits: Self.limits, comparison: .content,
          record: { _ in }, tell: { _ in }, idsMax: 50)
        let plan = try await backfill.survey()
        #expect(try await backfill.execute(plan, settle: .zero))
        #expect(backfill.samples.contains { $0.slice == 3 })
        #expect(backfill.samples.compactMap(\.insertedRows).reduce(0, +) == 300)
        #expect(try await wrongIDs(workspace) == 0)
      }
    }

    @Test func rowsThatComeMeanwhileAreNeitherLostNorDoubled() async throws {
      try await withOldTable("live") { workspace in
        try await workspace.migrateUp()
        // A task that is cancelled breaks its request off, and the server goes on with it.
        let isOver = Mutex(false)
        let writer = Task {
          var round = 0
          while !isOver.withLock({ $0 }) {
            round += 1
            // New ids, newer versions, and rows that differ from what they replace in all but
            // `updated_at`, by which the view decides.
            for change in [
              "concat(id, '-\(round)') AS id",
              "updated_at + INTERVAL 1 SECOND AS updated_at, event_ts + INTERVAL 1 SECOND"
                + " AS event_ts, 'newer \(round)' AS name",
              "'tie \(round)' AS name, event_ts + INTERVAL 1 MILLISECOND AS event_ts",
              "'same \(round)' AS name",
            ] {
              try await workspace.run(
                """
                INSERT INTO observations SELECT * REPLACE(\(change)) FROM
                  (SELECT * FROM observations ORDER BY updated_at DESC, event_ts DESC,
                    _part DESC LIMIT 1 BY id)
                WHERE cityHash64(id, \(round)) % 40 = 0
                """)
            }
          }
          return round
        }
        let result: Result<Outcome, any Error>
        do { result = .success(try await backfill(workspace)) } catch { result = .failure(error) }
        isOver.withLock { $0 = true }
        #expect(try await writer.value > 1)
        let outcome = try result.get()
        #expect(outcome.isComplete)
        #expect(outcome.count(.copy) > 3)
        #expect(try await wrongIDs(workspace) == 0)
      }
    }

    @Test func anOlderRowThatCameLastIsMended() async throws {
      try await withOldTable("tie") { workspace in
        try await workspace.migrateUp()
        #expect(try await backfill(workspace).isComplete)
        // What a race leaves behind: rows of the same version, in the view after those that won in
        // the table; and some that never came, or came in an older version.
        try await workspace.run(
          """
          INSERT INTO observations_export_mv (\(Self.columns))
          SELECT * REPLACE('loser' AS name) FROM observations_export_mv FINAL LIMIT 70
          """)
        try await workspace.run(
          """
          ALTER TABLE observations_export_mv DELETE WHERE cityHash64(id) % 50 = 0
          SETTINGS mutations_sync = 1
          """)
        #expect(try await wrongIDs(workspace) > 70)
        let byVersion = try await backfill(workspace, Self.limits, .versions)
        #expect(byVersion.isComplete, "which cannot see what has the same version")
        #expect(try await wrongIDs(workspace) > 50)
        let byContent = try await backfill(workspace)
        #expect(byContent.isComplete && byContent.count(.repair) > 0)
        #expect(byContent.samples.contains { ($0.differentIDs ?? 0) > 0 && $0.examples != nil })
        #expect(try await wrongIDs(workspace) == 0)
      }
    }

    @Test func rowsThatMoveToAnotherDayOrMonthAreCopied() async throws {
      try await withOldTable("moved") { workspace in
        for (move, part) in [("1 MONTH", 0), ("1 DAY", 1)] {
          try await workspace.run(
            """
            INSERT INTO observations SELECT * REPLACE(start_time + INTERVAL \(move) AS start_time,
              updated_at + INTERVAL 40 DAY AS updated_at, event_ts + INTERVAL 40 DAY AS event_ts)
            FROM (SELECT * FROM observations ORDER BY updated_at DESC LIMIT 1 BY id)
            WHERE cityHash64(id) % 10 = \(part) AND toDayOfMonth(start_time) < 25
            """)
        }
        try await workspace.migrateUp()
        let partitions: [String] = try await workspace.value(
          "SELECT arraySort(groupUniqArray(_partition_id)) AS value FROM observations")
        #expect(partitions.count == 2)
        // One partition, then the rest.
        let first = try await backfill(workspace, only: [partitions[0]])
        #expect(first.isComplete && Set(first.samples.map(\.partition)) == [partitions[0], ""])
        #expect(try await backfill(workspace).isComplete)
        #expect(try await wrongIDs(workspace) == 0)
        #expect(try await backfill(workspace).count(.copy) == 0)
      }
    }

    @Test(
      .enabled(
        if: testedVersion == Engine.defaultVersion,
        "24.8 and 25.5 refuse an insert into a view whose table has a column that it lacks"))
    func aViewWithATableOfItsOwnIsFilledByItsOwnQuery() async throws {
      try await withOldTable("to") { workspace in
        try await workspace.run(
          """
          CREATE TABLE `export.table` (id String, project String, name String, at DateTime64(3),
            version UInt64,
              made DateTime DEFAULT now())
          ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(start_time)
          ORDER BY (project, id)
          """.replacing("at DateTime64(3)", with: "start_time DateTime64(3)"))
        try await workspace.run(
          """
          CREATE MATERIALIZED VIEW observations_export_mv TO `export.table`
          AS SELECT id, project_id AS project, upper(observations.name) AS name, start_time,
            toUInt64(toUnixTimestamp64Milli(updated_at)) AS version
          FROM observations WHERE project_id != 'project-0002'
          """)
        let outcome = try await backfill(workspace)
        #expect(outcome.isComplete && outcome.count(.repair) == 0)
        let wrong: Int = try await workspace.value(
          """
          SELECT toInt64(countIf(t.name != v.name OR t.at != v.at)) AS value FROM
            (SELECT id, argMax(upper(name), event_ts) AS name, max(updated_at) AS at
            FROM observations WHERE project_id != 'project-0002' GROUP BY id) AS t
          FULL OUTER JOIN
            (SELECT id, name, fromUnixTimestamp64Milli(toInt64(version)) AS at
            FROM `export.table` FINAL) AS v ON t.id = v.id
          """)
        #expect(wrong == 0)
        #expect(outcome.sum(\.insertedRows) > 500)
        #expect(try await backfill(workspace).count(.copy) == 0)
      }
    }

    @Test func whatTheTableLostIsToldAndLeftAlone() async throws {
      try await withOldTable("lost-rows") { workspace in
        try await workspace.migrateUp()
        _ = try await backfill(workspace)
        try await workspace.run("DELETE FROM observations WHERE cityHash64(id) % 10 = 0")
        let outcome = try await backfill(workspace)
        #expect(outcome.isComplete && outcome.count(.copy) == 0)
        #expect(outcome.sum(\.extraIDs) > 50)
        let left: Int = try await workspace.value(
          "SELECT toInt64(count()) AS value FROM observations_export_mv FINAL")
        #expect(left == 1_500)
      }
    }

    @Test func theInsertOfAKilledBackfillIsWaitedFor() async throws {
      try await withOldTable("zombie") { workspace in
        try await workspace.migrateUp()
        let comment = "exportbench backfill \(workspace.database.name).\(Workspace.view)"
        let zombie = Task {
          try await workspace.client.execute(
            Query("SELECT sleep(0.7) FORMAT Null", logComment: comment))
          return ContinuousClock.now
        }
        try await eventually("the query runs") {
          try await workspace.value(
            """
            SELECT toInt64(count()) AS value FROM system.processes
            WHERE Settings['log_comment'] = {comment:String}
            """, ["comment": Parameter(comment)]) > 0
        }
        let outcome = try await backfill(workspace)
        let end = try await zombie.value
        #expect(outcome.isComplete && ContinuousClock.now > end)
      }
    }

    @Test func aViewThatCannotBeFilledIsRefused() async throws {
      try await withWorkspace("refused") { workspace in
        try await workspace.createTable()
        func said() async -> String {
          await sentence {
            _ = try await BackfillTable(
              try Identifier(Workspace.view), in: workspace.database, on: workspace.client)
          }
        }
        let name = "\(workspace.database.name).observations_export_mv"
        #expect(await said().hasPrefix("there is no view \(name), or the user may not see it"))
        let engines = [
          ("MergeTree ORDER BY id PARTITION BY toYYYYMM(start_time)", "not a ReplacingMergeTree"),
          (
            "ReplacingMergeTree ORDER BY id PARTITION BY toYYYYMM(start_time)",
            "with a version column: an older row that is inserted later would win"
          ),
          ("ReplacingMergeTree(updated_at) ORDER BY id", "is partitioned by ''"),
        ]
        for (engine, words) in engines {
          try await workspace.run(
            """
            CREATE MATERIALIZED VIEW observations_export_mv ENGINE = \(engine)
            AS SELECT id, start_time, updated_at FROM observations
            """)
          #expect(await said().contains(words))
          try await workspace.run("DROP VIEW observations_export_mv SYNC")
        }
        try await workspace.run(
          """
          CREATE MATERIALIZED VIEW observations_export_mv ENGINE = ReplacingMergeTree(updated_at)
          ORDER BY id PARTITION BY toYYYYMM(start_time)
          AS SELECT id, start_time, max(updated_at) AS updated_at FROM observations
          GROUP BY id, start_time
          """)
        #expect(
          await said().contains("has GROUP BY; a backfill needs a query that makes one row of each")
        )
        try await workspace.run("DROP VIEW observations_export_mv SYNC")
        try await workspace.run("CREATE TABLE observations_export_mv AS observations")
        #expect(
          await said() == "\(name) is a ReplacingMergeTree , not a materialized view; give --view")
      }
    }
  }
}
