// Two Parquet files compared by the server, made by hand so that what differs is known.

import Foundation
import TestSupport
import Testing
@testable import ClickHouseClient
@testable import Parquet
@testable import Verification

extension IntegrationTests {
  @Suite struct FileComparisonTests {
    private let scratch = Scratch()

    private func file(_ sql: String, settings: [String: String] = [:]) async throws -> ParquetFile {
      let file = try ParquetFile(temporary: "a file of the test's")
      try await Shared.client.stream(Query("\(sql) FORMAT Parquet", settings: settings)) {
        try file.append($0)
      }
      return file
    }

    private func compare(_ a: String, _ b: String, examples: Int = 10) async throws
      -> RowDifferences
    {
      try await Verification.compare(
        try await file(a), try await file(b), by: Shared.client, examples: examples)
    }

    private static let rows = """
      SELECT toString(number) AS id, if(number % 3 = 0, NULL, number) AS n,
        map('k', toString(number)) AS m, toDateTime64(number, 3, 'UTC') AS t,
        [number, number + 1] AS l FROM numbers(100)
      """

    @Test func orderIsNoDifference() async throws {
      let found = try await compare(
        "\(Self.rows) ORDER BY id", "SELECT l, t, m, n, id FROM (\(Self.rows)) ORDER BY id DESC")
      #expect(found.agree && found.rowsA == 100 && found.examples.isEmpty)
      #expect(found.columns.map(\.name) == ["n", "m", "t", "l"])
    }

    @Test func eachColumnsDifferencesAreCounted() async throws {
      let found = try await compare(
        Self.rows,
        """
        SELECT * REPLACE (if(id = '7', NULL, n) AS n, if(id IN ('7', '8'), map('k', 'x'), m) AS m)
        FROM (\(Self.rows))
        """)
      #expect(found.differing == 2 && found.onlyA == 0 && found.onlyB == 0)
      #expect(found.columns.map(\.ids) == [1, 2, 0, 0])
      #expect(
        found.examples == [
          .init(kind: .value, id: "7", column: "n", valueA: "7", valueB: nil),
          .init(kind: .value, id: "7", column: "m", valueA: "{'k':'7'}", valueB: "{'k':'x'}"),
          .init(kind: .value, id: "8", column: "m", valueA: "{'k':'8'}", valueB: "{'k':'x'}"),
        ])
    }

    @Test func missingAndDoubledIdsAreTold() async throws {
      let found = try await compare(
        "\(Self.rows) WHERE number != 5",
        "SELECT * FROM (\(Self.rows)) WHERE id != '6' UNION ALL SELECT * FROM (\(Self.rows)) "
          + "WHERE id = '9'")
      #expect(found.onlyA == 1 && found.onlyB == 1 && found.doubledA == 0 && found.doubledB == 1)
      #expect(found.differing == 1, "one row and two rows are not the same")
      #expect(
        found.examples == [
          .init(kind: .onlyA, id: "6"), .init(kind: .onlyB, id: "5"),
          .init(kind: .doubled, id: "9"),
        ])
      let alike = "\(Self.rows) UNION ALL \(Self.rows)"
      let doubled = try await compare(alike, alike)
      #expect(doubled.agree && doubled.doubledA == 100 && doubled.doubledB == 100)
    }

    @Test func examplesAreAsManyAsAskedFor() async throws {
      let other = "SELECT * REPLACE (0 AS n) FROM (\(Self.rows))"
      for count in [0, 1, 3] {
        let found = try await compare(Self.rows, other, examples: count)
        #expect(found.differing == 100)
        #expect(found.examples.count == count)
      }
    }

    @Test func otherTypesAreComparedAsTexts() async throws {
      let found = try await compare(
        "SELECT 'a' AS id, toUInt8(7) AS n, 1 AS onlyHere",
        "SELECT toLowCardinality('a') AS id, toInt64(7) AS n, 2 AS onlyThere")
      #expect(found.agree && found.columns.map(\.name) == ["n"])
      #expect(found.columns[0].typeA != found.columns[0].typeB)
      #expect(found.columnsOnlyA == ["onlyHere"] && found.columnsOnlyB == ["onlyThere"])
    }

    @Test func anEmptyFileIsAFile() async throws {
      let nothing = "SELECT * FROM (\(Self.rows)) WHERE id = 'none'"
      #expect(try await compare(nothing, nothing).agree)
      #expect(try await compare(Self.rows, nothing).onlyA == 100)
    }

    @Test func aFileThatIsNoneIsRefused() async throws {
      let whole = try await file(Self.rows)
      let path = scratch.write("hello, this is not Parquet", to: "text.parquet")
      let client = try await Shared.client
      func said(_ file: ParquetFile) async -> String {
        await sentence { _ = try await Verification.compare(file, whole, by: client, examples: 1) }
      }
      #expect(await said(try ParquetFile(reading: path)).hasPrefix("\(path): this is not a Parque"))
      let torn = scratch.write("PAR1 and then the disk was full", to: "torn.parquet")
      #expect(await said(try ParquetFile(reading: torn)).contains("is incomplete: it has no fo"))
      let noID = try await file("SELECT 1 AS a")
      #expect(await said(noID).contains("there is no column 'id', by which rows are matched"))
      let long = try await file("SELECT number AS id FROM numbers(1000001)")
      #expect(await said(long).contains("more than 1,000,000 rows or 512 MiB"))
      #expect(
        await sentence { _ = try ParquetFile(reading: "/nope") }
          .hasPrefix("cannot read /nope: No such file"))
    }

    @Test func aTemporaryFileHasNoName() async throws {
      func names() -> [String] {
        namesInFolder(NSTemporaryDirectory()).filter { $0.hasPrefix("exportbench-verify-") }
      }
      let before = names()
      let file = try await file(Self.rows)
      #expect(file.bytes > 100 && names() == before)
    }
  }
}
