// Legs of inserts and rounds until settled, against numbers made by hand.

import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import CSVRecords
@testable import RunStore

@Suite struct WriteTests {
  static func insert(
    _ leg: String?, round: Int, pair: Int, _ target: InsertTarget, ms: Double
  ) -> InsertSample {
    var sample = InsertSample()
    (sample.leg, sample.round, sample.pair, sample.target) = (leg, round, pair, target)
    (sample.serverQueryMs, sample.serverCPUMs) = (ms, ms / 2)
    return sample
  }

  static func merge(
    _ leg: String, round: Int, _ target: InsertTarget, _ role: TableRole, new: Int, merged: Int,
    ms: Double
  ) -> MergeSample {
    var sample = MergeSample()
    (sample.leg, sample.round, sample.target, sample.role) = (leg, round, target, role)
    (sample.newRows, sample.mergeWrittenRows) = (10, 9)
    (sample.newBytes, sample.mergeWrittenBytes) = (new, merged)
    (sample.mergeMs, sample.mergeCPUMs) = (ms, ms)
    return sample
  }

  /// Two pairs a round. In every round: plain inserts of 10 and 20 ms, 100 bytes new and 90 merged
  /// in 5 ms; with the view twice the time, 130 bytes more new and 110 merged in 4 ms.
  static func rounds(_ leg: String, _ count: Int) -> Records {
    var records = Records()
    for round in 1...count {
      for place in 1...2 {
        let pair = (round - 1) * 2 + place
        let ms = Double(place) * 10
        records.inserts.append(insert(leg, round: round, pair: pair, .plain, ms: ms))
        records.inserts.append(insert(leg, round: round, pair: pair, .withView, ms: 2 * ms))
      }
      records.merges += [
        merge(leg, round: round, .withView, .table, new: 100, merged: 90, ms: 6),
        merge(leg, round: round, .withView, .view, new: 130, merged: 110, ms: 4),
        merge(leg, round: round, .plain, .table, new: 100, merged: 90, ms: 5),
      ]
    }
    return records
  }

  private func ratio(_ figure: String, _ records: Records, leg: String = "a") -> Double? {
    Summary(InsertExperiment.summaryRows(records)).settled(
      figure, leg: leg, subject: "with_view/plain")?
      .median
  }

  @Test func aRoundAddsUpItsInsertsAndItsMerges() {
    let records = Self.rounds("a", 3)
    // By hand, with the view over without: 2 × 30 ms of inserts and 10 ms of merges over 30 and 5.
    #expect(ratio("settled_time_ms", records) == 70.0 / 35)
    #expect(ratio("settled_cpu_ms", records) == 40.0 / 20)
    #expect(ratio("settled_written_bytes", records) == 430.0 / 190)
    #expect(ratio("settled_written_rows", records) == 38.0 / 19)
    #expect(ratio("inserted_bytes", records) == 2.3)
    #expect(ratio("merged_bytes", records) == 200.0 / 90)
    let row = Summary(InsertExperiment.summaryRows(records)).settled(
      "settled_written_bytes", leg: "a", subject: "plain")
    #expect(row?.n == 3 && row?.median == 190 && row?.unit == .bytes && row?.leg == "a")
  }

  @Test func whatIsMissingMakesNoSum() {
    var records = Self.rounds("a", 1)
    records.inserts[0].serverCPUMs = nil
    #expect(ratio("settled_cpu_ms", records) == nil, "one insert was not measured")
    #expect(ratio("settled_time_ms", records) == 2)
    records.merges.removeAll { $0.role == .view }
    #expect(ratio("settled_time_ms", records) == nil, "the view's merges are not recorded")
  }

  @Test func aRoundThatWasRunTwiceCountsOnce() {
    var records = Self.rounds("a", 2)
    // A crash left the inserts of the second round, one of them failed, and no merges.
    var failed = Self.insert("a", round: 2, pair: 3, .plain, ms: 999)
    failed.status = .failed
    records.inserts.insert(failed, at: 4)
    let summary = Summary(InsertExperiment.summaryRows(records))
    #expect(ratio("settled_time_ms", records) == 2)
    let row = summary.insert("server_query_ms", leg: "a", subject: "plain")
    #expect(row?.n == 4 && row?.failed == 0 && row?.max == 20)
  }

  private func judge(_ ratio: Claim.Ratio, _ records: Records) throws -> Verdict {
    try Claim(name: "c", statement: "5-10 %", ratio: ratio, atMost: 2.1).verdict(records)
  }

  @Test func everyLegIsACellButTheSustainedOne() throws {
    var records = Self.rounds("a", 6)
    let other = Self.rounds("b", 6)
    records.inserts += other.inserts
    records.inserts += (1...8).flatMap { pair in
      [
        Self.insert(nil, round: 0, pair: pair, .plain, ms: 1),
        Self.insert(nil, round: 0, pair: pair, .withView, ms: 3),
        Self.insert(ReservedLeg.sustained, round: 1, pair: pair, .plain, ms: 1),
        Self.insert(ReservedLeg.sustained, round: 1, pair: pair, .withView, ms: 9),
      ]
    }
    let figure = "server_query_ms"
    let all = try judge(.insert(figure: figure), records)
    #expect(all.cells.map(\.leg) == ["a", "b", "load"], "a file from before legs is the load")
    #expect(all.outcome == .refuted)
    #expect(
      all.reason == "3.00 [3.00, 3.00] in 'load', should be at most 2.1; holds in 'a', 'b'")
    #expect(try judge(.insert(figure: figure, legs: ["a", "b"]), records).outcome == .supported)
    let named = try judge(.insert(figure: figure, legs: [ReservedLeg.sustained]), records)
    #expect(named.reason == "9.00 [9.00, 9.00], should be at most 2.1")
  }

  @Test func roundsThatDidNotSettleDecideNothing() throws {
    let ratio = Claim.Ratio.settled(figure: "settled_written_bytes")
    var records = Self.rounds("a", 4)
    #expect(try judge(ratio, records).reason.contains("only 4 pairs; 5 are needed"))
    records = Self.rounds("a", 6)
    #expect(try judge(ratio, records).outcome == .refuted)
    records.merges[1].settling = .unsettled
    let open = try judge(ratio, records)
    #expect(open.outcome == .inconclusive)
    #expect(open.reason == "1 of 6 attempts of with_view failed (merges did not settle)")
  }

  @Test func aFileFromBeforeLegsIsReadAsTheLoad() throws {
    let text = CSV.document([Self.insert("load", round: 0, pair: 1, .plain, ms: 5)])
    let old = text.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).dropLast(6).joined(separator: ",")
    }.joined(separator: "\n")
    let read = try CSV.parse(InsertSample.self, Array(old.utf8), file: "inserts.csv")
    #expect(read.records.map(\.legName) == ["load"])
    #expect(read.records.first?.leg == nil && read.records.first?.serverQueryMs == 5)
  }
}
