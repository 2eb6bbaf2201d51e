// Inserts at a constant rate in runs of before 0.2, read as load tests.

import Foundation
import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import RunStore

@Suite struct SustainedInsertsTests {

  private static func second(
    _ target: InsertTarget, _ number: Int, planned: Int, acknowledged: Int, parts: Int = 1
  ) -> TimelineSample {
    var sample = TimelineSample()
    (sample.target, sample.elapsedMs) = (target, Double(number) * 1000)
    (sample.plannedInserts, sample.acknowledgedInserts) = (planned, acknowledged)
    (sample.acknowledgedRows, sample.tableParts) = (acknowledged * 1000, parts)
    return sample
  }

  private static func insert(
    _ target: InsertTarget, _ pair: Int, ms: Double, lag: Double = 0
  ) -> InsertSample {
    var sample = InsertSample()
    (sample.leg, sample.round, sample.pair) = (ReservedLeg.sustained, 1, pair)
    (sample.target, sample.rows, sample.clientWallMs) = (target, 1000, ms)
    sample.lagMs = lag
    return sample
  }

  private func fixture(_ name: String) throws -> RecordedRun {
    try RecordedRun(
      reading: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/\(name)").path)
  }

  private func findings(
    _ records: Records, rate: Int, seconds: Int
  ) throws -> LoadTestFindings {
    let text =
      "sustained: {rows_per_insert: 1k, inserts_per_second: \(rate), duration: \(seconds)s}"
    let manifest = Manifest(
      toolVersion: "0.1.0", run: "r", startedAt: "", seed: 1,
      benchmark: .init(file: "", text: text),
      dataset: .init(file: "", text: "", rows: 0, unique: 0, duplicates: 0),
      engine: .init(kind: "", version: "", url: "", source: ""),
      machine: .init(cpu: "", cores: 1, memoryBytes: 0, kernel: "", os: ""), paths: [],
      baseline: "", mergeStates: [])
    return try #require(LoadTestFindings(manifest, records))
  }

  /// The figures that the report of version 0.1 had of this fixture. Inserts were recorded at the
  /// end, so the medians are those of the twenty that it has.
  @Test func aCommittedRunKeepsItsFigures() throws {
    let load = try #require(try fixture("writes").findings().loadTest)
    #expect(load.lines.map(\.target) == [.plain, .withView] && load.verdicts.isEmpty)
    let (plain, viewed) = (load.lines[0], load.lines[1])
    for line in [plain, viewed] {
      let batches = try #require(line.batches)
      #expect((batches.acknowledged, batches.planned) == (50, 51))
      #expect(abs(batches.rowsPerSecond - 5_000) < 1 && line.failed == 0)
      #expect(abs(try #require(line.startDelayMaxMs) - 12.2) < 0.1)
      // Of before 0.2 nobody knows whose delay it was.
      #expect(line.lag.count == 0 && line.wait.count == 0)
    }
    // A histogram gives one of the two middle values, and 0.1 gave their mean.
    #expect(abs(try #require(plain.service.percentile(50)) - 27.3) < 0.5)
    #expect(abs(try #require(viewed.service.percentile(50)) - 51.6) < 2)
    #expect(abs(try #require(plain.service.longest) - 47.124) < 0.01)
    #expect(abs(try #require(viewed.service.longest) - 153.354) < 0.01)
    #expect(plain.server.tableParts == Level(mean: 5.5, max: 9))
    #expect(plain.server.viewParts == nil && plain.server.merges == Level(mean: 0.1, max: 1))
    #expect(viewed.server.tableParts == Level(mean: 4.9, max: 8))
    #expect(viewed.server.viewParts == Level(mean: 4.9, max: 8))
    #expect(viewed.server.merges == Level(mean: 0, max: 0))
    #expect(plain.batches?.insertedBytes == 321_537_940)
    #expect(plain.batches?.mergedBytes == 866_458_293)
    #expect(viewed.batches?.insertedBytes == 321_537_940 + 387_455_486)
    #expect(viewed.batches?.mergedBytes == 866_458_293 + 1_095_377_842)
    #expect((plain.server.memoryBytes ?? 0) >> 20 == 475)
    #expect((viewed.server.memoryBytes ?? 0) >> 20 == 762)
    // The run is cut from one of two minutes.
    #expect(load.phases.allSatisfy { $0.outcome == .interrupted && $0.isBalanced == nil })
    #expect(
      load.interference.filter { $0.cause == .view && $0.percent == 50 }.map { $0.ratio > 1.5 }
        == [true])
  }

