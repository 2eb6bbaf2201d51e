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

  @Test(arguments: [
    ("1970-01-01", 0), ("2026-09-01", 1_788_220_800_000), ("2024-02-29", 1_709_164_800_000),
    ("2026-09-01T12:00", 1_788_264_000_000), ("2026-09-01 12:00:00.5Z", 1_788_264_000_500),
    ("1900-01-01", -2_208_988_800_000), ("2299-12-31T23:59:59.999", 10_413_791_999_999),
    ("1969-12-31T23:59:59.999", -1),
  ])
  func moments(text: String, milliseconds: Int64) throws {
    #expect(try Moment(parsing: text).milliseconds == milliseconds)
  }

  @Test(arguments: [
    "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-09-01T25:00",
    "2026-09-01T24:00", "2026-09-01T12:60", "2026-09-01T23:59:60", "1899-12-31", "2300-01-01",
    "", "Z", "now", "2026", "2026-9-1", "+026-09-01", "2026-09-01T", "2026-09-01T12",
    "2026-09-01T12:00:00.", "2026-09-01T12:00.5", "2026-09-01T12:00:00.1234",
    "2026-09-01T12:00:00+02:00", "2026-09-01ZZ", "٢٠٢٦-09-01", "2026-09-01T12:00:00\u{0}",
    "9223372036854775807-01-01",
  ])
  func momentsThatDoNotExist(text: String) {
    #expect(throws: UnitError.self) { try Moment(parsing: text) }
  }

  @Test func boundsAreNamed() {
    #expect(throws: UnitError.self) { try TimeSpan(parsing: "146098d") }
    let error = #expect(throws: UnitError.self) {
      try Count(parsing: "0", of: "--rows", in: 1...10_000)
    }
    #expect(error?.description == "--rows is 0; it must be from 1 to 10,000")
    #expect(throws: UnitError.self) { try within(Double.nan, of: "--share", in: 0...1) }
    #expect(throws: UnitError.self) { try ByteCount(parsing: "1TiB", of: "--size", in: 1...1024) }
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
