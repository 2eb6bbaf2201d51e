// Inserts at a constant rate as versions before 0.2 recorded them, read as the load test that they
// are today.
//
// Those versions wrote the inserts and their merges as the leg `sustained` of inserts.csv and
// merges.csv, and the server's state each second to timeline.csv. Both stay as they are: claims and
// the capacity model use the leg.

import BenchmarkSpec

extension Manifest {
  /// What the benchmark of a run of before 0.2 asked for with `sustained`; nil of any other.
  package var sustainedInserts: SustainedInserts? { SustainedInserts(benchmark: benchmark.text) }
}

extension Records {
  /// Adds a phase for each table with its requests and seconds.
  package mutating func add(_ sustained: SustainedInserts) {
    for target in timeline.map(\.target).uniqued() {
      let phase = SustainedPhase(
        sustained, target, number: phases.count + 1,
        seconds: Self.lastAttempt(timeline.filter { $0.target == target }),
        inserts: last(
          inserts.filter { $0.legName == ReservedLeg.sustained && $0.target == target },
          by: \.pair),
        merges: last(
          merges.filter { $0.leg == ReservedLeg.sustained && $0.target == target }, by: \.role))
      self[RequestSample.self] += phase.requests
      self[SecondSample.self] += phase.secondSamples
      self[PhaseSample.self].append(phase.sample)
    }
  }

  /// Without the seconds of an attempt that was cut short and made again.
  private static func lastAttempt(_ seconds: [TimelineSample]) -> [TimelineSample] {
    let start = seconds.indices.dropFirst().last {
      seconds[$0].elapsedMs < seconds[$0 - 1].elapsedMs
    }
    return start.map { Array(seconds[$0...]) } ?? seconds
  }
}

/// What was recorded of one table.
private struct SustainedPhase {
  private let stream: LoadTestQuestion.Stream?
  private let durationMs: Int
  private let target: InsertTarget
  private let number: Int
  private let seconds: [TimelineSample]
  private let inserts: [InsertSample]
  private let merges: [MergeSample]
  private let planned: Int
  private let isWhole: Bool
  let requests: [RequestSample]

  init(
    _ sustained: SustainedInserts, _ target: InsertTarget, number: Int, seconds: [TimelineSample],
    inserts: [InsertSample], merges: [MergeSample]
  ) {
    (stream, durationMs) = (sustained.question.ingest, sustained.question.durationMs)
    (self.target, self.number, self.seconds) = (target, number, seconds)
    (self.inserts, self.merges) = (inserts.sorted { $0.pair < $1.pair }, merges)
    let end = seconds.last ?? TimelineSample()
    planned = max(inserts.count, min(end.plannedInserts, LoadTestQuestion.requestsMax))
    // The last look may be a second before the end, and inserts were recorded at the end only.
    isWhole =
      inserts.count >= sustained.inserts || end.elapsedMs >= Double(sustained.question.durationMs)
    let rate = sustained.question.ingest?.arrivals.rate ?? 1
    var requests = self.inserts.map {
      RequestSample($0, ofPhase: number, scheduledMs: Double($0.pair - 1) / rate * 1000)
    }
    if isWhole {
      let made = Set(inserts.map(\.pair))
      for pair in 1...max(1, planned) where !made.contains(pair) && requests.count < planned {
        requests.append(
          RequestSample(
            abandoned: pair, ofPhase: number, scheduledMs: Double(pair - 1) / rate * 1000,
            endedMs: Double(sustained.question.durationMs)))
      }
    }
    self.requests = requests
  }

  var sample: PhaseSample {
    let end = seconds.last ?? TimelineSample()
    var sample = PhaseSample()
    (sample.phase, sample.round) = (number, 1)
    (sample.streamMix, sample.target) = (.ingest, target)
    sample.startedAt = inserts.first?.startedAt ?? ""
    sample.outcome = isWhole ? .whole : .interrupted
    (sample.durationMs, sample.elapsedMs) = (durationMs, end.elapsedMs)
    sample.plannedRequests = planned
    sample.acknowledgedBatches = end.acknowledgedInserts
    sample.acknowledgedRows = end.acknowledgedRows
    sample.uncertainBatches = end.failedInserts
    sample.uncertainRows = inserts.filter { $0.status != .ok }.map(\.rows).reduce(0, +)
    sample.auditError =
      "the version that made this run did not compare the table with its inserts"
    sample.insertedBytes = sum(\.newBytes)
    sample.mergedBytes = sum(\.mergeWrittenBytes)
    return sample
  }

  var secondSamples: [SecondSample] {
    seconds.map { look in
      var sample = SecondSample()
      (sample.phase, sample.elapsedMs) = (number, look.elapsedMs)
      let due = requests.filter { $0.scheduledMs <= look.elapsedMs }
      sample.waiting = due.count { $0.startedMs ?? .infinity > look.elapsedMs }
      sample.inFlight = due.count {
        $0.startedMs ?? .infinity <= look.elapsedMs && $0.endedMs > look.elapsedMs
      }
      (sample.succeeded, sample.failed) = (look.acknowledgedInserts, look.failedInserts)
      sample.acknowledgedRows = look.acknowledgedRows
      (sample.tableParts, sample.viewParts) = (look.tableParts, look.viewParts)
      (sample.runningMerges, sample.mergingBytes) = (look.runningMerges, look.mergingBytes)
      sample.serverResidentBytes = look.serverMemoryBytes
      return sample
    }
  }

  /// Over the table and, where there is one, the view; nil where one of them was not counted.
  private func sum(_ value: (MergeSample) -> Int?) -> Int? {
    let known = merges.compactMap(value)
    return known.count == (target == .plain ? 1 : 2) ? known.reduce(0, +) : nil
  }
}

extension RequestSample {
  /// An insert of before 0.2. How much of its delay was the harness's lag and how much the wait for
  /// a connection was not recorded.
  fileprivate init(_ insert: InsertSample, ofPhase phase: Int, scheduledMs: Double) {
    self.init()
    (self.phase, stream, number) = (phase, LoadTestQuestion.Stream.ingest, insert.pair)
    queryID = insert.queryID
    (status, errorCode) = (insert.status, insert.errorCode)
    (errorName, errorMessage) = (insert.errorName, insert.errorMessage)
    outcome = status == .ok ? .acknowledged : errorCode == nil ? .unknown : .refused
    self.scheduledMs = scheduledMs
    let delayMs = insert.lagMs ?? 0
    startedMs = scheduledMs + delayMs
    serviceMs = insert.clientWallMs
    responseMs = delayMs + (insert.clientWallMs ?? 0)
    endedMs = scheduledMs + responseMs
    (rows, sentBytes) = (insert.rows, insert.sentBytes)
  }

  /// An insert that should have begun and did not.
  fileprivate init(abandoned pair: Int, ofPhase phase: Int, scheduledMs: Double, endedMs: Double) {
    self.init()
    (self.phase, stream, number) = (phase, LoadTestQuestion.Stream.ingest, pair)
    (outcome, status, errorName) = (.abandoned, .failed, "NOT_BEGUN")
    (self.scheduledMs, self.endedMs) = (scheduledMs, max(scheduledMs, endedMs))
    responseMs = self.endedMs - scheduledMs
  }
}