  /// The same figures come from a load test of today.
  @Test func aLoadTestOfBatchesAloneHasTheSameFigures() throws {
    let load = try #require(try fixture("load").findings().loadTest)
    let line = try #require(load.lines.first { $0.batches != nil })
    #expect(load.lines.count { $0.batches != nil } == 1 && line.label == "ingest, without view")
    #expect((line.batches?.acknowledged, line.batches?.planned) == (159, 159))
    #expect(abs((line.batches?.rowsPerSecond ?? 0) - 39_750 / 8.225) < 0.1)
    #expect(line.startDelayMaxMs != nil && line.service.percentile(99) != nil)
    #expect(line.server.tableParts != nil && line.server.merges != nil)
    #expect(line.batches?.insertedBytes == nil, "files of before 0.2 do not have it")
  }

  @Test func anAttemptThatWasCutShortIsLeftOut() throws {
    var records = Records([
      Self.second(.plain, 1, planned: 50, acknowledged: 1, parts: 90),
      Self.second(.plain, 2, planned: 100, acknowledged: 1, parts: 90),
      Self.second(.plain, 1, planned: 50, acknowledged: 50, parts: 4),
      Self.second(.plain, 2, planned: 100, acknowledged: 99, parts: 6),
    ])
    records.inserts = (1...99).map {
      Self.insert(.plain, $0, ms: Double($0), lag: $0 == 40 ? 7 : 0)
    }
    let load = try findings(records, rate: 50, seconds: 2)
    let line = try #require(load.lines.first)
    #expect(load.lines.count == 1 && load.phases.map(\.outcome) == [.whole])
    #expect(line.batches?.planned == 100 && line.batches?.acknowledged == 99)
    #expect(line.server.tableParts == Level(mean: 5, max: 6) && line.server.viewParts == nil)
    #expect(abs(try #require(line.service.percentile(50)) - 50) < 0.1)
    #expect(abs(try #require(line.service.longest) - 99) < 0.1)
    #expect(line.service.percentile(99) == nil, "of 99 inserts nobody knows the hundredth")
    #expect(line.batches?.insertedBytes == nil)
  }

  /// What should have begun and did not is late until the end.
  @Test func whatNeverBeganIsAbandoned() throws {
    var records = Records([
      Self.second(.withView, 1, planned: 10, acknowledged: 7),
      Self.second(.withView, 2, planned: 20, acknowledged: 16),
    ])
    records.inserts = (1...17).map { Self.insert(.withView, $0, ms: 100, lag: 250) }
    records.inserts[16].status = .failed
    records.inserts[16].errorName = "TOO_MANY_PARTS"
    records.inserts[16].errorCode = 252
    let load = try findings(records, rate: 10, seconds: 2)
    let line = try #require(load.lines.first)
    #expect(line.requests == 20 && line.succeeded == 16)
    #expect(line.errors.map(\.name) == ["NOT_BEGUN", "TOO_MANY_PARTS (252)"])
    #expect(line.errors.map(\.count) == [3, 1])
    // The 18th should have begun at 1.7 s.
    #expect(line.startDelayMaxMs == 300)
    #expect(load.records.requests.map(\.number) == Array(1...20))
    let outcomes = load.records.requests.map(\.outcome).suffix(4)
    #expect(outcomes == [.refused, .abandoned, .abandoned, .abandoned])
    // At one second: seven have ended, one is under way, and three wait.
    let look = try #require(load.records.seconds.first)
    #expect((look.succeeded, look.inFlight, look.waiting) == (7, 1, 3))
  }

  /// A killed process left its seconds only.
  @Test func secondsWithoutInsertsAreAPhaseThatWasCutShort() throws {
    let records = Records([Self.second(.plain, 1, planned: 10, acknowledged: 9)])
    let load = try findings(records, rate: 10, seconds: 60)
    #expect(load.phases.map(\.outcome) == [.interrupted])
    let line = try #require(load.lines.first)
    #expect(line.batches?.acknowledged == 9 && line.batches?.rowsPerSecond == 9_000)
    #expect(line.requests == 0 && line.startDelayMaxMs == nil && line.service.longest == nil)
  }
}
