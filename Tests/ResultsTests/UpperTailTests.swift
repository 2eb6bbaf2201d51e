// What the greatest of a few values promises, and values on two levels.

import Testing
@testable import Statistics

@Suite struct UpperTailTests {
  @Test func theGreatestOf59HoldsFor95Percent() {
    let fewest = Statistics.fewestForUpperBound
    #expect(Statistics.shareUpToGreatest(of: fewest) >= 0.95)
    #expect(Statistics.shareUpToGreatest(of: fewest - 1) < 0.95)
  }

  @Test func twoLevelsAreSplitWhereTheVarianceIsExplained() throws {
    let values = [412.0, 320, 322, 415, 318, 321, 410, 319, 323]
    let levels = try #require(Statistics.levels(values))
    #expect(levels.low == [318, 319, 320, 321, 322, 323] && levels.high == [410, 412, 415])
  }

  @Test func oneLevelOneOutlierAndNearLevelsAreNotTwo() {
    #expect(Statistics.levels((0..<40).map { 300 + Double($0) }) == nil)
    #expect(Statistics.levels([300, 301, 299, 300, 302, 301, 300, 299, 600]) == nil)
    #expect(Statistics.levels([300, 301, 300, 301, 300, 320, 321, 320, 321]) == nil)
    #expect(Statistics.levels([Double](repeating: 5, count: 20)) == nil)
    #expect(Statistics.levels([1, 1, 1, 9, 9, 9]) == nil, "too few values")
  }

  @Test func theSignTestIsExact() {
    #expect(abs(Statistics.signTest(8, of: 8) - 2.0 / 256) < 1e-12)
    #expect(abs(Statistics.signTest(9, of: 10) - 2.0 * 11 / 1024) < 1e-12)
    #expect(Statistics.signTest(0, of: 0) == 1 && Statistics.signTest(2, of: 4) == 1)
  }
}
