// What a benchmark can ask about writes, and the exact sentence for what it cannot.

import Testing
@testable import BenchmarkSpec
@testable import ExportBenchmark
@testable import InsertBenchmark
@testable import ObservationGenerator
@testable import RunStore
@testable import StrictYAML
@testable import Units

@Suite struct WriteLegTests {
  static let head = """
    name: tiny
    description: writes only
    dataset: tiny.yaml

    """

  static func writes(_ lines: String...) -> String {
    head + "writes:\n" + lines.map { "  - {\($0)}" }.joined(separator: "\n")
  }

  @Test func aBenchmarkMayAskAboutWritesAlone() throws {
    let text =
      Self.writes(
        "rows_per_insert: 1k", "rows_per_insert: 2500, mode: async, rounds: 3",
        "rows_per_insert: 1M, name: big, inserts: 2, settings: {max_insert_threads: 2}")
    let benchmark = try Benchmark(yaml: text, file: "b.yaml")
    #expect(benchmark.paths.isEmpty && benchmark.windows.isEmpty && benchmark.rowsPerInsert == nil)
    let legs = benchmark.writes.legs
    #expect(legs.map(\.name) == ["1k sync", "2500 async", "big"])
    #expect(legs.map(\.connections) == [1, 4, 1], "asynchronous inserts are gathered from several")
    #expect(legs.map(\.rounds) == [6, 3, 6])
    #expect(legs.map(\.rowsPerRound) == [12_000, 120_000, 2_000_000])
    #expect(legs[2].settings == ["max_insert_threads": "2"])
  }

  static let old = "sustained: {rows_per_insert: 1k, inserts_per_second: 2.5, duration: 1m}"

