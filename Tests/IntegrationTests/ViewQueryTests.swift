// Which constructs of a view's query a real server is asked about, and what a backfill and a
// verification do with a view that has one.

import Foundation
import TestSupport
import Testing
@testable import Analysis
@testable import Backfill
@testable import ClickHouseClient
@testable import ExistingTables
@testable import ExportBenchmark
@testable import ExportPaths
@testable import Failures
@testable import Verification
@testable import Workspace

extension IntegrationTests {
  @Suite struct ViewQueryTests {
    /// A base table `t` and tables that a query may join or look into.
    private func withTables<Value>(
      _ name: String, _ work: (Workspace) async throws -> Value
    ) async throws -> Value {
      try await withWorkspace(name) { workspace in
        for statement in [
          """
          CREATE TABLE t (id String, project_id String, start_time DateTime64(3), n Int64,
            list Array(Int64), updated_at DateTime64(3), loud String ALIAS upper(id),
            late DateTime ALIAS now())
          ENGINE = ReplacingMergeTree(updated_at) PARTITION BY toYYYYMM(start_time) ORDER BY id
          """,
          "CREATE TABLE u (id String, n Int64) ENGINE = MergeTree ORDER BY id",
          "CREATE TABLE j (id String, n Int64) ENGINE = Join(ANY, LEFT, id)",
        ] { try await workspace.run(statement) }
        return try await work(workspace)
      }
    }

    private static let refused = [
      ("id FROM t LEFT JOIN u ON t.id = u.id", "a JOIN"),
      ("id FROM t, u", "a JOIN"),
      ("id, x FROM t ARRAY JOIN list AS x", "an ARRAY JOIN"),
      ("id, arrayJoin(list) AS x FROM t", "arrayJoin()"),
      ("id FROM (SELECT id FROM t)", "a sub-query"),
      ("id, (SELECT max(n) FROM u) AS x FROM t", "a sub-query"),
      ("id FROM t WHERE id IN (SELECT id FROM u)", "a sub-query"),
      ("id FROM t WHERE id IN u", "IN with the name of a table or set"),
      ("id FROM t WHERE exists(SELECT 1)", "a sub-query"),
      ("id, max(n) AS x FROM t GROUP BY id", "GROUP BY"),
      ("id FROM t GROUP BY ALL", "GROUP BY"),
      ("max(n) AS x FROM t", "the aggregate function max()"),
      ("countIf(n > 1) AS x FROM t", "the aggregate function countIf()"),
      ("argMaxState(id, n) AS x FROM t", "the aggregate function argMaxState()"),
      ("DISTINCT id FROM t", "DISTINCT"),
      ("DISTINCT ON (id) id, n FROM t", "LIMIT BY"),
      ("id, row_number() OVER (ORDER BY n) AS x FROM t", "the window function row_number()"),
      ("id, sum(n) OVER (PARTITION BY id) AS x FROM t", "the window function sum()"),
      ("id FROM t LIMIT 10", "LIMIT"), ("id FROM t ORDER BY n LIMIT 1 BY id", "ORDER BY"),
      ("id FROM t LIMIT 1 BY id", "LIMIT BY"), ("id FROM t OFFSET 3", "OFFSET"),
      ("id FROM t ORDER BY n WITH FILL", "ORDER BY"), ("id FROM t HAVING n > 1", "HAVING"),
      ("id FROM t UNION ALL SELECT id FROM u", "UNION"),
      ("id FROM t INTERSECT SELECT id FROM u", "INTERSECT"),
      ("id FROM t EXCEPT SELECT id FROM u", "EXCEPT"), ("id FROM t FINAL", "FINAL"),
      ("id FROM t SAMPLE 1 / 2", "SAMPLE"),
      ("number FROM numbers(3)", "the table function numbers"),
      ("1 AS id", "no table"), ("id FROM t SETTINGS max_threads = 1", "SETTINGS"),
      ("id, now() AS x FROM t", "a call of now()"),
      ("id FROM t WHERE start_time > today() - 1", "a call of today()"),
      ("id, rand() AS x FROM t", "a call of rand()"),
      ("id, generateUUIDv4() AS x FROM t", "a call of generateUUIDv4()"),
      ("id, rowNumberInAllBlocks() AS x FROM t", "a call of rowNumberInAllBlocks()"),
      ("id, runningDifference(n) AS x FROM t", "a call of runningDifference()"),
      ("id, arrayMap(x -> x + rand(), list) AS x FROM t", "a call of rand()"),
      ("id, arrayShuffle(list) AS x FROM t", "a call of arrayShuffle()"),
      ("id, joinGet(currentDatabase() || '.j', 'n', id) AS x FROM t", "a call of joinGet()"),
      ("id, currentUser() AS x FROM t", "a call of currentUser()"),
    ]

