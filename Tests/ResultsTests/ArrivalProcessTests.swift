// Schedules, turns and their times, as plain tables; and a stall whose percentiles can be computed.

import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import RunStore
@testable import Statistics
@testable import Units

@Suite struct ArrivalProcessTests {
  private func rounded(_ values: [Double]) -> [Double] { values.map { ($0 * 10).rounded() / 10 } }

  @Test func aConstantScheduleHasTheSameTimeBetweenAll() {
    #expect(ArrivalProcess(.constant, rate: 4).starts(within: 1000) == [0, 250, 500, 750])
    #expect(ArrivalProcess(.constant, rate: 4).starts(within: 1001).count == 5)
    #expect(ArrivalProcess(.constant, rate: 0.5).starts(within: 1000) == [0])
  }

  @Test func aRampHasTheAreaUnderItsRate() {
    // From 1 to 3 a second within 4 s: t + t²/4 requests after t seconds.
    let starts = ArrivalProcess(.ramp, rate: 1, rateTo: 3).starts(within: 4000)
    #expect(starts.count == 8)
    for (number, ms) in starts.enumerated() {
      let t = ms / 1000
      #expect(abs(t + t * t / 4 - Double(number)) < 1e-9)
    }
    let falling = ArrivalProcess(.ramp, rate: 3, rateTo: 1).starts(within: 4000)
    #expect(falling.count == 8 && falling == falling.sorted())
    #expect(rounded([falling[1]]) == [343.1])
    #expect(
      ArrivalProcess(.ramp, rate: 2, rateTo: 2).starts(within: 2000) == [0, 500, 1000, 1500])
  }

  @Test func poissonFollowsFromItsSeed() {
    let one = ArrivalProcess(.poisson, rate: 100, seed: 7).starts(within: 100_000)
    #expect(one == ArrivalProcess(.poisson, rate: 100, seed: 7).starts(within: 100_000))
    #expect(one != ArrivalProcess(.poisson, rate: 100, seed: 8).starts(within: 100_000))
    #expect(one == one.sorted() && one.allSatisfy { (0..<100_000).contains($0) })
    // 10,000 ± 6 standard deviations; times between them whose variance is their mean squared.
    #expect((9_400...10_600).contains(one.count))
    #expect(one.count <= ArrivalProcess(.poisson, rate: 100).countMax(within: 100_000))
    let gaps = zip(one.dropFirst(), one).map { $0 - $1 }
    let mean = gaps.reduce(0, +) / Double(gaps.count)
    let variance = gaps.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(gaps.count)
    #expect(abs(variance.squareRoot() / mean - 1) < 0.05)
  }

  @Test func aTurnKeepsItsIntendedStart() {
    var scheduler = OpenLoopScheduler(
      ArrivalProcess(.constant, rate: 10), spanMs: 500, graceMs: 100)
    #expect(scheduler.planned == 5)
    #expect(scheduler.take(at: 0) == .init(number: 1, scheduledMs: 0))
    // Taken ahead of its time, and long after it.
    #expect(scheduler.take(at: 0) == .init(number: 2, scheduledMs: 100))
    #expect(scheduler.overdue(at: 350) == 2)
    #expect(scheduler.take(at: 350) == .init(number: 3, scheduledMs: 200))
    // Nobody comes before patience is over.
    #expect(scheduler.take(at: 601) == nil)
    #expect(scheduler.left.map(\.number) == [4, 5])
  }

  /// Drivers that share a stream make its requests once, each over connections of its own.
  @Test(arguments: [(1, 1), (2, 4), (3, 4), (4, 4), (5, 2)])
  func sharesOfAStreamAreTheWhole(drivers: Int, connections: Int) throws {
    let arrivals = ArrivalProcess(.poisson, rate: 20, seed: 3)
    let whole = OpenLoopScheduler(arrivals, spanMs: 2000, graceMs: 0).left
    let stream = LoadTestQuestion.Stream(
      name: "ingest", arrivals: arrivals, connections: connections)
    var turns: [OpenLoopScheduler.Turn] = []
    var shared = 0
    for number in 1...drivers {
      let part = try #require(DriverShard(number, of: drivers))
      guard let share = stream.share(of: part) else { continue }
      #expect(share.stream.connections > 0)
      shared += share.stream.connections
      turns += OpenLoopScheduler(arrivals, spanMs: 2000, graceMs: 0, share: share.of).left
    }
    #expect(shared == connections)
    #expect(turns.sorted { $0.number < $1.number } == whole)
  }

  @Test func aClosedLoopIsDueWhenItIsFree() {
    var scheduler = OpenLoopScheduler(ArrivalProcess(.backToBack, rate: 1), spanMs: 500, graceMs: 0)
    #expect(scheduler.take(at: 123) == .init(number: 1, scheduledMs: 123))
    #expect(scheduler.take(at: 499)?.number == 2 && scheduler.take(at: 500) == nil)
    #expect(scheduler.planned == 2 && scheduler.left.isEmpty)
  }

  @Test(arguments: [
    // Begun when due; late though a connection was free; due while all were busy; both.
    (RequestTimings(intended: 100, freed: 50, began: 100, ended: 130), 0.0, 0.0, 30.0),
    (RequestTimings(intended: 100, freed: 50, began: 107, ended: 130), 7, 0, 23),
    (RequestTimings(intended: 100, freed: 160, began: 160, ended: 200), 0, 60, 40),
    (RequestTimings(intended: 100, freed: 160, began: 165, ended: 200), 5, 60, 35),
  ])
  func timesAddUp(moments: RequestTimings, lag: Double, wait: Double, service: Double) {
    #expect(moments.lag == lag && moments.wait == wait && moments.service == service)
    #expect(moments.lag + moments.wait + moments.service == moments.response)
  }

  /// The open loop against a server that answers in a millisecond, but stands still from one moment
  /// to another.
  private func run(
    _ arrivals: ArrivalProcess, connections: Int, spanMs: Double, stall: ClosedRange<Double>
  ) -> (response: [Double], service: [Double]) {
    var scheduler = OpenLoopScheduler(arrivals, spanMs: spanMs, graceMs: 1e9)
    var freed = Array(repeating: 0.0, count: connections)
    var done: [RequestTimings] = []
    while let next = freed.indices.min(by: { freed[$0] < freed[$1] }),
      let turn = scheduler.take(at: freed[next])
    {
      let began = max(turn.scheduledMs, freed[next])
      let ended = (stall.contains(began) ? stall.upperBound : began) + 1
      done.append(
        RequestTimings(intended: turn.scheduledMs, freed: freed[next], began: began, ended: ended))
      freed[next] = ended
    }
    return (done.map(\.response), done.map(\.service))
  }

  @Test(arguments: [1, 4, 16])
  func aStallOfASecondShowsInThePercentiles(connections: Int) throws {
    // 100 a second for 20 s: of 2,000 responses the 20 longest are from 1.0 s down, 10 ms apart,
    // and the 21st is the 99th percentile. Behind the stall one connection clears a request every
    // millisecond.
    let (response, service) = run(
      ArrivalProcess(.constant, rate: 100), connections: connections, spanMs: 20_000,
      stall: 5000...6000)
    #expect(response.count == 2000)
    let computed = 1000.0 - 20 * 10
    let p99 = try #require(LatencyHistogram(response).percentile(99))
    #expect(abs(p99 / computed - 1) < 0.05, "\(p99) and not \(computed)")
    // The service times of the few requests that were under way are all that shows otherwise.
    let hidden = try #require(LatencyHistogram(service).percentile(99))
    #expect(hidden < 2, "\(hidden)")
  }

  @Test func aStallShowsAtThePercentileWhereverItIs() throws {
    for seed in UInt64(1)...20 {
      let (response, _) = run(
        ArrivalProcess(.poisson, rate: 100, seed: seed), connections: 4, spanMs: 20_000,
        stall: 7_000...8_000)
      // The times of all who came during the stall, from the schedule alone.
      let starts = ArrivalProcess(.poisson, rate: 100, seed: seed).starts(within: 20_000)
      let all = starts.map { (7_000...8_000).contains($0) ? 8_001 - $0 : 1 }
      let computed = try #require(LatencyHistogram(all).percentile(99))
      let p99 = try #require(LatencyHistogram(response).percentile(99))
      #expect(abs(p99 / computed - 1) < 0.05, "seed \(seed): \(p99) and not \(computed)")
    }
  }

  @Test func aPercentileNeedsItsCount() {
    let ten = LatencyHistogram((1...10).map(Double.init))
    // Three digits: 9 ms lie in a class that ends at 9.003.
    #expect((ten.percentile(50).map { Int($0.rounded()) }) == 5)
    #expect((ten.percentile(90).map { Int($0.rounded()) }) == 9 && ten.percentile(99) == nil)
    #expect(ten.highest?.percent == 90 && LatencyHistogram().highest == nil)
    #expect(LatencyHistogram((1...99).map(Double.init)).percentile(99) == nil)
    #expect(LatencyHistogram((1...100).map(Double.init)).percentile(99) != nil)
    #expect([50, 90, 99, 99.9].map(LatencyHistogram.fewest) == [2, 10, 100, 1000])
    var sum = ten
    sum.add(LatencyHistogram([.nan, 40_000_000]))
    #expect(sum.count == 11)
    // Three digits, whatever the range.
    #expect(abs((sum.longest ?? 0) / 40_000_000 - 1) < 0.001)
  }
}