  /// The sentence says what to write instead, and that is the same load test.
  @Test func sustainedIsALoadTestNow() throws {
    let load = """
      load: {duration: 1m, views: [without, with]}
      ingest: {rows_per_batch: 1000, rate: 2.5, connections: 4, async_insert: false}
      """
    do throws(DocumentError) {
      _ = try Benchmark(yaml: Self.head + Self.old, file: "b.yaml")
      Issue.record("was read")
    } catch {
      let lines = load.split(separator: "\n")
      #expect(
        "\(error)" == "b.yaml:4: 'sustained' is a load test now: write '\(lines[0])' and "
          + "'\(lines[1])' into a separate benchmark, and run it with 'exportbench load'")
    }
    let new = try LoadBenchmark(yaml: Self.head + load, file: "b.yaml")
    var question = try #require(SustainedInserts(benchmark: Self.writes("x: 1") + "\n" + Self.old))
      .question
    // One that has no exports compares nothing but batches with the view and without.
    #expect(question.cells == new.question.cells && !new.isAsync)
    question.compare = new.question.compare
    #expect(question == new.question)
  }

  @Test(arguments: [
    head, head + "sustained: {rows_per_insert: 1k}", head + "\tsustained: {}", "sustained: [",
  ])
  func oldTextsWithoutItAreNone(text: String) {
    #expect(SustainedInserts(benchmark: text) == nil)
  }

  static let unreadable: [(String, String)] = [
    (head, "b.yaml:1: 'paths' is missing; add it"),
    (
      writes("rows_per_insert: 1k") + "\nrows_per_insert: 2k",
      "b.yaml:1: 'paths' is missing; add it"
    ),
    (
      writes("rows_per_insert: 1k", "rows_per_insert: 1000"),
      "b.yaml:4: 'writes' has two legs named '1k sync'; give one of them another 'name'"
    ),
    (
      writes("rows_per_insert: 1k, mode: asynk"),
      "b.yaml:5: 'writes[0].mode' is 'asynk'; did you mean 'async'?"
    ),
    (
      writes("rows_per_insert: 1k, connections: 4"),
      "b.yaml:5: 'writes[0].connections' is for 'mode: async', in which the server collects "
        + "several inserts; remove it"
    ),
    (
      writes("rows_per_insert: 500k, mode: async, connections: 3"),
      "b.yaml:5: connections × rows_per_insert is more than 1,000,000 rows, which are "
        + "generated in memory; reduce one of them"
    ),
    (
      writes("rows_per_insert: 1k, name: load"),
      "b.yaml:5: 'writes[0].name' is 'load', which is reserved; choose another name"
    ),
    (
      head + "sustained: {rows_per_insert: 1k, inserts_per_second: 5, duration: 5s, mode: async, "
        + "settings: {max_threads: 2}}",
      "b.yaml:4: 'sustained' is a load test now: write 'load: {duration: 5s, views: [without, "
        + "with]}' and 'ingest: {rows_per_batch: 1000, rate: 5, connections: 4, "
        + "async_insert: true}' with the same 'settings' into a separate benchmark, and run it "
        + "with 'exportbench load'"
    ),
  ]

  @Test(arguments: unreadable) func whatCannotBeRead(yaml: String, sentence: String) {
    do throws(DocumentError) {
      _ = try Benchmark(yaml: yaml, file: "b.yaml")
      Issue.record("was read")
    } catch { #expect("\(error)" == sentence) }
  }

  static let claims: [(String, String?)] = [
    ("insert: server_query_ms, legs: [1k sync]", nil),
    ("settled: settled_written_bytes", nil),
    (
      "insert: server_query_ms, legs: [load]",
      "there is no leg 'load' in the benchmark; write one of 1k sync"
    ),
    ("settled: written_bytes", "there is no figure 'written_bytes'; write one of inserted_rows"),
    ("settled: settled_cpu_ms, insert: view_ms", "exactly one of 'export', 'insert', 'settled'"),
    (
      "export: read_rows, path: a, baseline: b",
      "there is no path 'a' in the benchmark; the benchmark has none"
    ),
  ]

  @Test(arguments: claims) func claimsSpeakOfLegs(claim: String, sentence: String?) {
    let text =
      Self.writes("rows_per_insert: 1k")
      + "\nclaims:\n  - {name: c, says: so, at_most: 1.1, \(claim)}"
    do throws(DocumentError) {
      _ = try Benchmark(yaml: text, file: "b.yaml")
      #expect(sentence == nil)
    } catch { #expect(sentence.map { "\(error)".contains($0) } == true, "\(error)") }
  }

  @Test func aRoundNeedsItsRows() throws {
    let benchmark = try Benchmark(
      yaml: Self.writes("rows_per_insert: 1k, inserts: 5"), file: "b.yaml")
    func plan(_ observations: Int) throws -> RunPlan {
      try RunPlan(
        benchmark: benchmark, benchmarkFile: ("b.yaml", ""),
        source: .dataset(
          Dataset(
            name: "d", observations: observations, start: 1_788_220_800_000,
            span: TimeSpan(milliseconds: 86_400_000)), file: ("d.yaml", "")), paths: [],
        arguments: [], toolVersion: "0", keep: false)
    }
    #expect(try plan(5_000).plan.cells.isEmpty)
    do {
      _ = try plan(4_999)
      Issue.record("was taken")
    } catch {
      #expect(
        "\(error)" == "b.yaml: the leg '1k sync' inserts 5,000 rows into a table, but the data has "
          + "4,999 (d.yaml); reduce it, or give the dataset more observations")
    }
  }

  @Test func whatIsRecordedWholeIsNotRepeated() {
    func merge(_ leg: String, _ round: Int, _ target: InsertTarget, _ role: TableRole)
      -> MergeSample
    {
      var sample = MergeSample()
      (sample.leg, sample.round, sample.target, sample.role) = (leg, round, target, role)
      return sample
    }
    let whole = [
      merge("a", 1, .plain, .table), merge("a", 1, .withView, .table),
      merge("a", 1, .withView, .view),
    ]
    let torn = [merge("a", 2, .withView, .table), merge("a", 2, .plain, .table)]
    #expect(
      WriteBench.done(in: Records(whole + torn))
        == [WriteBench.RoundID(leg: "a", round: 1)])
  }
}
