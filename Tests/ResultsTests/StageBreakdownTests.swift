// Where memory goes, and what consumers cost: made from attempts of every kind, while all other
// conclusions see ordinary exports alone.

import Analysis
import BenchmarkSpec
import RunStore
import Testing

@Suite struct StageBreakdownTests {
  /// Peaks of nine repeats in MiB, a little apart; `send` may be negative.
  static func samples(
    read: Int = 40, keys: Int = 10, deduplicate: Int = 100, encode: Int? = 130, whole: Int = 120
  ) -> [Sample] {
    (1...9).flatMap { number in
      let peaks: [(AttemptKind, Int?)] = [
        (.export(.stream), whole), (.stage(.read), read), (.stage(.keys), keys),
        (.stage(.deduplicate), deduplicate), (.stage(.encode), encode),
      ]
      return peaks.compactMap { kind, peak -> Sample? in
        peak.map { sample(kind, number, ($0 << 20) + (number << 10)) }
      }
    }
  }

  static func sample(_ kind: AttemptKind, _ number: Int, _ peak: Int) -> Sample {
    var sample = Sample()
    (sample.mergeState, sample.path, sample.window) = ("fresh", "limit-by", "1d")
    (sample.windowMs, sample.repeat, sample.kind) = (86_400_000, number, kind)
    sample.memoryPeakBytes = peak
    return sample
  }

  private func steps(_ samples: [Sample]) -> [StageRow] {
    StageBreakdown.all(Records(samples), paths: ["limit-by"]).filter {
      $0.figure == "memory_peak_bytes"
    }
  }

  private func mebibytes(_ value: Double?) -> Double? { value.map { $0 / 1_048_576 } }

  @Test func sharesAddUpToTheWholeAndMayBeNegative() throws {
    let rows = steps(Self.samples())
    #expect(rows.map(\.step) == ["read", "deduplicate", "encode", "send", "keys"])
    #expect(rows[1...3].map { mebibytes($0.added) } == [60, 30, -10])
    #expect(rows.map(\.change) == [nil, .adds, .adds, .lowers, nil])
    let sum = rows.compactMap(\.added).reduce(0, +)
    #expect(sum == rows[3].reached, "the chain ends with the whole export")
    #expect(rows[4].added == nil && rows[4].reached ?? 0 > 0, "ids alone are beside the chain")
    #expect(rows[3].addedLow == rows[3].addedHigh, "differences within a repeat have no jitter")
  }

  @Test func aStageThatIsNotThereIsInTheNextStep() {
    let rows = steps(Self.samples(encode: nil))
    #expect(rows.map(\.step) == ["read", "deduplicate", "encode+send", "keys"])
    #expect(mebibytes(rows[2].added) == 20)
  }

  @Test func aStageThatFailsIsToldAndIsInTheNextStep() {
    var samples = Self.samples(encode: nil)
    for number in 1...9 {
      var failed = Self.sample(.stage(.encode), number, 0)
      (failed.status, failed.errorName, failed.memoryPeakBytes) = (.failed, "NO_HEAD", nil)
      samples.append(failed)
    }
    let rows = steps(samples)
    #expect(rows.map(\.step) == ["read", "deduplicate", "encode", "encode+send", "keys"])
    #expect(rows[2].failed == 9 && rows[2].added == nil)
  }

  @Test func aChangeThatIsNotSureIsNone() {
    var samples = Self.samples()
    for index in samples.indices where samples[index].kind == .stage(.encode) {
      let sign = samples[index].repeat.isMultiple(of: 2) ? 1 : -1
      samples[index].memoryPeakBytes = (120 + sign * 5) << 20
    }
    #expect(steps(samples)[3].change == .unclear)
    #expect(steps(samples.filter { $0.repeat < 5 })[3].change == .tooFew)
  }

  @Test func everythingElseSeesOrdinaryExportsAlone() {
    let ordinary = Self.samples().filter { $0.kind == .export(.stream) }
    let more = Self.samples() + (1...9).map { Self.sample(.export(.buffer), $0, 999 << 20) }
    func summary(_ samples: [Sample]) -> [SummaryRow] {
      ExportExperiment.summaryRows(
        Records(samples), paths: ["limit-by"], baseline: "limit-by")
    }
    #expect(summary(more) == summary(ordinary))
    #expect(StageBreakdown.all(Records(ordinary), paths: ["limit-by"]).isEmpty)
    #expect(ConsumerRow.all(Records(ordinary), paths: ["limit-by"]).isEmpty)
  }

  @Test func ofSeveralConsumersTheLeastIsTheOrdinaryOne() {
    let samples = (1...3).flatMap { number in
      [Consumer.buffer, .parts].map { Self.sample(.export($0), number, number << 20) }
    }
    let summary = Summary(
      ExportExperiment.summaryRows(
        Records(samples), paths: ["limit-by"], baseline: "limit-by"))
    #expect(summary.rows.allSatisfy { $0.n == 3 } && !summary.rows.isEmpty)
    let rows = ConsumerRow.all(Records(samples), paths: ["limit-by"])
      .filter { $0.figure == "memory_peak_bytes" }
    #expect(rows.map(\.consumer) == [.parts, .buffer] && rows.allSatisfy { $0.n == 3 })
  }

  @Test func recordsFromBeforeThereWereKindsAreStreams() {
    #expect(Sample().kind == .export(.stream))
  }
}
