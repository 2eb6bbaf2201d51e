// Stateless random numbers: functions of (key, stream), where a key stands for a seed and an
// observation or trace. Not cryptographic.

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): a bijection on 64 bits.
@inline(__always)
func scramble(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}

/// A key: for each seed a bijection of the number.
@inline(__always)
package func key(_ seed: UInt64, _ number: Int) -> UInt64 {
  scramble(seed &+ UInt64(truncatingIfNeeded: number) &* 0x9e37_79b9_7f4a_7c15)
}

/// The number of a key in a stream: the step of wyrand (Wang Yi), a folded 128-bit product.
@inline(__always)
package func draw(_ key: UInt64, _ stream: UInt64) -> UInt64 {
  let state = key &+ stream &* 0xa076_1d64_78bd_642f
  let product = state.multipliedFullWidth(by: state ^ 0xe703_7ed1_a0b4_28db)
  return product.high ^ product.low
}

/// A number below `bound` from the upper half of a draw.
@inline(__always)
package func below(_ bound: Int, _ draw: UInt64) -> Int {
  Int(truncatingIfNeeded: ((draw >> 32) &* UInt64(truncatingIfNeeded: bound)) >> 32)
}

/// Streams, so that no two uses share numbers. Those from `lag` and `metadata` on count upward by
/// version and entry.
package enum Stream {
  static let jitter: UInt64 = 1
  package static let versions: UInt64 = 2
  package static let shape: UInt64 = 3
  package static let project: UInt64 = 4
  package static let type: UInt64 = 5
  package static let labels: UInt64 = 6
  package static let name: UInt64 = 7
  package static let times: UInt64 = 8
  package static let usage: UInt64 = 9
  static let prompt: UInt64 = 10
  static let tools: UInt64 = 11
  package static let parent: UInt64 = 12
  static let identity: UInt64 = 13
  static let inputSize: UInt64 = 14
  static let outputSize: UInt64 = 15
  static let metadataSize: UInt64 = 16
  static let inputText: UInt64 = 17
  static let outputText: UInt64 = 18
  static let prefixKind: UInt64 = 19
  static let prefixText: UInt64 = 20
  package static let lag: UInt64 = 1 << 8
  static let metadata: UInt64 = 1 << 9
}

/// A seeded permutation of the numbers below `count` in constant memory: reversible rounds on the
/// next power of two, repeated while the result is too large ("cycle walking").
struct Permutation: Sendable {
  private let count: UInt64
  private let mask: UInt64
  private let shift: UInt64
  private let keys: (UInt64, UInt64, UInt64)

  init(count: Int, seed: UInt64) {
    precondition(count > 0)
    self.count = UInt64(count)
    let bits = UInt64(64 - max(1, UInt64(count) - 1).leadingZeroBitCount)
    mask = bits >= 64 ? .max : (1 << bits) - 1
    shift = bits / 2 + 1
    keys = (draw(seed, 101), draw(seed, 102), draw(seed, 103))
  }

  @inline(__always)
  private func step(_ value: UInt64, _ key: UInt64) -> UInt64 {
    let product = (value &* (key | 1) &+ (key >> 7)) & mask
    return product ^ (product >> shift)
  }

  subscript(position: Int) -> Int {
    var value = UInt64(position)
    repeat {
      value = step(step(step(value, keys.0), keys.1), keys.2)
    } while value >= count
    return Int(value)
  }

  /// The inverse of the subscript.
  func position(of number: Int) -> Int {
    var value = UInt64(number)
    repeat {
      value = stepBack(stepBack(stepBack(value, keys.2), keys.1), keys.0)
    } while value >= count
    return Int(value)
  }

  // The shift exceeds half of the bits, so it is its own inverse; the odd factor's inverse comes
  // from Newton's method, which doubles the correct bits from three on.
  private func stepBack(_ value: UInt64, _ key: UInt64) -> UInt64 {
    let factor = key | 1
    var inverse = factor
    for _ in 0..<5 { inverse = inverse &* (2 &- factor &* inverse) }
    return ((value ^ (value >> shift)) &- (key >> 7)) &* inverse & mask
  }
}

/// Weighted choices as thresholds on 32 bits, identical on every machine.
struct Weighted: Sendable {
  private let ends: [UInt64]

  /// The weights need not add up to 1; at least one is above 0.
  init(_ weights: [Double]) {
    let total = weights.reduce(0, +)
    precondition(total > 0)
    var sum = 0.0
    var ends = weights.map { weight -> UInt64 in
      sum += weight
      return UInt64((sum / total * 4_294_967_296).rounded(.down))
    }
    // Rounding must neither lose the end nor assign it to a choice of weight zero.
    if let last = weights.lastIndex(where: { $0 > 0 }) {
      for index in last..<ends.count { ends[index] = 1 << 32 }
    }
    self.ends = ends
  }

  @inline(__always)
  func choose(_ draw: UInt64) -> Int {
    let point = draw >> 32
    var index = 0
    while ends[index] <= point { index &+= 1 }
    return index
  }
}
