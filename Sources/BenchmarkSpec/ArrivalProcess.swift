// Arrival process: due times of requests in an open loop. Pure: the same parameters and seed give
// the same times.

import Statistics

package struct ArrivalProcess: Codable, Equatable, Sendable {
  package enum Schedule: String, Codable, CaseIterable, Sendable {
    /// Equal intervals.
    case constant
    /// The rate changes linearly from start to end.
    case ramp
    /// Exponential intervals, as of many independent users.
    case poisson
    /// Closed loop: each connection sends its next request when the previous one has ended. Hides
    /// waiting times; used only to search for the maximum concurrency.
    case backToBack = "back_to_back"
  }

  package var schedule: Schedule
  /// Requests per second; for a ramp, at the start.
  package var rate: Double
  /// Requests per second at the end of a ramp; otherwise nil.
  package var rateTo: Double?
  /// For Poisson schedules.
  package var seed: UInt64

  package init(_ schedule: Schedule, rate: Double, rateTo: Double? = nil, seed: UInt64 = 1) {
    (self.schedule, self.rate, self.rateTo, self.seed) = (schedule, rate, rateTo, seed)
  }

  /// - Parameter spanMs: time in which requests are due; with a constant or growing rate the first
  ///   is due at 0.
  /// - Returns: ascending milliseconds below `spanMs`; empty without a schedule.
  package func starts(within spanMs: Double) -> [Double] {
    switch schedule {
    case .backToBack: []
    case .constant: (0..<count(spanMs, rate)).map { Double($0) / rate * 1000 }
    case .ramp: ramp(spanMs)
    case .poisson: poisson(spanMs)
    }
  }

  /// Upper bound of the number of requests, checked before a run; for Poisson the mean plus six
  /// standard deviations.
  package func countMax(within spanMs: Double) -> Int {
    let mean = (rate + (rateTo ?? rate)) / 2 * spanMs / 1000
    guard schedule == .poisson else { return Int(mean.rounded(.up)) + 1 }
    return Int((mean + 6 * mean.squareRoot()).rounded(.up)) + 1
  }

  private func count(_ spanMs: Double, _ rate: Double) -> Int {
    Int((spanMs / 1000 * rate - 1e-9).rounded(.up))
  }

  /// A linear rate from a to b has the integral k at t = (√(a² + 2ck) − a) / c, where c is its
  /// growth per second.
  private func ramp(_ spanMs: Double) -> [Double] {
    let growth = ((rateTo ?? rate) - rate) / (spanMs / 1000)
    guard growth != 0 else { return ArrivalProcess(.constant, rate: rate).starts(within: spanMs) }
    let all = count(spanMs, (rate + (rateTo ?? rate)) / 2)
    return (0..<all).map { number in
      let root = max(0, rate * rate + 2 * growth * Double(number)).squareRoot()
      return (root - rate) / growth * 1000
    }
  }

  private func poisson(_ spanMs: Double) -> [Double] {
    var generator = SplitMix64(seed: seed)
    var starts: [Double] = []
    var now = 0.0
    while true {
      // 53 bits give a number in [0, 1).
      let uniform = Double(generator.next() >> 11) / 9_007_199_254_740_992
      now -= Math.log(1 - uniform) / rate * 1000
      guard now < spanMs else { return starts }
      starts.append(now)
    }
  }
}
