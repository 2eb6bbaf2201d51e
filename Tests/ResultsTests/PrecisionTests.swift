// When a window needs more repeats, and what stopping there does to the interval.

import Foundation
import Testing
@testable import BenchmarkSpec
@testable import CSVRecords
@testable import RunStore
@testable import Statistics

@Suite struct PrecisionTests {
  static let asked = Precision(halfWidth: 0.03, figure: "memory_peak_bytes", repeatsMax: 200)

  private func shortfalls(
    _ samples: [Sample], _ precision: Precision = PrecisionTests.asked,
    paths: [String] = ["a", "b"]
  ) throws -> [Precision.Shortfall] {
    try precision.shortfalls(in: Records(samples), paths: paths, baseline: "a")
  }

  @Test func aWideIntervalAsksForMoreAndANarrowOneDoesNot() throws {
    let samples =
      pairs("1h", hours: 1, count: 20, ratio: 2, noise: 0.1) + pairs(count: 20, ratio: 2)
    let found = try shortfalls(samples)
    #expect(found.map(\.window) == ["1h"])
    #expect(found.map(\.mergeState) == ["fresh"])
    // Ratios of two attempts with noise of 10 %: ± 8 % of 20 pairs, so some 7 times as many.
    #expect((80...200).contains(try #require(found.first).repeats))
  }

  @Test func nobodyLooksEarly() throws {
    #expect(try shortfalls(pairs(count: 10, ratio: 1, noise: 0)).map(\.repeats) == [20])
    #expect(try shortfalls([]).isEmpty)
  }

  @Test func theBudgetEndsIt() throws {
    var precision = Self.asked
    precision.repeatsMax = 40
    #expect(
      try shortfalls(pairs(count: 20, ratio: 1, noise: 0.5), precision).map(\.repeats) == [40])
    #expect(try shortfalls(pairs(count: 40, ratio: 1, noise: 0.5), precision).isEmpty)
  }

  @Test func moreRepeatsDoNotMendAFailure() throws {
    var samples = pairs(count: 20, ratio: 1, noise: 0.5)
    samples[0].status = .failed
    #expect(try shortfalls(samples).isEmpty)
  }

  @Test func aSinglePathIsHeldAgainstItsOwnMedian() throws {
    let alone = pairs(count: 20, ratio: 1).filter { $0.path == "a" }
    // It drifts by a factor of 2 over the run.
    #expect(try shortfalls(alone, paths: ["a"]).count == 1)
  }

  @Test func whatCannotBeReachedIsFoundBeforeTheRun() {
    func sentence(_ width: Double, _ figure: String, _ most: Int) -> String? {
      do throws(RecordError) {
        try Precision(halfWidth: width, figure: figure, repeatsMax: most).check(.measured)
        return nil
      } catch { return error.description }
    }
    #expect(sentence(0.03, "memory_peak_bytes", 200) == nil)
    #expect(sentence(3, "memory_peak_bytes", 200)?.contains("a share of the median") == true)
    #expect(sentence(0.03, "memory_peak_bytes", 19)?.contains("give 20 or more") == true)
    #expect(sentence(0.03, "memory", 200)?.contains("there is no figure 'memory'") == true)
  }

  /// Repeats are added as the rule says, until it is content; then the interval is compared with
  /// the truth. 94 % with room for the chance of 1,000 runs (± 0.7 %).
  @Test(arguments: [0, 1, 2]) func theFinalIntervalStillHoldsTheTrueMedian(shape: Int) throws {
    var random = TestRandom(seed: 40 + UInt64(shape))
    func draw() -> Double {
      switch shape {
      case 0: exp(0.1 * random.normal())
      // The difference of two uniform values, as memory is.
      case 1:
        exp(
          0.15 * (Double.random(in: -1...1, using: &random) - .random(in: -1...1, using: &random)))
      default: exp(0.3 * (exp(random.normal()) - 1))
      }
    }
    var precision = Self.asked
    precision.halfWidth = shape == 2 ? 0.08 : 0.05
    var held = 0
    let runs = 1_000
    for _ in 0..<runs {
      var values = (0..<10).map { _ in draw() }
      while values.count < precision.repeatsMax,
        let wanted = precision.wanted(values, made: values.count)
      {
        values += (values.count..<min(wanted, precision.repeatsMax)).map { _ in draw() }
      }
      let interval = try #require(Statistics.interval(ofMedian: values))
      if interval.holds(1) { held += 1 }
    }
    #expect(Double(held) / Double(runs) >= 0.94, "\(held) of \(runs)")
  }
}
