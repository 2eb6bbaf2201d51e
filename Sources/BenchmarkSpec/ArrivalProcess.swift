// When requests should begin: the schedule of an open loop, which knows nothing of a server.
//
// Pure: the same figures and seed give the same starts, so that a run can be told beforehand and
// repeated.

import Statistics

/// A schedule.
package struct ArrivalProcess: Codable, Equatable, Sendable {
  /// How the times between requests follow each other.
  package enum Schedule: String, Codable, CaseIterable, Sendable {
    /// The same time between all of them.
    case constant
    /// A rate that grows or falls evenly from the beginning to the end.
    case ramp
    /// Exponential times between them, as of many users who know nothing of each other.
    case poisson
    /// No schedule: each connection begins its next request when the last has ended. A closed loop,
    /// which hides what a server makes its users wait for; only to find out how many requests it
    /// bears at once.
    case backToBack = "back_to_back"
  }

  /// How the times follow each other.
  package var schedule: Schedule
  /// Requests per second; of a ramp, at its beginning.
  package var rate: Double
  /// Requests per second at the end of a ramp; nil of anything else.
  package var rateTo: Double?
  /// What a Poisson schedule is drawn from.
  package var seed: UInt64

  package init(_ schedule: Schedule, rate: Double, rateTo: Double? = nil, seed: UInt64 = 1) {
    (self.schedule, self.rate, self.rateTo, self.seed) = (schedule, rate, rateTo, seed)
  }

  /// The most requests per second at any time.
  package var rateMax: Double { max(rate, rateTo ?? rate) }

  /// The intended starts of all requests, in order.
  ///
  /// - Parameter spanMs: how long requests begin; the first of a constant or growing rate begins at
  ///   0.
  /// - Returns: milliseconds from the beginning, each below `spanMs`; none where there is no
  ///   schedule.
  package func starts(within spanMs: Double) -> [Double] {
    switch schedule {
    case .backToBack: []
    case .constant: (0..<count(spanMs, rate)).map { Double($0) / rate * 1000 }
    case .ramp: ramp(spanMs)
    case .poisson: poisson(spanMs)
    }
  }

  /// How many requests there are at most, for a bound that is checked before anything runs: of a
  /// Poisson schedule its mean and six standard deviations.
  package func countMax(within spanMs: Double) -> Int {
    let mean = (rate + (rateTo ?? rate)) / 2 * spanMs / 1000
    guard schedule == .poisson else { return Int(mean.rounded(.up)) + 1 }
    return Int((mean + 6 * mean.squareRoot()).rounded(.up)) + 1
  }

  private func count(_ spanMs: Double, _ rate: Double) -> Int {
    Int((spanMs / 1000 * rate - 1e-9).rounded(.up))
  }

  /// The area under a rate that goes evenly from a to b is k at t = (√(a² + 2ck) − a) / c, where c
  /// is its growth per second.
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
      // 53 bits make a number from 0 up to and without 1.
      let uniform = Double(generator.next() >> 11) / 9_007_199_254_740_992
      now -= Math.log(1 - uniform) / rate * 1000
      guard now < spanMs else { return starts }
      starts.append(now)
    }
  }
}
