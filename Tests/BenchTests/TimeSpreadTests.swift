// Which rows a default window leaves out, by the times of a table's rows alone.

import Testing
@testable import ExistingTables
@testable import ExportBenchmark

@Suite struct TimeSpreadTests {
  private static let day: Int64 = 86_400_000
  /// 2026-09-01.
  private static let start: Int64 = 1_788_220_800_000
  /// 2026-11-30.
  private static let now: Int64 = 1_795_996_800_000

  /// Rows at a number of days after the start.
  private static func group(_ days: Int64, _ rows: Int) -> TimeSpread.Group {
    TimeSpread.Group(
      first: start + days * day, last: start + days * day + day - 1, rows: rows)
  }

  private static func days(_ range: Range<Int64>, _ rows: Int) -> [TimeSpread.Group] {
    range.map { group($0, rows) }
  }

  private static func moment(_ time: Int64, _ rows: Int = 1) -> TimeSpread.Group {
    TimeSpread.Group(first: time, last: time, rows: rows)
  }

  private struct Case: CustomStringConvertible {
    let description: String
    let groups: [TimeSpread.Group]
    let earlier: Int?
    let later: Int?
  }

  private static let month = days(0..<30, 200)
  private static let in2106 = moment(4_294_967_295_000)
  private static let in1970 = moment(0)

  private static let cases = [
    Case(description: "nothing strange", groups: month, earlier: nil, later: nil),
    Case(description: "2106", groups: month + [in2106], earlier: nil, later: 1),
    Case(description: "1970", groups: [in1970] + month, earlier: 1, later: nil),
    Case(
      description: "all ends, and what no date can say",
      groups: [moment(.min), in1970, moment(978_307_200_000)] + month
        + [in2106, moment(10_413_791_999_999), moment(.max)],
      earlier: 3, later: 3),
    Case(
      description: "a third of the rows without a time", groups: month + [moment(0, 2_000)],
      earlier: 2_000, later: nil),
    Case(
      description: "a few rows of this week, after a pause of two months",
      groups: month + [group(88, 3)], earlier: nil, later: 3),
    Case(
      description: "ingestion that began again after a pause", groups: month + [group(88, 200)],
      earlier: nil, later: nil),
    Case(
      description: "a last day that has only begun", groups: month + [group(30, 1)], earlier: nil,
      later: nil),
    Case(
      description: "few rows of each day, with pauses",
      groups: [group(0, 1), group(40, 1), group(80, 1)], earlier: nil, later: nil),
    Case(
      description: "a table by partition",
      groups: [in1970, .init(first: start, last: start + 29 * day, rows: 6_000), in2106],
      earlier: 1, later: 1),
    Case(description: "only strange rows", groups: [moment(0, 5)], earlier: nil, later: nil),
    Case(
      description: "rows from a clock that is a century ahead",
      groups: [in2106, moment(4_294_967_200_000, 900)],
      earlier: nil, later: nil),
  ]

  @Test(arguments: cases.indices)
  func rowsFarFromTheOthersAreLeftOut(place: Int) throws {
    let one = Self.cases[place]
    let times = try #require(TimeSpread(one.groups.shuffled(), now: Self.now))
    #expect(times.earlier?.rows == one.earlier, "\(one)")
    #expect(times.later?.rows == one.later, "\(one)")
    #expect(times.rows == one.groups.reduce(0) { $0 + $1.rows })
    #expect(times.bodyRows == times.rows - (one.earlier ?? 0) - (one.later ?? 0))
    #expect(TimeSpread.possible.contains(times.whole.lowerBound))
    #expect(TimeSpread.possible.contains(times.whole.upperBound))
  }

  @Test func theClockOfTheServerMayBeBehind() throws {
    // Generated rows, seen from a machine whose clock stands in 2025.
    let times = try #require(
      TimeSpread(Self.month + [Self.in2106], now: Self.start - 400 * Self.day))
    #expect(times.later?.rows == 1)
    #expect(times.body.upperBound == Self.start + 30 * Self.day - 1)
  }

  @Test func noRowsHaveNoTimes() {
    #expect(TimeSpread([], now: Self.now) == nil)
    #expect(TimeSpread([Self.group(0, 0)], now: Self.now) == nil)
  }

  @Test func aWindowThatHoldsAlmostNothingIsTold() throws {
    let times = try #require(TimeSpread(Self.month + [Self.in2106], now: Self.now))
    func said(_ rows: Int, _ from: Int64, _ to: Int64) -> String? {
      times.scarcity(of: rows, in: from...to)
    }
    let (end, hour) = (times.body.upperBound, Int64(3_600_000))
    #expect(said(200, end - Self.day + 1, end) == nil)
    #expect(said(20, end - Self.day + 1, end) == nil, "a quiet day")
    #expect(said(1, end - hour + 1, end) == nil, "a quiet hour")
    let far = try #require(said(1, 4_294_967_295_000 - Self.day + 1, 4_294_967_295_000))
    #expect(
      far.hasPrefix("the window 2106-02-06T06:28:15.001Z to 2106-02-07T06:28:15.000Z has 1 "))
    #expect(
      far.contains("1 of 6,001 rows of the project, where a window of this length would hold"))
    #expect(far.contains("lie from 2026-09-01T00:00:00.000Z to 2026-09-30T23:59:59.999Z"))
    #expect(said(0, end - hour + 1, end)?.contains("has no row of the project") == true)
  }
}
