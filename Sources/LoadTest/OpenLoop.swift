// One stream of requests: a task per connection. OpenLoopScheduler assigns requests,
// RequestExecutor performs them.

import Analysis
import BenchmarkSpec
import RunStore
import Synchronization
import Units

/// Performs the requests of one connection, one after another.
protocol RequestExecutor: Sendable {
  /// Prepares the next request, so that its time contains only the server's.
  func prepare() async
  /// Records the outcome; does not throw.
  func perform(_ sample: inout RequestSample) async
}

final class OpenLoop: Sendable {
  let stream: String
  private let executors: [any RequestExecutor]
  private let scheduler: Mutex<OpenLoopScheduler>
  private let log: RequestLog
  private let warmupMs: Double
  private let clock = ContinuousClock()

  /// - Parameters:
  ///   - share: this driver's share of the requests.
  ///   - log: receives every request.
  ///   - executor: creates the executor of a connection, numbered from 0.
  init(
    _ stream: LoadTestQuestion.Stream, _ question: LoadTestQuestion, share: DriverShard? = nil,
    _ log: RequestLog, executor: (Int) -> any RequestExecutor
  ) {
    self.stream = stream.name
    self.log = log
    executors = (0..<stream.connections).map(executor)
    warmupMs = Double(question.warmupMs)
    scheduler = Mutex(
      OpenLoopScheduler(
        stream.arrivals, spanMs: question.spanMs, graceMs: question.graceMs, share: share))
  }

  var planned: Int { scheduler.withLock { $0.planned } }

  /// Requests that are due and wait for a connection.
  func overdue(at nowMs: Double) -> Int { scheduler.withLock { $0.overdue(at: nowMs) } }

  /// Prepares the first request of each connection.
  func prepare() async {
    for executor in executors { await executor.prepare() }
  }

  /// Performs all requests; those that are too late to start are recorded as abandoned.
  ///
  /// - Parameter began: start of the phase, possibly in the future.
  func run(since began: ContinuousClock.Instant) async {
    await withTaskGroup { group in
      for (place, executor) in executors.enumerated() {
        group.addTask { await self.work(place + 1, executor, since: began) }
      }
    }
    // Requests interrupted by the end of the run are no failures.
    guard !Task.isCancelled else { return }
    let now = milliseconds(since: began)
    for turn in scheduler.withLock({ $0.left }) {
      var sample = sample(turn)
      (sample.outcome, sample.status) = (.abandoned, .failed)
      sample.errorName = "NOT_BEGUN"
      sample.errorMessage = "no connection came free in time"
      (sample.endedMs, sample.responseMs) = (now, now - turn.scheduledMs)
      log.ended(sample)
    }
  }

  private func work(
    _ number: Int, _ executor: any RequestExecutor, since began: ContinuousClock.Instant
  ) async {
    var freed = 0.0
    while !Task.isCancelled,
      let turn = scheduler.withLock({ $0.take(at: milliseconds(since: began)) })
    {
      let due = began + .milliseconds(turn.scheduledMs)
      if due > clock.now, (try? await clock.sleep(until: due, tolerance: .zero)) == nil { return }
      var sample = sample(turn)
      sample.connection = number
      let start = milliseconds(since: began)
      log.began()
      await executor.perform(&sample)
      let end = milliseconds(since: began)
      sample.take(
        RequestTimings(intended: turn.scheduledMs, freed: freed, began: start, ended: end))
      log.ended(sample)
      freed = end
      await executor.prepare()
    }
  }

  private func sample(_ turn: OpenLoopScheduler.Turn) -> RequestSample {
    var sample = RequestSample()
    sample.phase = log.phase
    sample.stream = stream
    sample.number = turn.number
    sample.scheduledMs = turn.scheduledMs
    sample.period = turn.scheduledMs < warmupMs ? .warmup : .measured
    return sample
  }

  private func milliseconds(since began: ContinuousClock.Instant) -> Double {
    (clock.now - began) / .milliseconds(1)
  }
}

/// Finished requests of a phase until they are fetched, and their counts.
final class RequestLog: Sendable {
  struct Standing {
    var inFlight = 0
    var succeeded = 0
    var failed = 0
    var acknowledgedRows = 0
    /// Finished or abandoned requests.
    var requests: Int { succeeded + failed }
  }

  private struct State {
    var standing = Standing()
    var waiting: [RequestSample] = []
  }

  let phase: Int
  private let state = Mutex(State())

  init(phase: Int) { self.phase = phase }

  var standing: Standing { state.withLock { $0.standing } }

  func began() { state.withLock { $0.standing.inFlight += 1 } }

  func ended(_ sample: RequestSample) {
    state.withLock { state in
      if sample.startedMs != nil { state.standing.inFlight -= 1 }
      if sample.status == .ok {
        state.standing.succeeded += 1
        state.standing.acknowledgedRows += sample.rows ?? 0
      } else {
        state.standing.failed += 1
      }
      state.waiting.append(sample)
    }
  }

  /// Requests finished since the last call.
  func fetch() -> [RequestSample] {
    state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
  }
}
