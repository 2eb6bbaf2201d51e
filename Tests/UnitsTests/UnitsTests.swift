import Testing
import Units

@Suite struct UnitsTests {
  @Test(arguments: [
    ("1GiB", 1_073_741_824), ("1.5 MB", 1_500_000), ("4096", 4096), ("64KiB", 65536), ("7B", 7),
  ])
  func sizes(text: String, bytes: Int) throws {
    #expect(try ByteCount(parsing: text).bytes == bytes)
  }

  @Test(arguments: [("20m", 1_200_000), ("250ms", 250), ("30d", 2_592_000_000), ("90s", 90_000)])
  func spans(text: String, milliseconds: Int) throws {
    #expect(try TimeSpan(parsing: text).milliseconds == milliseconds)
    #expect(
      try TimeSpan(parsing: TimeSpan(milliseconds: milliseconds).description).milliseconds
        == milliseconds)
  }

  @Test func aBareNumberIsNotASpan() {
    #expect(throws: UnitError.self) { try TimeSpan(parsing: "20") }
    #expect(throws: UnitError.self) { try TimeSpan(parsing: "-1h") }
    #expect(throws: UnitError.self) { try Count(parsing: "many") }
    #expect(throws: UnitError.self) { try Count(parsing: "1.2345k") }
    #expect(throws: UnitError.self) { try ByteCount(parsing: "0xGiB") }
  }

  @Test func printing() {
    #expect(Count(1_234_567).description == "1,234,567")
    #expect(ByteCount(1_460_000_000).description == "1.36 GiB")
    #expect(ByteCount(1000).description == "0.977 KiB")
    #expect(significant(0.7384) == "0.738")
    #expect(fixed(-0.004, 2) == "0.00")
    #expect(fixed(1.005, 1) == "1.0")
  }
}
