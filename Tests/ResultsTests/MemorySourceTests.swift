// Witnesses of memory that agree and disagree, and what that does to a verdict.

import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import RunStore

@Suite struct MemorySourceTests {
  private let mib = 1_048_576.0

  /// Ten pairs in which `b` needs half of what `a` does, with what further witnesses say of `b`.
  private func samples(
    rss: Double? = nil, jemalloc: Double? = nil, tracker: Double? = nil, wallMs: Double = 5_000
  ) -> [Sample] {
    pairs(ratio: 0.5, seed: 2).map { sample in
      var sample = sample
      sample.memoryPeakBytes = Int(sample.path == "a" ? 1000 * mib : 500 * mib)
      sample.clientWallMs = wallMs
      guard sample.path == "b" else { return sample }
      if let rss {
        (sample.serverRSSBeforeBytes, sample.serverRSSPeakBytes) = (100, Int(rss * mib) + 100)
      }
      if let jemalloc {
        sample.serverJemallocAllocatedBeforeBytes = 7
        sample.serverJemallocAllocatedPeakBytes = Int(jemalloc * mib) + 7
      }
      if let tracker {
        (sample.serverTrackedBeforeBytes, sample.serverTrackedPeakBytes) = (
          0, Int(tracker * mib)
        )
      }
      return sample
    }
  }

  private func found(_ samples: [Sample]) -> [Disagreement] {
    Disagreement.all(in: exportCells(Records(samples), order: ["a", "b"]))
  }

  @Test func withinAFactorOfOneAndAHalfTheyAgree() {
    #expect(found(samples(rss: 740, jemalloc: 340, tracker: 500)).isEmpty)
    #expect(found(samples()).isEmpty, "one witness contradicts nobody")
  }

  @Test func beyondItTheCellIsMarkedWithWhatEachSays() throws {
    let one = try #require(found(samples(rss: 1_100, jemalloc: 510)).first)
    #expect((one.path, one.window, one.mergeState) == ("b", "1d", "fresh"))
    #expect(
      one.finding
        == "query_log 500 MiB, server RSS 1.07 GiB (disagrees), server jemalloc 510 MiB")
    #expect(found(samples(tracker: 200)).count == 1)
  }

  /// What the query log says, what the resident set says, and whether they agree, in MiB. The last
  /// two were seen: a query of 24.6 MiB of which 661 KiB were counted, and one of thirty days.
  static let proportions: [(peak: Double, rss: Double, agrees: Bool)] = [
    (0, 16, true), (0, 17, false), (2, 18, true), (2, 20, false), (20, 45, true), (20, 47, false),
    (60, 105, true), (60, 107, false), (800, 1_215, true), (800, 1_217, false),
    (40, 16, true), (47, 20, false), (1_217, 800, false), (0.646, 24.6, false), (67.4, 110.8, true),
  ]

  @Test(arguments: proportions) func sourcesAgreeByProportionAboveAFloor(
    peak: Double, rss: Double, agrees: Bool
  ) {
    let small = samples(rss: rss).map { sample in
      var sample = sample
      if sample.path == "b" { sample.memoryPeakBytes = Int(peak * mib) }
      return sample
    }
    #expect(found(small).isEmpty == agrees)
  }

  @Test func aSampledWitnessMayMissAShortPeakAndNotExceedIt() {
    #expect(found(samples(jemalloc: 50, wallMs: 300)).isEmpty)
    #expect(found(samples(jemalloc: 50, wallMs: 3_000)).count == 1)
    #expect(found(samples(jemalloc: 2_000, wallMs: 300)).count == 1)
    #expect(found(samples(rss: 50, wallMs: 300)).count == 1, "the kernel misses nothing")
  }

  @Test func noVerdictOnMemoryRestsOnThem() throws {
    let torn = samples(rss: 1_100)
    let verdict = try ClaimTests.claim().verdict(Records(torn))
    #expect(verdict.outcome == .inconclusive)
    #expect(
      verdict.reason == "0.500 [0.500, 0.500] at 1d, but the memory sources of b disagree: "
        + "query_log 500 MiB, server RSS 1.07 GiB (disagrees)")
    let time = Claim(
      name: "t", statement: "as fast",
      ratio: .export(figure: "client_wall_ms", subject: "b", baseline: "a"), atMost: 1)
    #expect(try time.verdict(Records(torn)).outcome == .supported, "time is not memory")
  }
}
