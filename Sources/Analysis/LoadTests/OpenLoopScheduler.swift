// The open loop without clock and server: which request a free connection takes, and what its times
// mean.

import BenchmarkSpec
import Units

/// Hands out requests in their order, each to the first connection that is free for it.
///
/// A connection takes the next request as soon as it is free, and waits until that is due. So a
/// request that is due while all connections are busy waits for the first that comes free, and its
/// intended start stays what it was.
package struct OpenLoopScheduler: Sendable {
  /// One request to make.
  package struct Turn: Equatable, Sendable {
    /// From 1.
    package let number: Int
    /// When it should begin, in milliseconds.
    package let intendedMs: Double
  }

  /// Those of this driver.
  private let turns: [Turn]
  private let isClosed: Bool
  private let spanMs: Double
  private let graceMs: Double
  private var taken = 0

  /// - Parameters:
  ///   - pacing: the schedule.
  ///   - spanMs: how long requests should begin.
  ///   - graceMs: how long after that a request that is late may still begin.
  ///   - share: of several drivers with the same schedule, which of its requests this one makes.
  package init(_ pacing: ArrivalProcess, spanMs: Double, graceMs: Double, share: DriverShard? = nil)
  {
    turns = pacing.starts(within: spanMs).enumerated().map {
      Turn(number: $0.offset + 1, intendedMs: $0.element)
    }.filter { share?.holds($0.number) != false }
    isClosed = pacing.schedule == .backToBack
    (self.spanMs, self.graceMs) = (spanMs, graceMs)
  }

  /// How many requests there should be; of a closed loop, how many there were so far.
  package var planned: Int { isClosed ? taken : turns.count }

  /// The next request; nil when none is left, or when it is too late for those that are.
  package mutating func take(at nowMs: Double) -> Turn? {
    guard !isClosed else {
      guard nowMs < spanMs else { return nil }
      taken += 1
      return Turn(number: taken, intendedMs: nowMs)
    }
    guard taken < turns.count, nowMs <= spanMs + graceMs else { return nil }
    taken += 1
    return turns[taken - 1]
  }

  /// The requests that nobody took.
  package var left: [Turn] {
    isClosed ? [] : Array(turns[taken...])
  }

  /// How many requests should have begun and were not taken.
  package func overdue(at nowMs: Double) -> Int {
    isClosed ? 0 : turns[taken...].prefix { $0.intendedMs <= nowMs }.count
  }
}
