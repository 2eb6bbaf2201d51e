// Every shape of duplicates on a real server: the truth is what the server says without a path, and
// each path is wrong about the shapes that are known and about no others.

import Foundation
import Testing
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import ExportPaths
@testable import ObservationGenerator
@testable import Statistics
@testable import Units
@testable import Workspace

extension IntegrationTests {
  @Suite struct ShapesTests {
    private static let week = 7
    private static let month = 30
    private static let whole = 61

    /// What `limit-by` returns wrongly; that it drops old versions before it compares them makes
    /// both states wrong, merges mend some of it.
    private static let limitBy: [MergeState: [Int: Set<String>]] = [
      .fresh: [
        week: ["deleted extra", "moved_day extra", "moved_month extra"],
        month: ["deleted extra", "moved_month extra"], whole: ["deleted extra"],
      ],
      .merged: [
        week: ["moved_day extra", "moved_month extra"], month: ["moved_month extra"], whole: [],
      ],
    ]

    /// What `mv-final` returns wrongly, in both states: it goes by `updated_at`, and the window
    /// keeps it from the partitions outside.
    private static let view: [Int: Set<String>] = [
      week: ["disagreeing stale", "moved_month extra", "tied_out_of_order stale"],
      month: ["disagreeing stale", "moved_month extra", "tied_out_of_order stale"],
      whole: ["disagreeing stale", "tied_out_of_order stale"],
    ]

    @Test func pathsAreWrongAboutKnownShapesAndNoOthers() async throws {
      let dataset = try semantics(observations: 5_000)
      let paths = try Catalogue.paths(named: ["limit-by", "mv-final"])
      try await withLoadedInOrder("shapes", dataset, rowsPerInsert: 500) { workspace in
        for state in [MergeState.fresh, .merged] {
          if state == .merged { try await workspace.merges.mergeAll() }
          for days in [Self.week, Self.month, Self.whole] {
            let window = dataset.window(TimeSpan(milliseconds: days * 86_400_000))
            // Which of the tied versions a sort puts first is not defined before they are merged.
            let tied: Set<String> = state == .fresh ? ["tied stale"] : []
            let current = try await differences(dataset, workspace, Self.current, window)
            #expect(current.subtracting(tied).isEmpty, "\(state), \(days) d")
            let limitBy = try await differences(dataset, workspace, paths[0].sql, window)
            #expect(
              limitBy.subtracting(tied) == Self.limitBy[state]?[days], "\(state), \(days) d")
            let view = try await differences(dataset, workspace, paths[1].sql, window)
            #expect(view == Self.view[days], "\(state), \(days) d")
          }
        }
      }
    }

    private static let columns = """
      id, project_id, trace_id, type, name, start_time, end_time, model, input, output, metadata,
      level, status_message, completion_start_time, model_parameters, usage_details, cost_details,
      updated_at
      """

    private static let isInside = """
      project_id = {projectId: String}
      AND start_time BETWEEN {minTimestamp: DateTime64(3)} AND {maxTimestamp: DateTime64(3)}
      """

    /// The current version of every id of the table, and only then the project, the window and the
    /// tombstones: slow, and right.
    private static let current = """
      SELECT \(columns) FROM (
        SELECT *, model FROM observations ORDER BY event_ts DESC LIMIT 1 BY id)
      WHERE is_deleted = 0 AND \(isInside)
      """

    private struct Difference: Decodable {
      let id: String
      let found: Int
      let expected: Int

      var kind: String {
        switch (found, expected) {
        case (0, _): "missing"
        case (_, 0): "extra"
        case (1, 1): "stale"
        default: "twice"
        }
      }
    }

    /// By shape and kind: where a query returns other rows than survive, compared by content.
    private func differences(
      _ dataset: Dataset, _ workspace: Workspace, _ sql: String, _ window: ClosedRange<Int64>
    ) async throws -> Set<String> {
      var query = Query(
        """
        SELECT id, toInt64(sum(side)) AS found, toInt64(count()) - found AS expected
        FROM (
          SELECT id, sipHash64(toString(tuple(*))) AS hash, 1 AS side FROM (\(sql))
          UNION ALL
          SELECT id, sipHash64(toString(tuple(*))), 0
          FROM (SELECT \(Self.columns) FROM observations_truth WHERE \(Self.isInside)))
        GROUP BY id HAVING found != 1 OR expected != 1 OR uniqExact(hash) != 1
        """)
      query.database = workspace.database.name
      query.parameters = [
        "projectId": Parameter(dataset.exportProject),
        "minTimestamp": Parameter(epochSeconds(window.lowerBound)),
        "maxTimestamp": Parameter(epochSeconds(window.upperBound)),
      ]
      let rows = try await workspace.client.rows(query, as: Difference.self)
      let profiles = dataset.described(ids: Set(rows.map { $0.id }))
      return try Set(
        rows.map { "\(try #require(profiles[$0.id]).shape.rawValue) \($0.kind)" })
    }

    /// With one worker, so that what is later arrives later, and the truth in a table beside.
    private func withLoadedInOrder(
      _ name: String, _ dataset: Dataset, rowsPerInsert: Int,
      _ work: (Workspace) async throws -> Void
    ) async throws {
      try await withWorkspace(name) { workspace in
        try await workspace.createTable()
        try await workspace.migrateUp()
        try await workspace.merges.stop()
        _ = try await Loader(workspace, dataset).load(
          rowsPerInsert: rowsPerInsert, workers: 1, tell: { _ in })
        try await workspace.run(
          """
          CREATE TABLE observations_truth AS observations
          ENGINE = MergeTree PRIMARY KEY id ORDER BY id
          """)
        var insert = Query("INSERT INTO observations_truth FORMAT Native")
        insert.database = workspace.database.name
        let body = CurrentRowsBody(dataset)
        _ = try await workspace.client.insert(insert, from: body.fill)
        try await work(workspace)
      }
    }

    /// The rows that survive, as the body of an insert. Unchecked: one connection asks at a time.
    private final class CurrentRowsBody: @unchecked Sendable {
      private var bytes: ArraySlice<UInt8> = []

      init(_ dataset: Dataset) {
        let encoder = BlockEncoder(dataset)
        var rows = Array(dataset.survivingRows())[...]
        while !rows.isEmpty { bytes += encoder.encode(&rows) }
      }

      func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count)
        buffer.copyBytes(from: bytes.prefix(count))
        bytes = bytes.dropFirst(count)
        return count
      }
    }
  }
}
