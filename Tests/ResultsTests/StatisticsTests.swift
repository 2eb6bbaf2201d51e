// Medians, intervals and outliers against NumPy and SciPy, and against simulation.

import Testing
@testable import Statistics

@Suite struct StatisticsTests {
  static let ten = [12.1, 11.8, 12.6, 13.9, 12.0, 11.5, 12.2, 12.9, 11.9, 12.4]
  static let six = [3.0, 1, 4, 1, 5, 9]
  static let ties = [
    2.0, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5, 2, 3, 5, 3, 6,
  ]
  static let many = (0..<101).map { Double($0 * 37 % 101) }

  /// numpy.quantile with its default method.
  @Test func quantilesAgreeWithNumPy() throws {
    for (values, quarter, middle, ninth) in [
      (Self.ten, 11.925, 12.15, 13.0), (Self.six, 1.5, 3.5, 7.0), (Self.ties, 2.0, 4.0, 8.0),
      (Self.many, 25.0, 50.0, 90.0),
    ] {
      #expect(close(Statistics.quantile(values, 0.25), quarter))
      #expect(close(Statistics.median(values), middle))
      #expect(close(Statistics.quantile(values, 0.9), ninth))
    }
    #expect(Statistics.quantile(Self.six, -1) == 1)
    #expect(Statistics.quantile(Self.six, 2) == 9)
  }

  /// Computed apart, with scipy.stats.binom for the confidence of each pair of order statistics.
  @Test func intervalsAgreeWithSciPy() {
    for (values, low, high) in [
      (Self.ten, 11.865765765765765, 12.702702702702702), (Self.six, 1, 7.571428571428569),
      (Self.ties, 2, 6.326489734601902), (Self.many, 40.20280019638736, 59.79719980361264),
    ] {
      let interval = Statistics.interval(ofMedian: values)
      #expect(close(interval?.low, low))
      #expect(close(interval?.high, high))
    }
  }

  @Test func fewValuesGiveTheirRangeAndOneGivesNothing() {
    #expect(Statistics.interval(ofMedian: []) == nil)
    #expect(Statistics.interval(ofMedian: [4]) == nil)
    #expect(Statistics.interval(ofMedian: [4, 2]) == Interval(low: 2, high: 4))
    #expect(Statistics.interval(ofMedian: [5, 1, 3, 2, 4]) == Interval(low: 1, high: 5))
    #expect(Statistics.confidence(count: 1) == nil)
    #expect(Statistics.confidence(count: 2) == 0.5)
    #expect(Statistics.confidence(count: 5) == 0.9375)
    #expect(Statistics.confidence(count: 6) == 0.95)
  }

  @Test(arguments: [2, 5, 6, 7, 10, 1_000, 2_001])
  func equalValuesGiveAnIntervalWithoutWidth(count: Int) {
    let interval = Statistics.interval(ofMedian: Array(repeating: 0.1, count: count))
    #expect(interval == Interval(low: 0.1, high: 0.1))
  }

  @Test func theIntervalOfManyValuesStaysFinite() throws {
    let values = (0..<100_000).map(Double.init)
    let interval = try #require(Statistics.interval(ofMedian: values))
    // The normal approximation: 1.96 · √n / 2 places from the middle.
    #expect(abs(interval.low - (49_999.5 - 309.9)) < 2)
    #expect(abs(interval.high - (49_999.5 + 309.9)) < 2)
  }

  @Test func whatIsNotFiniteIsLeftOut() {
    #expect(Statistics.median([.nan, 1, .infinity, 3]) == 2)
    #expect(Statistics.interval(ofMedian: [.nan, 1, 3, -.infinity]) == Interval(low: 1, high: 3))
    #expect(Estimate([.nan]) == nil)
    #expect(Estimate([.nan, 5])?.count == 1)
    #expect(Statistics.outliers([.nan, .nan]).isEmpty)
  }

  /// By hand: the median is 10, the MAD 1, so a score of 3.5 lies 5.189 from the middle.
  @Test func outliersAreFarFromTheMedianInMADs() {
    #expect(Statistics.outliers([8, 9, 9, 10, 10, 11, 11, 12, 15.1]).isEmpty)
    #expect(Statistics.outliers([8, 9, 9, 10, 10, 11, 11, 12, 15.2]) == [8])
    #expect(Statistics.outliers([4.7, 9, 9, 10, 10, 11, 11, 12, 30]) == [0, 8])
    #expect(Statistics.outliers([7, 7, 7, 7, 7, 7, 7, 7, 7, 8]) == [9], "the MAD is 0")
    #expect(Statistics.outliers([7, 7, 7]).isEmpty)
    #expect(Statistics.outliers([]).isEmpty)
  }

  /// 300 samples each: between 88 % and 99 % of the intervals hold the true median, whatever the
  /// shape.
  @Test(arguments: [6, 7, 10, 15, 20])
  func theIntervalHoldsTheTrueMedian(count: Int) {
    var random = TestRandom(seed: UInt64(count))
    var normal = 0
    var skewed = 0
    for _ in 0..<300 {
      let values = (0..<count).map { _ in random.normal() }
      if Statistics.interval(ofMedian: values)?.holds(0) == true { normal += 1 }
      // Log-normal: long to the right, as times are; the true median is 1.
      if Statistics.interval(ofMedian: values.map(exponential))?.holds(1) == true { skewed += 1 }
    }
    #expect((264...297).contains(normal))
    #expect((264...297).contains(skewed))
  }

  private func close(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) < 1e-9 } ?? false
  }
}

extension Interval {
  func holds(_ value: Double) -> Bool { low <= value && value <= high }
}
