// Two samples that are not paired: against counting by hand, published tables, and simulation.

import Foundation
import Testing
@testable import Statistics

@Suite struct TwoSamplesTests {
  /// Every choice of ranks counted the long way.
  @Test(arguments: [
    ([1.1, 2.2, 3.3], [2.0, 4.0, 5.0, 6.0]), ([1, 1, 2, 2], [1, 2, 2, 3, 3]),
    ([5, 6, 7, 8], [1, 2, 3, 4]), ([2, 2, 2], [2, 2, 2]),
  ]) func pIsThatOfEveryChoice(sample: [Double], other: [Double]) throws {
    let all = sample + other
    func rank(_ value: Double) -> Double {
      Double(all.count { $0 < value }) + Double(all.count { $0 == value } + 1) / 2
    }
    let seen = sample.map(rank).reduce(0, +)
    var (below, above, choices) = (0, 0, 0)
    for chosen in 0..<(1 << all.count) where chosen.nonzeroBitCount == sample.count {
      let sum = all.indices.filter { chosen >> $0 & 1 == 1 }.map { rank(all[$0]) }.reduce(0, +)
      choices += 1
      if sum <= seen { below += 1 }
      if sum >= seen { above += 1 }
    }
    let p = try #require(Statistics.pValue(of: sample, against: other))
    #expect(abs(p - min(1, 2 * Double(min(below, above)) / Double(choices))) < 1e-12)
  }

  @Test func theApproximationGoesOnWhereTheCountEnds() throws {
    var random = TestRandom(seed: 4)
    let sample = (0..<32).map { _ in random.normal() + 0.5 }
    let other = (0..<32).map { _ in random.normal() }
    let exact = try #require(Statistics.pValue(of: sample, against: other))
    let near = try #require(Statistics.pValue(of: sample + [0.25], against: other))
    #expect(abs(exact - near) < 0.01)
  }

  /// Critical values of U at 5 %, two-sided, from the published tables: 23 for 10 and 10, 5 for 6
  /// and 6, 2 for 5 and 5. The interval begins one value further in.
  @Test(arguments: [(10, 23), (6, 5), (5, 2)]) func theIntervalIsThatOfTheTables(
    count: Int, critical: Int
  ) throws {
    var random = TestRandom(seed: UInt64(count))
    let sample = (0..<count).map { _ in exponential(random.normal()) }
    let other = (0..<count).map { _ in exponential(random.normal()) }
    let ratios = sample.flatMap { above in other.map { above / $0 } }.sorted()
    let shift = try #require(Statistics.shift(of: sample, against: other))
    let interval = try #require(shift.interval)
    #expect(interval.low == ratios[critical])
    #expect(interval.high == ratios[ratios.count - 1 - critical])
    #expect((interval.low...interval.high).contains(shift.factor))
  }

  @Test func whatCannotBeSaidIsNotSaid() throws {
    #expect(Statistics.pValue(of: [], against: [1]) == nil)
    #expect(Statistics.shift(of: [1, 0], against: [1]) == nil, "0 has no ratio")
    #expect(try #require(Statistics.shift(of: [2, 2, 2], against: [1, 1, 1])).interval == nil)
    #expect(try #require(Statistics.shift(of: [2, 2, 2], against: [1, 1, 1])).factor == 2)
    #expect(abs(Statistics.leastPValue(5, against: 5) - 2 / 252) < 1e-12)
    #expect(Statistics.leastPValue(1, against: 1) == 1)
  }

  /// Holm's own procedure: by hand.
  @Test func holmAdjustsInTheOrderGiven() {
    #expect(Statistics.holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06])
    #expect(Statistics.holm([0.5, 0.9]) == [1, 1])
    #expect(Statistics.holm([]).isEmpty)
  }

  @Test func theIntervalHoldsTheTrueFactor() throws {
    var random = TestRandom(seed: 9)
    let held = try (0..<1_000).count { _ in
      let sample = (0..<8).map { _ in 1.3 * exponential(0.2 * random.normal()) }
      let other = (0..<8).map { _ in exponential(0.2 * random.normal()) }
      let ends = try #require(Statistics.shift(of: sample, against: other)?.interval)
      return (ends.low...ends.high).contains(1.3)
    }
    #expect(held >= 935, "\(held) of 1,000")
  }
}
