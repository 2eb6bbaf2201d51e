// Moments as parameters of a query, which must not depend on a server's time zone.

import Testing
import Units

@testable import Bench

@Suite struct MomentTests {
  @Test(arguments: [
    (0, "0.000"), (7, "0.007"), (42, "0.042"), (999, "0.999"), (1000, "1.000"),
    (1_788_220_800_000, "1788220800.000"), (1_788_220_800_050, "1788220800.050"),
    (1_788_224_399_999, "1788224399.999"), (999_999, "999.999"),
    // ClickHouse 25.8.2 reads four digits as a year, and -0.5 as 0.5.
    (1_000_000, "0000001000.000"), (9_999_999, "0000009999.999"), (10_000_000, "10000.000"),
    (-1, "-1.000"), (-999, "-1.000"), (-1000, "-1.000"), (-1500, "-1.500"),
    (-86_399_999, "-86399.999"), (-2_208_988_800_000, "-2208988800.000"),
  ])
  func millisecondsKeepTheirThreeDigits(milliseconds: Int64, text: String) {
    #expect(epochSeconds(milliseconds) == text)
  }

  @Test func theLastSecondBefore1970IsWidened() {
    #expect(epochSeconds(-500, isEnd: true) == "0.000")
    #expect(epochSeconds(-1000, isEnd: true) == "-1.000")
  }

  @Test(
    arguments: [
      // 25,000 days before the newest row, and a window that ends at the epoch.
      (nil, nil, 25_000, 1_790_000_000_000, -369_999_999_999...1_790_000_000_000),
      (nil, nil, 1, 0, -86_399_999...0),
      (nil, Int64(-31_536_000_000), 1, 0, -31_622_399_999 ... -31_536_000_000),
      // What DateTime64(3) cannot hold is cut off, also of what a server says.
      (nil, nil, 146_097, 0, -2_208_988_800_000...0),
      (nil, nil, 1, Int64.max, 10_413_705_600_000...10_413_791_999_999),
      (nil, nil, 1, Int64.min, -2_208_988_800_000 ... -2_208_988_800_000),
      (Int64(10_413_791_999_000), nil, 1, 0, 10_413_791_999_000...10_413_791_999_999),
    ] as [(Int64?, Int64?, Int, Int64, ClosedRange<Int64>)])
  func windowsStayWithinWhatCanBeHeld(
    from: Int64?, to: Int64?, days: Int, newest: Int64, range: ClosedRange<Int64>
  ) throws {
    let window = Verification.Window(
      from: from, to: to, length: TimeSpan(milliseconds: days * 86_400_000))
    #expect(try window.range(newest: newest) == range)
  }
}