    @Test func whatIsNotOneRowOfEachIsNamed() async throws {
      try await withTables("constructs") { workspace in
        for (query, construct) in Self.refused {
          let read = try await ViewQuery.read(
            "SELECT \(query)", in: workspace.database.name, on: workspace.client)
          #expect(read.obstacle?.construct == construct, "\(query)")
        }
        // A name that looks like a part of the tree hides nothing.
        let odd = try await ViewQuery.read(
          "SELECT id AS `a, final: 1\n  JOIN TREE` FROM t LIMIT 3", in: workspace.database.name,
          on: workspace.client)
        #expect(odd.obstacle != nil)
        for with in ["WITH (SELECT max(n) FROM u) AS x", "WITH x AS (SELECT 1)"] {
          let read = try await ViewQuery.read(
            "\(with) SELECT id FROM t", in: workspace.database.name, on: workspace.client)
          #expect(read.obstacle?.construct == "a sub-query", "\(with)")
        }
      }
    }

    @Test func whatIsOneRowOfEachIsTaken() async throws {
      try await withTables("plain") { workspace in
        func read(_ query: String) async throws -> ViewQuery {
          let found = try await ViewQuery.read(
            query, in: workspace.database.name, on: workspace.client)
          #expect(found.obstacle == nil, "\(query): \(found.obstacle?.construct ?? "")")
          return found
        }
        for query in [
          "SELECT * FROM t", "SELECT * EXCEPT n, n + 1 AS m FROM t",
          "SELECT * REPLACE (lower(id) AS id) FROM t", "SELECT COLUMNS('i') APPLY(toString) FROM t",
          "WITH upper(id) AS x, 'SELECT (' AS y SELECT x, y, (n AS z) + 1 FROM t",
          """
          SELECT CASE WHEN n > 1 THEN 'it''s' ELSE 'x\ny' END AS a, n BETWEEN 1 AND 2 AS b,
            list[1] AS c, (n, id).1 AS d, n::String AS e, CAST(n, 'UInt8') AS f, [n] AS g,
            arrayMap((x, y) -> x + y, list, list) AS h, INTERVAL 1 DAY + start_time AS i,
            toDateTime64('2026-09-01', 3, 'UTC') AS k, NULL IS NULL AS l, id LIKE 'a%' AS m,
            map('a', n)['a'] AS o, dateDiff('day', start_time, updated_at) AS q, NOT n AS r,
            if(n = 1, id, NULL) AS s, coalesce(NULL, id) AS u, cityHash64(id) AS v
          FROM t
          """,
        ] { #expect(try await !read(query).hasWhere) }
        let filtered = try await read(
          "SELECT o.id FROM t AS o PREWHERE n > 1 WHERE project_id IN ('a', 'b') AND n IN (1)")
        #expect(filtered.hasWhere && filtered.tableAlias == "o")
        #expect(filtered.identifiers == ["o.id", "n", "project_id"])
        let parts = ViewQuery.parts(of: "WITH 'SELECT' AS x, (1) AS y SELECT x, y FROM t")
        #expect(parts?.with == "WITH 'SELECT' AS x, (1) AS y " && parts?.list == "x, y FROM t")
      }
    }

    private func makeView(_ workspace: Workspace, _ select: String) async throws {
      try await workspace.run("DROP VIEW IF EXISTS observations_export_mv SYNC")
      try await workspace.run(
        """
        CREATE MATERIALIZED VIEW observations_export_mv
        ENGINE = ReplacingMergeTree(updated_at) PARTITION BY toYYYYMM(start_time) ORDER BY id
        AS \(select)
        """)
    }

    private func table(_ workspace: Workspace) async throws -> BackfillTable {
      try await BackfillTable(
        try Identifier(Workspace.view), in: workspace.database, on: workspace.client)
    }

    @Test func aBackfillOfSuchAViewIsRefusedBeforeItWrites() async throws {
      try await withTables("unfillable") { workspace in
        let columns = "id, start_time, updated_at"
        let name = "\(workspace.database.name).observations_export_mv"
        for (select, construct, effect) in [
          (
            "SELECT t.id AS id, start_time, updated_at, u.n AS m FROM t JOIN u ON t.id = u.id",
            "a JOIN", "; a backfill needs a query that makes one row of each row of"
          ),
          (
            "SELECT \(columns), now() AS made FROM t", "a call of now()",
            ", so a recomputed row differs from the one that an insert made"
          ),
          (
            "SELECT \(columns), late FROM t", "a call of now() in the ALIAS column late",
            ", so a recomputed row differs from the one that an insert made"
          ),
        ] {
          try await makeView(workspace, select)
          do {
            _ = try await table(workspace)
            Issue.record("\(select) was taken")
          } catch let error as UserError {
            #expect(error.kind == .input)
            #expect(
              error.description.hasPrefix("the query of \(name) has \(construct)\(effect)"),
              "\(error)")
          }
        }
        try await makeView(
          workspace,
          "WITH lower(project_id) AS p SELECT o.id AS id, p, start_time, updated_at, loud "
            + "FROM t AS o WHERE n > 0")
        #expect(try await table(workspace).rowName == "`o`")
      }
    }

