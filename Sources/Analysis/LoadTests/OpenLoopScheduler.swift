// Open-loop scheduler: assigns scheduled requests to free connections. Uses no clock and no server.

import BenchmarkSpec
import Units

/// Assigns requests in order, each to the first free connection.
///
/// A free connection takes the next request and waits until it is due. If all connections are busy,
/// a due request waits for the first one to become free; its due time does not change.
package struct OpenLoopScheduler: Sendable {
  package struct Turn: Equatable, Sendable {
    /// From 1.
    package let number: Int
    /// Due time, in milliseconds.
    package let scheduledMs: Double
  }

  /// This driver's requests.
  private let turns: [Turn]
  private let isClosed: Bool
  private let spanMs: Double
  private let graceMs: Double
  private var taken = 0

  /// - Parameters:
  ///   - arrivals: the schedule.
  ///   - spanMs: time in which requests are due.
  ///   - graceMs: time after that in which late requests may still start.
  ///   - share: this driver's share of the requests; all drivers have the same schedule.
  package init(
    _ arrivals: ArrivalProcess, spanMs: Double, graceMs: Double, share: DriverShard? = nil
  ) {
    turns = arrivals.starts(within: spanMs).enumerated().map {
      Turn(number: $0.offset + 1, scheduledMs: $0.element)
    }.filter { share?.holds($0.number) != false }
    isClosed = arrivals.schedule == .backToBack
    (self.spanMs, self.graceMs) = (spanMs, graceMs)
  }

  /// For a closed loop, the requests so far.
  package var planned: Int { isClosed ? taken : turns.count }

  /// Nil if none is left, or the remaining ones are too late.
  package mutating func take(at nowMs: Double) -> Turn? {
    guard !isClosed else {
      guard nowMs < spanMs else { return nil }
      taken += 1
      return Turn(number: taken, scheduledMs: nowMs)
    }
    guard taken < turns.count, nowMs <= spanMs + graceMs else { return nil }
    taken += 1
    return turns[taken - 1]
  }

  package var left: [Turn] {
    isClosed ? [] : Array(turns[taken...])
  }

  /// Requests that are due and not taken.
  package func overdue(at nowMs: Double) -> Int {
    isClosed ? 0 : turns[taken...].prefix { $0.scheduledMs <= nowMs }.count
  }
}
