// What a load's benchmark may say, and the open loop on a real clock against a server that stalls
// on demand.

import TestSupport
import Testing
@testable import BenchmarkSpec
@testable import ClickHouseClient
@testable import LoadTest
@testable import ObservationGenerator
@testable import RunStore
@testable import Statistics
@testable import Units

@Suite(.timeLimit(.minutes(5))) struct LoadTests {
  private static let whole = """
    name: x
    description: y
    dataset: d.yaml
    load: {duration: 10s, warmup: 2s, rounds: 2, preload: 1k, views: [without, with]}
    ingest: {rows_per_batch: 1k, rate: {from: 1, to: 9}, schedule: ramp, async_insert: false}
    exports:
      - {path: limit-by, window: 6h, rate: 0.5, schedule: poisson, concurrency: [1, 4]}
    service_level: {p99: 2s, errors: 0, server_memory: 8GiB}
    search:
      - {raise: rate, of: ingest, to: 64}
      - {raise: concurrency, of: limit-by 6h x4, from: 1, to: 8, alone: true, view: with}
    thresholds:
      - {figure: p99, of: limit-by, during: both, view: with, at_most: 1500ms}
      - {figure: server_memory, at_most: 1GiB}
    """

  @Test func aBenchmarkIsReadAsAWhole() throws {
    let benchmark = try LoadBenchmark(yaml: Self.whole, file: "x.yaml")
    let question = benchmark.question
    #expect(!benchmark.isAsync && question.targets == [.plain, .withView])
    #expect(question.ingest?.arrivals == ArrivalProcess(.ramp, rate: 1, rateTo: 9))
    #expect(question.exports.map(\.name) == ["limit-by 6h x1", "limit-by 6h x4"])
    #expect(question.exports[1].connections == 4 && question.exports[1].windowMs == 21_600_000)
    #expect(
      question.serviceLevel == ServiceLevel(p99Ms: 2000, errors: 0, serverMemoryBytes: 8 << 30))
    #expect(
      question.searches.map(\.name) == [
        "rate of ingest, without view", "concurrency of limit-by 6h x4 alone, with view",
      ])
    #expect(question.thresholds[0].atMost == 1500 && question.thresholds[1].atMost == 1_073_741_824)
    #expect(question.cells.count == 10)
    #expect(LoadBenchmark.isLoad(yaml: Self.whole) && !LoadBenchmark.isLoad(yaml: "name: load"))
  }

  @Test(arguments: [
    ("rate: 0.5", "rate: 0", "'exports[0].rate' is 0; it must be from 0.001 to 100000"),
    ("{from: 1, to: 9}", "3", "'ingest.rate' is not a mapping"),
    ("schedule: poisson", "schedule: posson", "did you mean 'poisson'?"),
    ("[1, 4]", "[4, 4]", "'exports' has an export twice"),
    ("of: ingest", "of: injest", "did you mean 'ingest'?"),
    ("duration: 10s", "duration: 10h", "requests in one phase"),
    ("views: [without, with]", "views: [with, with]", "has a duplicate"),
    ("at_most: 1GiB", "", "needs 'at_most' or 'at_least'"),
    ("to: 64", "from: 65, to: 64", "'from' is larger than 'to'"),
    ("at_most: 1500ms", "at_most: 1500", "'thresholds[0].at_most' is wrong"),
    ("service_level: {p99: 2s, errors: 0, server_memory: 8GiB}", "", "needs a 'service_level'"),
  ])
  func aBadBenchmarkIsNamed(good: String, bad: String, words: String) async {
    let yaml = Self.whole.replacing(good, with: bad)
      .replacing(
        "rate: {from: 1, to: 9}",
        with: bad.contains("10h") ? "rate: {from: 1, to: 900}" : "rate: {from: 1, to: 9}")
    let sentence = await sentence { _ = try LoadBenchmark(yaml: yaml, file: "x.yaml") }
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.hasPrefix("x.yaml"), "\(sentence)")
  }

  /// What became of every driver's batches says which rows are in the table.
  @Test func batchesOfSeveralDriversAreToldByNumber() throws {
    var dataset = Dataset(
      name: "d", observations: 300, start: 1_788_220_800_000,
      span: TimeSpan(milliseconds: 86_400_000))
    dataset.versions = [0.5, 0.5]
    let alone = BatchAccounting(dataset)
    let drivers = (1...3).map { BatchAccounting(dataset, driver: DriverShard($0, of: 3)) }
    for ledger in [alone] + drivers { #expect(ledger.preload(25).count == 25) }
    for _ in 1...9 { alone.settle(alone.take(7), .acknowledged) }
    for (place, driver) in drivers.enumerated() {
      for count in 1...3 {
        let batch = driver.take(7)
        #expect(batch.number == 3 * (count - 1) + place + 1)
        driver.settle(batch, place == 2 && count == 2 ? .unknown : .acknowledged)
      }
    }
    let account = drivers[0].account(with: drivers.dropFirst().map(\.outcomes), rowsPerBatch: 7)
    #expect(account.acknowledgedBatches == 8 && account.uncertainBatches == 1)
    let whole = alone.account()
    #expect(Set(account.acknowledged + account.uncertain) == Set(whole.acknowledged))
    #expect(account.uncertain.count == 7 && account.acknowledged.count == 25 + 8 * 7)
  }

  /// Asks a server something trivial.
  private struct Asking: RequestExecutor {
    let client: Client

    func prepare() {}
    func perform(_ sample: inout RequestSample) async {
      do { try await client.execute(Query("SELECT 1")) } catch { sample.end(with: error) }
    }
  }

  private func question(
    rate: Double, seconds: Double
  ) -> (LoadTestQuestion, LoadTestQuestion.Stream) {
    var question = LoadTestQuestion()
    question.durationMs = Int(seconds * 1000)
    let stream = LoadTestQuestion.Stream(
      name: "asking", arrivals: ArrivalProcess(.constant, rate: rate), connections: 1)
    return (question, stream)
  }

  @Test func aStallOfTheServerShowsInTheResponseTimes() async throws {
    // A hundred a second for two seconds over one connection; the 101st is answered a second
    // late.
    // In one piece, or the kernel holds the next one back for 40 ms.
    let answer = FakeServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1\n")
    let quick = Array(repeating: [FakeServer.Step.read, answer], count: 100).flatMap(\.self)
    let server = FakeServer(quick + [.read, .pause, answer] + quick.dropLast(2))
    let client = Client(try Endpoint(server.url), connectionsMax: 1)
    let (question, stream) = question(rate: 100, seconds: 2)
    let log = RequestLog(phase: 1)
    let loop = OpenLoop(stream, question, log) { _ in Asking(client: client) }
    async let running: Void = loop.run(since: ContinuousClock.now)
    try await eventually("the server stalls") {
      server.received.count > 100
    }
    try await Task.sleep(for: .seconds(1))
    server.resume()
    await running
    let requests = log.fetch()
    #expect(requests.count == 200 && requests.allSatisfy { $0.status == .ok })
    #expect(requests.map(\.number).sorted() == Array(1...200))
    for request in requests {
      let sum = (request.lagMs ?? 0) + (request.waitMs ?? 0) + (request.serviceMs ?? 0)
      #expect(abs(sum - request.responseMs) < 0.01)
    }
    // A machine that is busy makes every answer late, so what the percentile must be comes from the
    // service times of this very run: one connection serves one after the other, and nothing can
    // begin before it is due (Lindley, 1952). `ArrivalProcessTests` hold it to 5 %
    // from above as well.
    var end = 0.0
    let computed = requests.sorted { $0.number < $1.number }.map { request in
      end = max(end, request.scheduledMs) + (request.serviceMs ?? 0)
      return end - request.scheduledMs
    }
    let expected = try #require(LatencyHistogram(computed).percentile(99))
    let p99 = try #require(LatencyHistogram(requests.map(\.responseMs)).percentile(99))
    #expect(expected > 900 && p99 > 0.95 * expected, "\(p99) and not \(expected)")
    // Who counts from the real start sees one slow request in 200.
    let hidden = try #require(LatencyHistogram(requests.compactMap(\.serviceMs)).percentile(99))
    #expect(hidden < p99, "\(hidden)")
  }

  @Test func whatNobodyBeganInTimeIsARowToo() async throws {
    // The first of four is never answered before the client's own limit.
    let server = FakeServer([.read, .stall], [.read, .stall])
    let client = Client(
      try Endpoint(server.url), connectionsMax: 1,
      timeouts: Timeouts(connect: .seconds(5), total: .milliseconds(1300)))
    let (question, stream) = question(rate: 8, seconds: 0.5)
    let log = RequestLog(phase: 1)
    await OpenLoop(stream, question, log) { _ in Asking(client: client) }.run(since: .now)
    let requests = log.fetch().sorted { $0.number < $1.number }
    #expect(
      requests.map(\.outcome) == [.unknown, .abandoned, .abandoned, .abandoned])
    #expect(requests.first?.errorName == "TIMED_OUT_TOTAL")
    #expect(requests.allSatisfy { $0.isFloor && $0.status == .failed })
    #expect(requests[3].responseMs < requests[1].responseMs && requests[3].startedMs == nil)
    #expect(log.standing.failed == 4 && log.standing.inFlight == 0)
  }

  @Test func anEndThatIsAskedForLeavesOnlyWhatBegan() async throws {
    let server = FakeServer([.read, .stall])
    let client = Client(try Endpoint(server.url), connectionsMax: 1)
    let (question, stream) = question(rate: 4, seconds: 10)
    let log = RequestLog(phase: 1)
    let running = Task {
      await OpenLoop(stream, question, log) { _ in Asking(client: client) }.run(since: .now)
    }
    try await eventually("a request is under way") { server.received.count == 1 }
    running.cancel()
    await running.value
    let requests = log.fetch()
    #expect(requests.map(\.errorName) == ["INTERRUPTED"] && requests[0].outcome == .unknown)
  }
}
