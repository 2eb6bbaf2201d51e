// Cutting what a view lacks into chunks.

import Testing
@testable import Backfill
@testable import ExistingTables
@testable import ExportBenchmark

@Suite struct BackfillPlanTests {
  private func days(_ numbers: [(day: Int, rows: Int, lacking: Int)]) -> [BackfillDay] {
    numbers.map {
      BackfillDay(
        day: $0.day, date: "day \($0.day)", rows: $0.rows, ids: $0.rows, missing: $0.lacking,
        stale: 0)
    }
  }

  @Test func daysArePutTogetherUntilAChunkIsFull() {
    let bounds = BackfillBounds(rows: 100, ids: 1000)
    let chunks = bounds.chunks(
      of: days([(1, 40, 40), (2, 50, 1), (3, 60, 60), (5, 300, 300), (6, 10, 10)]), in: "p")
    #expect(chunks.map(\.days) == [1...2, 3...3, 5...5, 6...6])
    #expect(chunks.map(\.rows) == [90, 60, 300, 10])
    #expect(chunks.map(\.lacking) == [41, 60, 300, 10])
    #expect(chunks.allSatisfy { $0.partition == "p" && $0.slices == 1 })
  }

  @Test func aDayThatLacksNothingIsNotRead() {
    let bounds = BackfillBounds(rows: 1000, ids: 1000)
    let chunks = bounds.chunks(of: days([(1, 10, 10), (2, 10, 0), (3, 10, 10)]), in: "p")
    #expect(chunks.map(\.days) == [1...1, 3...3])
    #expect(bounds.chunks(of: days([(1, 10, 0)]), in: "p").isEmpty)
    #expect(bounds.chunks(of: [], in: "p").isEmpty)
  }

  @Test func aDayWithTooManyKeysIsSliced() {
    let bounds = BackfillBounds(rows: 1000, ids: 30)
    let chunks = bounds.chunks(of: days([(1, 20, 20), (2, 100, 100)]), in: "p")
    #expect(chunks.map(\.days) == [1...1, 2...2, 2...2, 2...2, 2...2])
    #expect(chunks.dropFirst().map(\.slice) == [0, 1, 2, 3])
    #expect(chunks.dropFirst().allSatisfy { $0.slices == 4 })
    #expect(chunks.map(\.rows).reduce(0, +) == 120)
  }

  @Test func theVersionColumnIsReadFromTheEngine() {
    #expect(StoredDefinition.arguments(of: "ReplacingMergeTree(a, `b`) ORDER BY x") == ["a", "b"])
    #expect(StoredDefinition.arguments(of: "ReplacingMergeTree ORDER BY (x)").isEmpty)
    #expect(StoredDefinition.arguments(of: "MergeTree ORDER BY (x)").isEmpty)
  }
}
