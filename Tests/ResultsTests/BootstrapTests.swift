// The bootstrap interval against every resample there is, and against the interval that verdicts
// rest on.

import Testing
@testable import Statistics

@Suite struct BootstrapTests {
  /// All nⁿ resamples, each with its median: no formula and no chance.
  @Test(arguments: [
    [3.0, 1], [3, 1, 4], [2.5, 7, 1, 8], [3, 1, 4, 1, 5], [12.1, 11.8, 12.6, 13.9, 12, 11.5],
  ])
  func isWhatAllResamplesGive(values: [Double]) throws {
    let count = values.count
    let resamples = (0..<count).reduce(1) { product, _ in product * count }
    let medians = (0..<resamples).map { number in
      var rest = number
      let resample = (0..<count).map { _ in
        defer { rest /= count }
        return values[rest % count]
      }
      return Statistics.median(resample) ?? .nan
    }.sorted()
    // The least value with at least 2.5 % at or below it, and its mirror image.
    let tail = Int((Double(resamples) * 0.025).rounded(.up)) - 1
    let interval = try #require(Statistics.bootstrapInterval(ofMedian: values))
    #expect(interval == Interval(low: medians[tail], high: medians[resamples - 1 - tail]))
  }

  @Test func fewAndManyAndEqualValues() throws {
    #expect(Statistics.bootstrapInterval(ofMedian: []) == nil)
    #expect(Statistics.bootstrapInterval(ofMedian: [4]) == nil)
    for count in [2, 7, 10, 1_000, 10_001] {
      let equal = Array(repeating: 0.1, count: count)
      #expect(
        Statistics.bootstrapInterval(ofMedian: equal) == Interval(low: 0.1, high: 0.1))
    }
    for count in [10_000, 10_001] {
      let interval = try #require(
        Statistics.bootstrapInterval(ofMedian: (0..<count).map(Double.init)))
      // The normal approximation: 1.96 · √n / 2 = 98 places from the middle.
      #expect(abs(interval.low - (Double(count - 1) / 2 - 98)) < 2)
      #expect(abs(interval.high - (Double(count - 1) / 2 + 98)) < 2)
    }
  }

  /// Why verdicts rest on the other one: over 300 samples each of a normal, a log-normal and a far
  /// more skewed distribution, the sign-test interval holds the true median in some 95 %; the
  /// bootstrap's in fewer, and of 7 values in many fewer.
  @Test(arguments: [(7, 0.9), (10, 0.96), (20, 0.95)])
  func promisesMoreThanItHoldsOfFewValues(count: Int, most: Double) {
    var random = TestRandom(seed: 100 + UInt64(count))
    var held = (sign: 0, bootstrap: 0)
    var runs = 0
    let shapes: [@Sendable (Double) -> Double] = [
      { $0 }, { exponential($0) }, { exponential(exponential($0)) },
    ]
    for shape in shapes {
      var heldHere = 0
      for _ in 0..<300 {
        let values = (0..<count).map { _ in shape(random.normal()) }
        runs += 1
        if Statistics.interval(ofMedian: values)?.holds(shape(0)) == true { heldHere += 1 }
        if Statistics.bootstrapInterval(ofMedian: values)?.holds(shape(0)) == true {
          held.bootstrap += 1
        }
      }
      #expect(heldHere > 270, "of 300 with \(count) values")
      held.sign += heldHere
    }
    #expect(Double(held.sign) / Double(runs) > 0.93)
    #expect(Double(held.bootstrap) / Double(runs) < most)
  }
}
