// The parts of a verification that need no server: windows, names, sums, how values are shown.

import Testing
@testable import Analysis
@testable import ClickHouseClient
@testable import ExistingTables
@testable import ExportBenchmark
@testable import ExportPaths
@testable import Failures
@testable import Units
@testable import Verification

@Suite struct VerificationTests {
  @Test func valuesAreShownWhereTheyPart() {
    #expect(shortened("a", nil) == ("a", nil))
    #expect(shortened("same here", "same there") == ("same here", "same there"))
    let (same, rest) = (String(repeating: "x", count: 500), String(repeating: "y", count: 500))
    let (a, b) = shortened(same + "A" + rest, same + "B")
    #expect(a == "…" + same.suffix(20) + "A" + rest.prefix(39) + "…")
    #expect(b == "…" + same.suffix(20) + "B")
  }

  @Test func anOpenEndOfAWindowIsFilledIn() throws {
    typealias Window = WindowBounds
    let day: Int64 = 86_400_000
    let hour = TimeSpan(milliseconds: 3_600_000)
    let newest = 100 * day
    #expect(try Window().range(newest: newest) == (99 * day + 1)...newest)
    #expect(try Window(length: hour).range(newest: newest) == (newest - 3_599_999)...newest)
    #expect(try Window(from: 5).range(newest: newest) == 5...newest)
    #expect(try Window(from: 5, length: hour).range(newest: newest) == 5...3_600_004)
    #expect(try Window(from: 5, to: 9).range(newest: newest) == 5...9)
    #expect(try Window(to: 2 * day).range(newest: newest) == (day + 1)...(2 * day))
    #expect(throws: UserError.self) { try Window(from: 9, to: 5).range(newest: newest) }
  }

  @Test func aPathReadsTheTablesThatItIsGiven() throws {
    let subject = ObservationTables(
      client: Client(try Endpoint("http://localhost")), database: try Identifier("db"),
      table: try Identifier("spans"), view: try Identifier("spans_mv"))
    let paths = try Catalogue.paths(named: ["limit-by", "mv-final"])
    #expect(subject.sql(of: paths[0]).contains("\nFROM `spans`\n"))
    #expect(subject.sql(of: paths[1]).contains("\nFROM `spans_mv` FINAL\n"))
    #expect(!subject.sql(of: paths[1]).contains("observations"))
  }

  @Test func slicesAddUp() {
    var one = RowDifferences()
    one.rowsA = 3
    one.rowsB = 3
    one.differing = 1
    one.columns = [.init(name: "x", typeA: "String", typeB: "String", ids: 1)]
    one.examples = ["x", "y"].map { .init(kind: .value, id: "i", column: $0) }
    var sum = RowDifferences()
    for number in 0..<3 {
      var next = one
      next.examples = one.examples.map { .init(kind: .value, id: "\(number)", column: $0.column) }
      sum.add(next, examplesMax: 2)
    }
    #expect(sum.rowsA == 9 && sum.differing == 3 && sum.columns.map(\.ids) == [3])
    #expect(sum.examples.map(\.id) == ["0", "0", "1", "1"], "whole ids, and two of them")
    #expect(!sum.agree)
  }
}
