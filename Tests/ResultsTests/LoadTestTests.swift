// What follows from the rows of a load: ratios, levels of service, thresholds, searches, and
// whether the harness was the limit.

import Testing
@testable import Analysis
@testable import BenchmarkSpec
@testable import RunStore

@Suite struct LoadTestTests {
  private var question: LoadTestQuestion {
    var question = LoadTestQuestion()
    question.durationMs = 10_000
    question.rounds = 6
    question.ingest = .init(
      name: "ingest", rowsPerBatch: 100, arrivals: ArrivalProcess(.constant, rate: 20),
      connections: 4
    )
    question.exports = [
      .init(
        name: "limit-by 1d x4", path: "limit-by", windowMs: 86_400_000,
        arrivals: ArrivalProcess(.constant, rate: 20), connections: 4)
    ]
    question.targets = [.withView, .plain]
    return question
  }

  private func manifest(_ question: LoadTestQuestion) -> Manifest {
    var manifest = Manifest(
      toolVersion: "1", run: "r", startedAt: "", seed: 1, benchmark: .init(file: "", text: ""),
      dataset: .init(file: "", text: "", rows: 0, unique: 0, duplicates: 0),
      engine: .init(kind: "", version: "", url: "", source: ""),
      machine: .init(cpu: "", cores: 1, memoryBytes: 0, kernel: "", os: ""), paths: [],
      baseline: "", mergeStates: [])
    manifest.loadTest = question
    return manifest
  }

  private func findings(_ question: LoadTestQuestion, _ records: Records) throws -> LoadTestFindings
  {
    try #require(LoadTestFindings(manifest(question), records))
  }

  /// The records of all rounds: every response of a phase is `ms` of it.
  private func records(
    _ question: LoadTestQuestion, ms: (LoadTestCell, String, Int) -> Double
  ) -> Records {
    var records = Records()
    for round in 1...question.rounds {
      for cell in question.cells { add(cell, round, &records, ms) }
    }
    return records
  }

  private func add(
    _ cell: LoadTestCell, _ round: Int?, _ records: inout Records,
    _ ms: (LoadTestCell, String, Int) -> Double
  ) {
    var phase = PhaseSample()
    phase.phase = records.phases.count + 1
    phase.round = round
    (phase.streamMix, phase.target, phase.export) = (cell.streamMix, cell.target, cell.export)
    (phase.durationMs, phase.elapsedMs) = (10_000, 10_000)
    records.phases.append(phase)
    for stream in cell.streams {
      for (place, start) in stream.arrivals.starts(within: 10_000).enumerated() {
        var request = RequestSample()
        (request.phase, request.stream, request.number) = (phase.phase, stream.name, place + 1)
        let time = ms(cell, stream.name, round ?? 0)
        request.take(RequestTimings(intended: start, freed: 0, began: start, ended: start + time))
        request.rows = stream.rowsPerBatch
        records.requests.append(request)
      }
    }
  }

