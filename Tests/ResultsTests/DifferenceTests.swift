// Whether pairs differ, whether values drift, and how sure both are: against SciPy, against every
// flip of signs, and against simulation.

import Foundation
import Testing
@testable import Statistics

@Suite struct DifferenceTests {
  /// scipy.stats.wilcoxon of the logarithms, exact for 10 pairs and with correction for 200.
  @Test func pAgreesWithSciPy() throws {
    let ten = [1.02, 0.97, 1.05, 1.11, 1.01, 0.99, 1.04, 1.08, 0.96, 1.07]
    #expect(close(Statistics.pValue(ofPairs: ten), 0.130859375))
    let many = (0..<200).map { 1 + 0.3 * sin(Double($0) * 12.9898) + 0.03 }
    #expect(close(Statistics.pValue(ofPairs: many), 0.5373692725705046))
    // With ties, by counting all 512 flips of the mean ranks.
    #expect(
      close(Statistics.pValue(ofPairs: [2, 2, 0.5, 2, 4, 1, 0.25, 2, 2, 4]), 0.24609375))
  }

  @Test func unanimousPairsAreAsSureAsTheirNumber() throws {
    for count in [1, 2, 9, 20, 64] {
      let p = try #require(Statistics.pValue(ofPairs: Array(repeating: 1.5, count: count)))
      #expect(close(p, pow(0.5, Double(count - 1))))
    }
    #expect(Statistics.pValue(ofPairs: []) == nil)
    #expect(Statistics.pValue(ofPairs: [1, 1, 1]) == 1, "equal pairs say nothing")
    let beyond = try #require(Statistics.pValue(ofPairs: Array(repeating: 1.5, count: 65)))
    #expect(beyond < 1e-9, "the approximation goes on where the count ends")
  }

  @Test func aDifferenceNeedsBothWitnessesAndEnoughPairs() {
    func steady(_ middle: Double, _ count: Int) -> [Double] {
      (0..<count).map { middle * (1 + 0.001 * Double($0 % 3)) }
    }
    #expect(Difference(steady(1.1, 9)) == .more)
    #expect(Difference(steady(0.9, 9)) == .less)
    #expect(Difference(steady(1.1, 8)) == .tooFew)
    #expect(Difference([1.2]) == .tooFew)
    #expect(Difference([]) == .tooFew)
    #expect(Difference(steady(0.999, 12)) == .none)
    #expect(Difference([3.28, 3.28]) == .more, "rows read are counted, not sampled")
    #expect(Difference([1, 1]) == .none)
    let wide = Interval(low: 0.99, high: 1.2)
    #expect(Difference(count: 20, interval: wide, p: 0.001) == .none)
    let clear = Interval(low: 1.01, high: 1.2)
    #expect(Difference(count: 20, interval: clear, p: 0.006) == .none)
  }

  /// scipy.stats.theilslopes; Mann's test by hand with scipy.stats.norm.
  @Test func driftAgreesWithSciPy() throws {
    let rising = try #require(
      Statistics.drift([10, 10.5, 10.2, 11, 11.4, 11.1, 12, 12.2, 11.9, 13]))
    #expect(close(rising.share, 0.24) && close(rising.p, 0.0012821837418053048))
    #expect(rising.isUnstable)
    let ties = try #require(Statistics.drift([1, 1, 2, 2, 2, 3, 1, 4, 4, 5]))
    #expect(close(ties.share, 1.9285714285714284) && close(ties.p, 0.007255622276777044))
    #expect(!ties.isUnstable, "not sure enough")
    #expect(try #require(Statistics.drift(Array(repeating: 3, count: 10))).p == 1)
    #expect(Statistics.drift([1, 2, 3, 4, 5, 6, 7]) == nil, "too few to tell")
    let slight = (0..<1_000).map { 100 + Double($0) * 0.005 }
    #expect(try #require(Statistics.drift(slight)).isUnstable == false, "sure, and only 5 %")
    #expect(abs(try #require(Statistics.drift(slight)).share - 0.0488) < 0.001)
  }

  /// Both sides from the same log-normal noise: at most 1 % of 1,000 comparisons raise an alarm.
  @Test(arguments: [10, 20]) func falseAlarmsAreRare(pairs: Int) {
    var random = TestRandom(seed: UInt64(pairs))
    let alarms = (0..<1_000).count { _ in
      let ratios = (0..<pairs).map { _ in exp(0.1 * (random.normal() - random.normal())) }
      return [.less, .more].contains(Difference(ratios))
    }
    #expect(alarms <= 10)
  }

  /// A planted 5 % is found in at least 95 % of runs with as many pairs as `Power` asks for,
  /// whatever the shape of the noise.
  @Test(arguments: [0, 1, 2]) func aPlantedDifferenceIsFound(shape: Int) throws {
    var random = TestRandom(seed: 7 + UInt64(shape))
    func noise() -> Double {
      switch shape {
      case 0: return 0.1 * random.normal()
      case 1:
        return 0.15
          * (Double.random(in: -1...1, using: &random) - Double.random(in: -1...1, using: &random))
      // One value in ten five times as wide.
      default: return (Int.random(in: 0..<10, using: &random) == 0 ? 0.3 : 0.06) * random.normal()
      }
    }
    let deviation = try #require(
      Power.deviation(ofLogRatios: (0..<10_000).map { _ in noise() }))
    let pairs = Power.pairs(toShow: 0.05, deviation: deviation)
    let found = (0..<200).count { _ in
      Difference((0..<pairs).map { _ in 1.05 * exp(noise()) }) == .more
    }
    #expect(found >= 190, "\(found) of 200, with \(pairs) pairs")
  }

  @Test func powerGoesBothWays() throws {
    let smallest = try #require(Power.smallestDifference(deviation: 0.1, pairs: 120))
    #expect((0.048...0.05).contains(smallest))
    #expect((115...121).contains(Power.pairs(toShow: smallest, deviation: 0.1)))
    #expect(Power.smallestDifference(deviation: 0.1, pairs: 8) == nil)
    #expect(Power.smallestDifference(deviation: 0, pairs: 10) == 0)
    #expect(Power.pairs(toShow: 0.05, deviation: 0) == Difference.fewestPairs)
    // Robust: one wild value changes nothing; normal noise gives its standard deviation.
    var random = TestRandom(seed: 3)
    let logs = (0..<5_000).map { _ in 0.2 * random.normal() }
    #expect(abs(try #require(Power.deviation(ofLogRatios: logs)) - 0.2) < 0.01)
    #expect(abs(try #require(Power.deviation(ofLogRatios: logs + [1e6])) - 0.2) < 0.01)
    #expect(Power.deviation(ofLogRatios: [1, 2, 3, 4]) == nil)
  }

  private func close(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) < 1e-9 } ?? false
  }
}
