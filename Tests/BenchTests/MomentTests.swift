// Moments as parameters of a query, which must not depend on a server's time zone.

import Testing

@testable import Bench

@Suite struct MomentTests {
  @Test(arguments: [
    (0, "0.000"), (7, "0.007"), (42, "0.042"), (999, "0.999"), (1000, "1.000"),
    (1_788_220_800_000, "1788220800.000"), (1_788_220_800_050, "1788220800.050"),
    (1_788_224_399_999, "1788224399.999"),
  ])
  func millisecondsKeepTheirThreeDigits(milliseconds: Int64, text: String) {
    #expect(epochSeconds(milliseconds) == text)
  }
}
