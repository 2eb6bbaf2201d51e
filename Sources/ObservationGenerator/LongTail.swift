// Truncated log-normal distribution, given by median, 99th percentile and maximum. Uses only + - *
// / and square roots, which IEEE 754 makes exact, because the last bits of mathematics libraries
// differ.

/// A distribution of integers from 1 to `max` (bytes or milliseconds); a fraction `absent` has no
/// value.
package struct LongTail: Sendable, Equatable {
  /// 0 if every draw is absent.
  package let median: Int
  package let p99: Int
  package let max: Int
  /// From 0 to 1. The quantiles exclude absent draws.
  package let absent: Double

  /// `median <= p99 <= max < 2^32`.
  package init(median: Int, p99: Int, max: Int, absent: Double = 0) {
    precondition(0 <= median && median <= p99 && p99 <= max && max <= Int(UInt32.max))
    precondition((0...1).contains(absent))
    self.median = median
    self.p99 = p99
    self.max = max
    self.absent = median == 0 ? 1 : absent
  }

  /// Always absent.
  package static var nothing: LongTail { LongTail(median: 0, p99: 0, max: 0) }

  package static func always(_ value: Int) -> LongTail {
    LongTail(median: value, p99: value, max: value)
  }
}

/// The quantile function at 1,024 equal steps with linear interpolation; the last step is divided
/// into 1,024 again.
struct Quantiles: Sendable {
  private let body: [UInt32]
  private let tail: [UInt32]
  private let absentBelow: UInt64

  init(_ shape: LongTail) {
    absentBelow = UInt64((shape.absent * Double(1 << 28)).rounded())
    let slope =
      shape.median == 0 ? 0 : log2(Double(shape.p99) / Double(shape.median)) / normal(0.99)
    func value(_ lower: Double, _ upper: Double) -> UInt32 {
      let exponent = slope * normal(lower: lower, upper: upper)
      let value = exponent > 40 ? Double(shape.max) : Double(shape.median) * exp2(exponent)
      return UInt32(Swift.min(Double(shape.max), Swift.max(shape.median == 0 ? 0 : 1, value)))
    }
    let steps = 1024.0
    body = (0...1024).map { step in
      let part = Double(step)
      return value(Swift.max(part, 0.25) / steps, Swift.max(steps - part, 0.25) / steps)
    }
    tail = (0...1024).map { step in
      let upper = Swift.max(steps - Double(step), 0.25) / steps / steps
      return value(1 - upper, upper)
    }
  }

  /// The value of a draw; 0 for absent.
  @inline(__always)
  func value(_ draw: UInt64) -> Int {
    if draw & 0xfff_ffff < absentBelow { return 0 }
    let step = Int(truncatingIfNeeded: draw >> 54)
    if step < 1023 { return between(body, step, draw >> 38) }
    return between(tail, Int(truncatingIfNeeded: (draw >> 44) & 1023), draw >> 28)
  }

  @inline(__always)
  private func between(_ table: [UInt32], _ step: Int, _ bits: UInt64) -> Int {
    let low = Int(table[step])
    let high = Int(table[step &+ 1])
    return low &+ ((high &- low) &* Int(truncatingIfNeeded: bits & 0xffff)) >> 16
  }
}

// 2^(1/2), 2^(1/4), 2^(1/8), …
private let rootsOfTwo: [Double] = (0..<52).reduce(into: []) { roots, _ in
  roots.append((roots.last ?? 2).squareRoot())
}

/// 2^x for |x| < 1,000, from square roots of two.
func exp2(_ x: Double) -> Double {
  let whole = x.rounded(.down)
  var rest = x - whole
  var result = Double(sign: .plus, exponent: Int(whole), significand: 1)
  for root in rootsOfTwo {
    if rest == 0 { break }
    rest *= 2
    if rest >= 1 {
      result *= root
      rest -= 1
    }
  }
  return result
}

/// The binary logarithm of a positive number, bit by bit.
func log2(_ x: Double) -> Double {
  var rest = x.significand
  var result = Double(x.exponent)
  var bit = 0.5
  for _ in 0..<52 where rest > 1 {
    rest *= rest
    if rest >= 2 {
      result += bit
      rest /= 2
    }
    bit /= 2
  }
  return result
}

/// The standard normal quantile of `p` in (0, 1).
func normal(_ p: Double) -> Double { normal(lower: p, upper: 1 - p) }

/// The standard normal quantile, with the probabilities of both sides so that the far tail keeps
/// its digits. Peter Acklam's rational approximation (2003), relative error below 1.15e-9.
func normal(lower: Double, upper: Double) -> Double {
  let edge = 0.02425
  if lower < edge { return tailQuantile(lower) }
  if upper < edge { return -tailQuantile(upper) }
  let q = lower - 0.5
  let r = q * q
  let above = polynomial(
    [
      -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.3577518672690,
      -30.66479806614716, 2.506628277459239,
    ], r)
  let under = polynomial(
    [
      -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972,
      -13.28068155288572, 1,
    ], r)
  return q * above / under
}

private func tailQuantile(_ p: Double) -> Double {
  let natural = 0.6931471805599453
  let q = (-2 * natural * log2(p)).squareRoot()
  let above = polynomial(
    [
      -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
      4.374664141464968, 2.938163982698783,
    ], q)
  let under = polynomial(
    [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1], q)
  return above / under
}

private func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
  coefficients.reduce(0) { $0 * x + $1 }
}