    @Test func aViewWithAnAliasAWithAndAWhereIsFilled() async throws {
      try await withTables("filled") { workspace in
        try await workspace.run(
          """
          INSERT INTO t
          SELECT toString(number % 60) AS id, 'P', toDateTime64('2026-09-01', 3) + number,
            number % 3 AS n, [1], toDateTime64('2026-09-02', 3) + number FROM numbers(100)
          """)
        try await makeView(
          workspace,
          "WITH lower(project_id) AS p SELECT o.id AS id, p, n, start_time, updated_at, "
            + "loud FROM t AS o WHERE n > 0")
        let backfill = try await Backfill(
          try await table(workspace), on: Shard(client: workspace.client),
          limits: BackfillTests.limits, comparison: .content, record: { _ in }, tell: { _ in })
        let plan = try await backfill.survey()
        #expect(plan.missing == 40, "what WHERE leaves out is not missing")
        #expect(try await backfill.execute(plan, settle: .zero))
        let right: Int = try await workspace.value(
          """
          SELECT toInt64(count()) AS value FROM observations_export_mv FINAL
          WHERE p = 'p' AND loud = upper(id) AND n > 0
          """)
        #expect(right == 40)
      }
    }

    @Test func verifySaysThatRowsCannotBeCompared() async throws {
      try await withTables("unverifiable") { workspace in
        try await makeView(
          workspace,
          "SELECT t.id AS id, start_time, updated_at, u.n AS m FROM t LEFT JOIN u ON t.id = u.id")
        func verify() async throws -> VerificationFindings {
          let paths = try Catalogue.paths(named: ["limit-by", "mv-final"])
          let subject = ObservationTables(
            client: workspace.client, database: workspace.database, table: try Identifier("t"),
            view: try Identifier(Workspace.view))
          return try await Verification(of: subject, paths: (paths[0], paths[1])).run { _ in }
        }
        let found = try await verify()
        #expect(found.unknowns.count == 1)
        #expect(found.unknowns[0].hasSuffix("a row-by-row comparison does not apply"))
        #expect(found.unknowns[0].contains("has a JOIN"))
        #expect(
          found.drift?.statements == [] && found.script?.hasPrefix("-- nothing to alter: ") == true)
        try await makeView(
          workspace, "SELECT id, project_id, start_time, updated_at FROM t WHERE n > 0")
        let filtered = try await verify()
        #expect(filtered.remarks.contains { $0.contains("has WHERE: rows that it filters out") })
        #expect(filtered.counts?.value != nil)
      }
    }
  }
}
