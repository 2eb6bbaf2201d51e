// One stream of requests under way: a task for each connection, which takes a request when it is
// free and waits until that is due. When is Turnstile's business, what is asked the carrier's.

import Analysis
import BenchmarkSpec
import RunStore
import Synchronization
import Units

/// Makes the requests of one connection, one after another.
protocol RequestExecutor: Sendable {
  /// Makes ready what the next request needs, so that nothing but the server is waited for in it.
  func prepare() async
  /// Makes one request, and writes down what became of it; nothing is thrown.
  func perform(_ sample: inout RequestSample) async
}

/// The requests of one stream in one phase.
final class OpenLoop: Sendable {
  package let stream: String
  private let executors: [any RequestExecutor]
  private let scheduler: Mutex<OpenLoopScheduler>
  private let log: RequestLog
  private let warmupMs: Double
  private let clock = ContinuousClock()

  /// - Parameters:
  ///   - stream: what is asked, and when.
  ///   - question: how long.
  ///   - share: which of its requests, of several drivers.
  ///   - log: hears of every request.
  ///   - executor: makes the executor of each connection, by its number from 0.
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

  /// How many requests there should be.
  package var planned: Int { scheduler.withLock { $0.planned } }

  /// How many requests should have begun and wait for a connection.
  package func overdue(at nowMs: Double) -> Int { scheduler.withLock { $0.overdue(at: nowMs) } }

  /// Makes the first request of each connection ready.
  package func prepare() async {
    for executor in executors { await executor.prepare() }
  }

  /// Makes all requests; those that come too late to begin are recorded as abandoned.
  ///
  /// - Parameter began: when the phase begins, which may lie ahead.
  package func run(since began: ContinuousClock.Instant) async {
    await withTaskGroup { group in
      for (place, executor) in executors.enumerated() {
        group.addTask { await self.work(place + 1, executor, since: began) }
      }
    }
    // What the end of the run cut short is nobody's fault.
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

/// Every request of a phase that has ended, until somebody fetches it, and counts of them all.
final class RequestLog: Sendable {
  /// How the phase stands.
  struct Standing {
    package var inFlight = 0
    package var succeeded = 0
    package var failed = 0
    package var acknowledgedRows = 0
    /// All that have ended, or were given up.
    package var requests: Int { succeeded + failed }
  }

  private struct State {
    var standing = Standing()
    var waiting: [RequestSample] = []
  }

  /// The phase's number.
  package let phase: Int
  private let state = Mutex(State())

  init(phase: Int) { self.phase = phase }

  var standing: Standing { state.withLock { $0.standing } }

  package func began() { state.withLock { $0.standing.inFlight += 1 } }

  package func ended(_ sample: RequestSample) {
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

  /// What has ended since this was asked last.
  func fetch() -> [RequestSample] {
    state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
  }
}
