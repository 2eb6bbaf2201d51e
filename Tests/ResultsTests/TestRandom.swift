// Random numbers that are the same on every run, and records made with them.

import Foundation
import RunStore

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A standard normal deviate (Box and Muller).
  mutating func normal() -> Double {
    let radius = (-2 * log(Double.random(in: 1e-300...1, using: &self))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
}

func exponential(_ value: Double) -> Double { exp(value) }

/// An attempt that ended well.
func attempt(
  _ path: String, _ window: String = "1d", hours: Int = 24, state: String = "fresh",
  repeat number: Int, memory: Double
) -> Sample {
  var sample = Sample()
  (sample.path, sample.window, sample.windowMs) = (path, window, hours * 3_600_000)
  (sample.mergeState, sample.repeat) = (state, number)
  sample.memoryPeakBytes = Int(memory)
  return sample
}

/// Pairs of attempts on `a` and `b`, the second of which needs `ratio` times as much. Both drift by
/// the same factor of up to 2 over the run, and jitter on their own by `noise`.
func pairs(
  _ window: String = "1d", hours: Int = 24, state: String = "fresh", count: Int = 10, ratio: Double,
  noise: Double = 0.01, seed: UInt64 = 1
) -> [Sample] {
  var random = TestRandom(seed: seed)
  return (0..<count).flatMap { number in
    let drift = 1e9 * (1 + Double(number) / Double(count))
    return [("a", 1.0), ("b", ratio)].map { path, factor in
      attempt(
        path, window, hours: hours, state: state, repeat: number,
        memory: drift * factor * exp(noise * random.normal()))
    }
  }
}