  @Test func cellsAreEachStreamAloneAndBesideTheOther() {
    var question = question
    question.exports.append(
      .init(
        name: "mv", path: "mv-final", arrivals: ArrivalProcess(.constant, rate: 1), connections: 1))
    question.exports[1].needsView = true
    #expect(
      question.cells.map(\.label) == [
        "ingest, with view", "limit-by 1d x4, with view", "ingest + limit-by 1d x4, with view",
        "mv, with view", "ingest + mv, with view", "ingest, without view",
        "limit-by 1d x4, without view", "ingest + limit-by 1d x4, without view",
      ])
    let orders = (1...6).map { question.cells(ofRound: $0, seed: 3).map(\.label) }
    #expect(Set(orders).count > 1 && orders.allSatisfy { Set($0).count == 8 })
    #expect(orders[2] == question.cells(ofRound: 3, seed: 3).map(\.label))
  }

  @Test func phasesOfARoundShareTheirScheduleAndRoundsDoNot() {
    var question = question
    question.exports[0].arrivals = ArrivalProcess(.poisson, rate: 5, seed: 7)
    func schedules(_ round: Int) -> Set<[Double]> {
      let streams = question.cells(ofRound: round, seed: 3).flatMap(\.streams)
      return Set(streams.filter { $0.path != nil }.map { $0.arrivals.starts(within: 60_000) })
    }
    let rounds = (1...3).map(schedules)
    #expect(rounds.allSatisfy { $0.count == 1 })
    #expect(Set(rounds).count == 3)
  }

  @Test func interferenceIsARatioWithinRounds() throws {
    // Beside exports ingestion takes twice as long, and each round is slower than the one before.
    let found = try findings(
      question,
      records(question) { cell, stream, round in
        let base = 10.0 * Double(round) * (cell.target == .withView ? 1.5 : 1)
        return cell.streamMix == .both && stream == "ingest" ? 2 * base : base
      })
    func ratio(_ stream: String, _ cause: Interference.Cause) throws -> Interference {
      try #require(
        found.interference.first {
          $0.stream == stream && $0.cause == cause && $0.target == .withView && $0.percent == 99
        })
    }
    let ingest = try ratio("ingest", .stream("limit-by 1d x4"))
    #expect(abs(ingest.ratio - 2) < 0.01 && ingest.rounds == 6)
    let interval = try #require(ingest.interval)
    #expect(interval.low > 1.98 && interval.high < 2.02)
    #expect(abs(try ratio("limit-by 1d x4", .stream("ingest")).ratio - 1) < 0.01)
    #expect(abs(try ratio("ingest", .view).ratio - 1.5) < 0.01)
  }

  @Test func goodputCountsWhatWasDoneInTime() throws {
    var question = question
    question.targets = [.plain]
    question.compare = [.ingest]
    question.rounds = 1
    // The requests of the last half second are answered after the end.
    let line = try #require(
      try findings(question, records(question) { _, _, _ in 500 }).lines.first)
    #expect(line.requests == 200 && line.succeeded == 200)
    #expect(line.rowsPerSecond == 1900 && line.requestsPerSecond == 19)
  }

  @Test func refusalsCountAsErrorsAndNotAsFastAnswers() throws {
    var question = question
    (question.targets, question.compare, question.rounds) = ([.plain], [.ingest], 1)
    question.serviceLevel = ServiceLevel(p99Ms: 1000, errors: 0)
    var records = records(question) { _, _, _ in 100 }
    for place in 0..<50 {
      records.requests[place].status = .failed
      records.requests[place].outcome = place < 30 ? .refused : .abandoned
      records.requests[place].errorName = place < 30 ? "TOO_MANY_PARTS" : "NOT_BEGUN"
      records.requests[place].errorCode = place < 30 ? 252 : nil
      records.requests[place].responseMs = place < 30 ? 1 : 5000
    }
    let found = try findings(question, records)
    let line = try #require(found.lines.first)
    #expect(line.errors.map(\.name) == ["TOO_MANY_PARTS (252)", "NOT_BEGUN"])
    #expect(line.failed == 50 && line.response.count == 170 && line.response.lowerBounds == 20)
    let p50 = try #require(line.response.percentile(50))
    let p99 = try #require(line.response.percentile(99))
    #expect(abs(p50 - 100) < 1 && abs(p99 - 5000) < 5)
    // The median rests on answers, the 99th percentile on what had not come by then.
    #expect(!line.response.isFloor(p50) && line.response.isFloor(p99))
    #expect(found.broken(line) == ["p99 of ingest 5.00 s", "50 errors"])
  }

  @Test func thresholdsAreHeldExceededOrOpen() throws {
    var question = question
    question.thresholds = [
      .init(.p99, of: "ingest", atMost: 30), .init(.p99, of: "limit-by", atMost: 15),
      .init(.p99Ratio, of: "ingest", during: .both, atMost: 3),
      .init(.serverMemory, atMost: 1), .init(.errors, atMost: 0),
      .init(.rowsPerSecond, of: "ingest", atLeast: 5000),
    ]
    let found = try findings(
      question,
      records(question) { cell, stream, _ in
        cell.streamMix == .both && stream == "ingest" ? 20 : stream == "ingest" ? 10 : 20
      })
    #expect(
      found.verdicts.map(\.outcome) == [
        .supported, .refuted, .supported, .inconclusive, .supported, .refuted,
      ])
    #expect(found.verdicts[2].reason.contains("2.00 in ingest + limit-by 1d x4, with view"))
  }

  @Test func aLateHarnessLeavesThresholdsOpen() throws {
    var question = question
    question.thresholds = [.init(.p99, of: "ingest", atMost: 1000)]
    var records = records(question) { _, _, _ in 100 }
    let late = try #require(records.phases.first { $0.streamMix == .ingest })
    for place in records.requests.indices where records.requests[place].phase == late.phase {
      let start = records.requests[place].scheduledMs
      records.requests[place].take(
        RequestTimings(intended: start, freed: 0, began: start + 60, ended: start + 160))
    }
    let found = try findings(question, records)
    #expect(found.limits.map(\.phase.phase) == [late.phase])
    #expect(found.verdicts[0].outcome == .inconclusive)
    #expect(found.verdicts[0].reason.contains("harness was the bottleneck"))
    // The same lateness beside a long response is not what was measured.
    let reasons = HarnessLimit(
      late,
      records.requests.filter { $0.phase == late.phase }.map {
        var request = $0
        request.responseMs = 5000
        return request
      }, question
    ).reasons
    #expect(reasons.isEmpty)
  }

  @Test func processorsAndConnectionsCanBeTheLimit() {
    var phase = PhaseSample()
    (phase.elapsedMs, phase.driverCPUMs, phase.driverCores) = (1000, 1500, 2)
    #expect(
      HarnessLimit(phase, [], question).reasons == ["exportbench used 75 % of all processors"])
    phase.driverCPUMs = 10
    func batches(whenBusy: Double) -> [RequestSample] {
      (0..<40).map { place in
        var request = RequestSample()
        request.stream = "ingest"
        let isBusy = place >= 10
        request.take(
          RequestTimings(
            intended: 0, freed: isBusy ? 50 : 0, began: isBusy ? 50 : 0,
            ended: isBusy ? 50 + whenBusy : 100))
        return request
      }
    }
    // Four connections are always busy; answers come as fast as before, or four times as slowly.
    let bound = HarnessLimit(phase, batches(whenBusy: 100), question).reasons
    #expect(bound.count == 1 && bound[0].contains("use more connections"))
    #expect(HarnessLimit(phase, batches(whenBusy: 400), question).reasons.isEmpty)
  }

  @Test(arguments: [0.5, 3.3, 12, 47, 100])
  func aSearchFindsTheHighestRate(edge: Double) throws {
    let search = LoadTestSearch(.rate, of: "ingest", from: 1, to: 64, trialMs: 1000)
    var trials: [LoadTestSearch.Trial] = []
    while let position = search.next(after: trials) {
      trials.append(.init(position, search.value(at: position) <= edge ? .held : .broken))
    }
    let found = search.edge(after: trials)
    #expect(trials.count <= search.trialsMax)
    switch edge {
    case 0.5: #expect(found.ending == .never)
    case 100: #expect(found.ending == .found && found.finished == 64_000 && found.refused == nil)
    default:
      let held = search.value(at: try #require(found.finished))
      #expect(found.ending == .found && held <= edge && held >= edge / 1.11)
      #expect(found.confirmations == 2)
    }
  }

  @Test func aSearchTriesItsStreamBesideTheOther() throws {
    var search = LoadTestSearch(.concurrency, of: "limit-by", from: 1, to: 8, trialMs: 1000)
    let both = try #require(question.cell(of: search, at: 3))
    #expect(both.streamMix == .both && both.streams.map(\.connections) == [4, 3])
    #expect(both.streams[1].arrivals.schedule == .backToBack)
    search.isAlone = true
    #expect(question.cell(of: search, at: 3)?.streamMix == .exports)
    let rate = LoadTestSearch(.rate, of: "ingest", from: 1, to: 8, trialMs: 1000)
    #expect(question.cell(of: rate, at: 2500)?.streams[0].arrivals.rate == 2.5)
    #expect(rate.next(after: [.init(1000, .void)]) == nil)
  }

  @Test func latencyHasARowForEachSecondAndOneForAll() throws {
    var question = question
    (question.targets, question.compare, question.rounds) = ([.plain], [.ingest], 1)
    let records = records(question) { _, _, _ in 7 }
    let rows = LatencyRow.all(try findings(question, records))
    let response = rows.filter { $0.time == "response" }
    #expect(response.filter { $0.second != nil }.map(\.count) == Array(repeating: 20, count: 10))
    let whole = try #require(response.first { $0.second == nil })
    #expect(whole.count == 200 && whole.p99Ms == 7 && whole.p999Ms == nil)
  }

  @Test func aPhaseIsBalancedOrNotOrNobodyKnows() {
    var phase = PhaseSample()
    #expect(phase.isBalanced == nil)
    (phase.missingIDs, phase.unexpectedIDs, phase.doubledRows) = (0, 0, 0)
    #expect(phase.isBalanced == true)
    phase.viewMissingIDs = 1
    #expect(phase.isBalanced == false)
  }
}
