// Claims against planted ratios: what is found, what is not, and what the sentence says.

import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import CSVRecords
@testable import RunStore
@testable import Statistics

@Suite struct ClaimTests {
  static func claim(atMost: Double? = 0.55, atLeast: Double? = nil, windows: [String]? = nil)
    -> Claim
  {
    Claim(
      name: "halved", statement: "cuts memory by half",
      ratio: .export(
        figure: "memory_peak_bytes", subject: "b", baseline: "a", windows: windows),
      atMost: atMost, atLeast: atLeast)
  }

  func judge(_ samples: [Sample], _ claim: Claim = ClaimTests.claim()) throws -> Verdict {
    try claim.verdict(Records(samples))
  }

  @Test func insideTheBoundIsSupported() throws {
    let verdict = try judge(pairs(ratio: 0.5))
    #expect(verdict.outcome == .supported)
    #expect(verdict.reason.hasSuffix(" at 1d, should be at most 0.55"))
    #expect(verdict.reason.hasPrefix("0.50"))
  }

  @Test func outsideTheBoundIsRefutedAndSaysWhereItHolds() throws {
    let samples =
      pairs("1h", hours: 1, ratio: 0.74) + pairs("1d", ratio: 0.6)
      + pairs("7d", hours: 168, ratio: 0.5) + pairs("30d", hours: 720, ratio: 0.4)
    let verdict = try judge(samples)
    #expect(verdict.outcome == .refuted)
    #expect(verdict.reason.contains(" at 1h, should be at most 0.55; holds from 7d upward"))
    #expect(verdict.cells.map(\.window) == ["1h", "1d", "7d", "30d"], "by length, not by name")
    let listed = try judge(samples, Self.claim(windows: ["7d", "30d"]))
    #expect(listed.outcome == .supported)
    #expect(try judge(samples, Self.claim(windows: ["1h", "1d"])).reason.hasSuffix("in no window"))
    #expect(
      try judge(samples, Self.claim(atMost: nil, atLeast: 0.55)).reason.hasSuffix("up to 1d"))
    #expect(
      try judge(samples, Self.claim(atMost: 0.65, atLeast: 0.55)).reason.hasSuffix("at 1d only"))
    #expect(
      try judge(samples, Self.claim(windows: ["2y"])).reason.hasPrefix(
        "no matching cell was "
          + "measured"))
  }

  @Test func severalStatesOfMergesAreToldApart() throws {
    let samples =
      pairs("1h", hours: 1, ratio: 0.9) + pairs("1d", ratio: 0.5)
      + pairs("1h", hours: 1, state: "merged", ratio: 0.8) + pairs(state: "merged", ratio: 0.7)
    let verdict = try judge(samples)
    #expect(verdict.outcome == .refuted)
    #expect(verdict.reason.contains(" at 1h (fresh), should be"))
    #expect(verdict.reason.hasSuffix("; holds at 1d only (fresh), nowhere (merged)"))
  }

  @Test func aStraddlingIntervalIsInconclusive() throws {
    let ratios = [0.57, 0.52, 0.60, 0.54, 0.50, 0.58, 0.53, 0.56]
    let samples = ratios.enumerated().flatMap { number, ratio in
      [
        attempt("a", repeat: number, memory: 1e6),
        attempt("b", repeat: number, memory: ratio * 1e6),
      ]
    }
    let verdict = try judge(samples)
    #expect(verdict.outcome == .inconclusive)
    #expect(verdict.reason.hasPrefix("0.550 [0.51"))
    #expect(verdict.reason.contains("contains the bound, at most 0.55; more repeats"))
  }

  /// The ratio climbs from 0.2 to 0.4, far below the bound; how far depends on when one stops.
  @Test func aDriftingRatioIsUnstableHoweverClear() throws {
    let samples = (0..<10).flatMap { number in
      [
        attempt("a", repeat: number, memory: 1e6),
        attempt("b", repeat: number, memory: (0.2 + 0.02 * Double(number)) * 1e6),
      ]
    }
    let verdict = try judge(samples)
    #expect(verdict.outcome == .unstable)
    #expect(
      verdict.reason.hasSuffix(" at 1d, but it drifts by 62 % from the first repeat to the last"))
  }

  @Test func anUndecidedRatioInLoudNoiseIsUnstable() throws {
    let verdict = try judge(pairs(ratio: 0.55, noise: 0.3, seed: 4))
    #expect(verdict.outcome == .unstable)
    #expect(verdict.reason.contains("contains the bound, at most 0.55; ± "))
    #expect(verdict.reason.hasSuffix(" after 10 repeats is too noisy to decide"))
    #expect(
      try judge(pairs(ratio: 9, noise: 0.3, seed: 4)).outcome == .refuted, "decided is decided")
  }

  @Test func refutedBeatsUnstableBeatsInconclusive() throws {
    let supported = pairs("1h", hours: 1, ratio: 0.3)
    let open = pairs("6h", hours: 6, ratio: 0.55, noise: 0.05, seed: 3)
    let unstable = pairs("1d", ratio: 0.55, noise: 0.3, seed: 4)
    let refuted = pairs("7d", hours: 168, ratio: 0.9)
    #expect(try judge(supported + open).outcome == .inconclusive)
    let both = try judge(supported + open + unstable)
    #expect(both.outcome == .unstable)
    #expect(both.reason.contains(" at 1d, contains the bound"))
    #expect(both.reason.hasSuffix("; undecided in 2 of 3 cells, holds at 1h only"))
    #expect(try judge(supported + open + unstable + refuted).outcome == .refuted)
  }

  @Test func fewerThanFivePairsDecideNothing() throws {
    let verdict = try judge(pairs(count: 4, ratio: 0.1))
    #expect(verdict.outcome == .inconclusive)
    #expect(verdict.reason.contains("only 4 pairs; 5 are needed"))
    #expect(try judge(pairs(count: 5, ratio: 0.1)).outcome == .supported)
  }

  @Test func survivorsOfAFailureDecideNothing() throws {
    var samples = pairs(count: 12, ratio: 0.1)
    samples[0].status = .failed
    samples[0].errorName = "MEMORY_LIMIT_EXCEEDED"
    let verdict = try judge(samples)
    #expect(verdict.outcome == .inconclusive)
    #expect(
      verdict.reason == "1 of 12 attempts of a failed (MEMORY_LIMIT_EXCEEDED) at 1d")
    samples[0].period = .warmup
    #expect(try judge(samples).outcome == .supported, "a warm-up is no attempt of the cell")
    samples[1].status = .wrongRows
    #expect(try judge(samples).reason.hasPrefix("wrong rows of b (1 of 12 attempts returned"))
  }

  @Test func whatWasNotMeasuredDecidesNothing() throws {
    let blind = pairs(ratio: 0.1).map { sample in
      var sample = sample
      sample.memoryPeakBytes = nil
      return sample
    }
    #expect(try judge(blind).reason == "memory_peak_bytes was not measured at 1d")
    #expect(
      try judge(pairs(ratio: 1).filter { $0.path == "a" }).reason == "no attempt of b at 1d")
    #expect(try judge([]).outcome == .inconclusive)
  }

  /// 200 runs in which both paths are the same, noise 2 %: fewer than one in ten sees a difference.
  @Test func equalPathsAreRarelyToldApart() throws {
    let figure = try Sample.figure("memory_peak_bytes")
    let alarms = (1...200 as ClosedRange<UInt64>).filter { seed in
      let cell = exportCells(
        Records(pairs(ratio: 1, noise: 0.02, seed: seed)), order: ["a", "b"])[0]
      return Statistics.interval(ofMedian: cell.ratios(figure, of: "b", to: "a").values)?.holds(1)
        == false
    }
    #expect(alarms.count < 20)
  }

  /// Both paths drift by a factor of 2 over the run, which a ratio of medians would drown in.
  @Test func aPlantedFivePercentIsFoundUnderDrift() throws {
    let figure = try Sample.figure("memory_peak_bytes")
    let found = (1...100 as ClosedRange<UInt64>).filter { seed in
      let cell = exportCells(
        Records(pairs(ratio: 1.05, seed: seed)), order: ["a", "b"])[0]
      guard
        let interval = Statistics.interval(
          ofMedian: cell.ratios(figure, of: "b", to: "a").values)
      else { return false }
      return interval.low > 1 && interval.high < 1.1
    }
    #expect(found.count > 95)
  }

  @Test func insertOverheadIsTheRatioWithinPairs() throws {
    let inserts = (1...8).flatMap { pair in
      [(InsertTarget.plain, 100.0), (.withView, 160)].map { target, base in
        var sample = InsertSample()
        (sample.pair, sample.target) = (pair, target)
        sample.clientWallMs = base * Double(pair)
        return sample
      }
    }
    let claim = Claim(
      name: "overhead", statement: "adds 5-10 %", ratio: .insert(figure: "client_wall_ms"),
      atMost: 1.1)
    let verdict = try claim.verdict(Records(inserts))
    #expect(verdict.outcome == .refuted)
    #expect(verdict.reason == "1.60 [1.60, 1.60], should be at most 1.1")
  }

  @Test func storageIsCountedAndNeedsNoRepeats() throws {
    func table(_ state: String, _ name: String, _ role: TableRole, _ bytes: Int?) -> StorageSample {
      var sample = StorageSample()
      (sample.mergeState, sample.table, sample.role) = (state, name, role)
      sample.onDiskBytes = bytes
      return sample
    }
    let claim = Claim(
      name: "doubles", statement: "roughly doubles", ratio: .storage(figure: "on_disk_bytes"),
      atMost: 2.2, atLeast: 1.8)
    let looks = [
      table("fresh", "t", .table, 1), table("fresh", "v", .view, 999),
      // The second look at the same tables stands.
      table("fresh", "t", .table, 100), table("fresh", "v", .view, 100),
    ]
    var verdict = try claim.verdict(Records(looks))
    #expect(verdict.outcome == .supported)
    #expect(verdict.reason == "2.00, should be between 1.8 and 2.2")
    let merged = [table("merged", "t", .table, 100), table("merged", "v", .view, 170)]
    verdict = try claim.verdict(Records(looks + merged))
    #expect(
      verdict.reason == "2.70 (merged), should be between 1.8 and 2.2; "
        + "holds throughout (fresh), nowhere (merged)")
    verdict = try claim.verdict(Records([table("x", "t", .table, 1)]))
    #expect(verdict.outcome == .inconclusive)
  }

  @Test func aClaimThatCannotBeJudgedIsFoundBeforeTheRun() {
    func sentence(_ claim: Claim) -> String? {
      do throws(RecordError) {
        try claim.check(paths: ["a", "b"], windows: ["1d", "7d"], figures: .measured)
        return nil
      } catch { return error.description }
    }
    #expect(sentence(Self.claim()) == nil)
    #expect(
      sentence(Self.claim(atMost: nil))
        == "claim 'halved': it has no bound; give at_most or at_least")
    #expect(
      sentence(Self.claim(atMost: 1, atLeast: 2))
        == "claim 'halved': at_least 2.0 is more than at_most 1.0; swap them")
    #expect(sentence(Self.claim(atMost: -1))?.contains("-1.0 is not a bound") == true)
    #expect(
      sentence(Self.claim(windows: ["2d"]))
        == "claim 'halved': there is no window '2d' in the benchmark; write one of 1d, 7d")
    var wrong = Self.claim()
    wrong.ratio = .export(figure: "memory_peak_bytes", subject: "b", baseline: "c")
    #expect(sentence(wrong)?.contains("no path 'c'") == true)
    wrong.ratio = .insert(figure: "memory_peek_bytes")
    #expect(sentence(wrong)?.contains("no figure 'memory_peek_bytes'; write one of") == true)
  }
}

