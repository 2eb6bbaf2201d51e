// Moments as parameters of a query, which must not depend on a server's time zone, and windows
// within what the table's key can hold.

import Testing
@testable import ExistingTables
@testable import ExportBenchmark
@testable import Units

@Suite struct MomentTests {
  @Test(arguments: [
    (0, "0.000"), (7, "0.007"), (42, "0.042"), (999, "0.999"), (1000, "1.000"),
    (1_788_220_800_000, "1788220800.000"), (1_788_220_800_050, "1788220800.050"),
    (1_788_224_399_999, "1788224399.999"), (999_999, "999.999"),
    // ClickHouse 25.8.2 reads four digits as a year.
    (1_000_000, "0000001000.000"), (9_999_999, "0000009999.999"), (10_000_000, "10000.000"),
  ])
  func millisecondsKeepTheirThreeDigits(milliseconds: Int64, text: String) {
    #expect(epochSeconds(milliseconds) == text)
  }

  /// What the table's key cannot hold is cut off, also of what a server says.
  @Test(
    arguments: [
      (nil, 1, 1_790_000_000_000, 1_789_913_600_001...1_790_000_000_000),
      // 25,000 days before the newest row, and a newest row that is the epoch.
      (nil, 25_000, 1_790_000_000_000, 0...1_790_000_000_000), (nil, 1, 0, 0...0),
      (nil, 146_097, 0, 0...0), (nil, 1, Int64.min, 0...0),
      (nil, 1, Int64.max, 5_662_224_000_000...5_662_310_399_999),
      (Int64(5_662_310_399_000), 1, 0, 5_662_310_399_000...5_662_310_399_999),
    ] as [(Int64?, Int, Int64, ClosedRange<Int64>)])
  func windowsHaveWhatTheKeyCanHold(
    from: Int64?, days: Int, newest: Int64, range: ClosedRange<Int64>
  ) throws {
    let window = WindowBounds(
      from: from, length: TimeSpan(milliseconds: days * 86_400_000))
    #expect(try window.range(newest: newest) == range)
  }
}
