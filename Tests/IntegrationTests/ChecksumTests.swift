// The order-free checksum of a path: what it must see, and what it must not.

import Testing
@testable import ClickHouseClient
@testable import ExportPaths
@testable import WindowExports

extension IntegrationTests {
  @Suite struct ChecksumTests {
    private static let everything = ExportWindow(
      project: smallDataset().exportProject, range: 0...4_000_000_000_000)

    private func checksum(
      _ sql: String, columns: [Identifier]? = nil
    ) async throws -> AnswerChecksum {
      let head = "-- idea: a\n-- keeps in memory: b\n-- gets wrong: c\n-- reads: d\n"
      return try await AnswerChecksum.read(
        of: ExportPath(name: "made-up", text: head + sql), for: Self.everything, columns: columns,
        in: try Identifier("default"), from: try await Shared.client)
    }

    @Test func neitherOrderOfRowsNorOfColumnsNorTypesMatter() async throws {
      let rows = "FROM (SELECT arrayJoin([('a', NULL), ('b', 7), ('b', 7)]) AS t)"
      let sum = try await checksum("SELECT t.1 AS x, t.2 AS y \(rows) ORDER BY x")
      #expect(sum.rows == 3)
      #expect(sum == (try await checksum("SELECT t.2 AS y, t.1 AS x \(rows) ORDER BY x DESC")))
      #expect(
        sum
          == (try await checksum(
            "SELECT toLowCardinality(toNullable(t.1)) AS x, t.2 AS y \(rows)")))
    }

    /// Beside one row that holds `a` and a NULL.
    static let others = [
      "('b', NULL)", "('', NULL)", "(NULL, 'a')", "('a', '')", "(NULL, NULL)",
      "('a', NULL), ('a', NULL)",
    ]

    @Test(arguments: others) func aDifferenceBesideANullIsSeen(rows: String) async throws {
      func sum(_ rows: String) async throws -> AnswerChecksum {
        try await checksum(
          """
          SELECT t.1 AS x, t.2 AS y FROM (SELECT arrayJoin(
            CAST([\(rows)] AS Array(Tuple(Nullable(String), Nullable(String))))) AS t)
          """)
      }
      #expect(try await sum("('a', NULL)") != sum(rows))
    }

    @Test func bothPathsHaveTheSame() async throws {
      let dataset = smallDataset()
      try await withLoaded("checksum", dataset) { workspace in
        var sums: [AnswerChecksum] = []
        for path in try Catalogue.paths(named: ["limit-by", "mv-final"]) {
          sums.append(
            try await AnswerChecksum.read(
              of: path, for: Self.everything, in: workspace.database, from: workspace.client))
        }
        #expect(sums[0] == sums[1])
        #expect(
          sums[0].rows
            == dataset.truth(project: dataset.exportProject, window: Self.everything.range)
            .currentRows)
      }
    }
  }
}