@Suite struct SeveralCellsTests {
  /// Ratios exactly at their bound, in five cells of ten pairs.
  @Test func ratiosAtTheBoundAreRarelyRefuted() throws {
    var random = TestRandom(seed: 11)
    var refuted = 0
    let claims = 400
    for _ in 0..<claims {
      let samples = ["1h", "6h", "1d", "7d", "30d"].enumerated().flatMap { place, window in
        (0..<10).flatMap { number in
          [
            attempt("a", window, hours: place + 1, repeat: number, memory: 1e6),
            attempt(
              "b", window, hours: place + 1, repeat: number,
              memory: 0.55e6 * (1 + 0.1 * random.normal())),
          ]
        }
      }
      let verdict = try ClaimTests.claim().verdict(Records(samples))
      if verdict.outcome == .refuted { refuted += 1 }
    }
    // 5 % at most, and the two-sided test refutes half of that on this side.
    #expect(refuted < claims / 20, "\(refuted) of \(claims)")
  }

  @Test func fewPairsInManyCellsRefuteNothing() throws {
    let samples =
      pairs("1h", hours: 1, count: 6, ratio: 0.74) + pairs("1d", count: 6, ratio: 0.4)
      + pairs("7d", hours: 168, count: 6, ratio: 0.4)
    let verdict = try ClaimTests.claim().verdict(Records(samples))
    #expect(verdict.outcome == .inconclusive)
    #expect(verdict.reason.contains("one of 3 cells may be outside by chance (p = 0.031"))
    let shared =
      samples + pairs("14d", hours: 336, count: 6, ratio: 0.74)
    #expect(try ClaimTests.claim().verdict(Records(shared)).outcome == .refuted, "two of four")
    let alone = try ClaimTests.claim(windows: ["1h"]).verdict(Records(samples))
    #expect(alone.outcome == .refuted)
  }
}
