// Which tables a path reads with FINAL, and what the names of engines say of it.

import Testing
@testable import Analysis
@testable import ExistingTables
@testable import ExportBenchmark

@Suite struct FinalEffectTests {
  @Test(arguments: [
    ("SELECT a FROM t FINAL WHERE x", ["t"]),
    ("SELECT a FROM t WHERE x", []),
    ("select a from `t` as x final", ["t"]),
    ("SELECT a FROM t x FINAL JOIN u FINAL USING id", ["t", "u"]),
    ("SELECT a FROM (SELECT b FROM t FINAL)", ["t"]),
    ("SELECT 'FROM t FINAL' AS final FROM u", []),
    ("SELECT a -- FROM t FINAL\nFROM u", []),
    ("SELECT final FROM t, u FINAL", []),
    ("SELECT a FROM t WHERE final", []),
  ])
  func tablesWithFinalAreFound(sql: String, tables: [String]) {
    #expect(ObservationTables.tablesWithFinal(in: sql) == tables)
  }

  @Test(arguments: [
    ("ReplacingMergeTree", FinalEffect.Kind.merges), ("ReplicatedReplacingMergeTree", .merges),
    ("SharedReplacingMergeTree", .merges), ("CollapsingMergeTree", .merges),
    ("VersionedCollapsingMergeTree", .merges), ("AggregatingMergeTree", .merges),
    ("CoalescingMergeTree", .merges), ("MergeTree", .refused), ("ReplicatedMergeTree", .refused),
    ("SharedMergeTree", .refused), ("Log", .refused), ("Dictionary", .refused),
    ("View", .ignored), ("LiveView", .ignored), ("SomethingOf2027", .unknown),
  ])
  func anEngineSaysWhatFinalDoes(engine: String, kind: FinalEffect.Kind) {
    #expect(FinalEffect(engine: engine).kind == kind)
  }

  @Test func whatStandsBeforeATableDoesAsTheTable() {
    let plain = FinalEffect(engine: "MergeTree")
    #expect(plain.behind("MaterializedView").kind == .refused)
    #expect(plain.behind("Buffer").kind == .ignored)
    #expect(FinalEffect(engine: "View").behind("Distributed").kind == .ignored)
    #expect(FinalEffect(engine: "ReplacingMergeTree").behind("Distributed").reason("t") == nil)
    #expect(FinalEffect.over([plain, FinalEffect(engine: "ReplacingMergeTree")]).kind == .ignored)
    #expect(FinalEffect.over([FinalEffect(engine: "ReplacingMergeTree")]).kind == .merges)
    #expect(
      plain.behind("MaterializedView").reason("d.v")
        == "d.v is a MaterializedView over a MergeTree, which has no FINAL")
  }
}
