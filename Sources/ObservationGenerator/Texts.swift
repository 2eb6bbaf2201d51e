// Short texts that are copied whole (names, models, prompts), and hexadecimal digits.

import NativeFormat

/// Concatenated texts with padding after the last one, so that copies can be wide.
struct Texts: Sendable {
  private let bytes: [UInt8]
  private let places: [(offset: Int, count: Int)]

  init(_ texts: [String]) {
    var bytes: [UInt8] = []
    var places: [(offset: Int, count: Int)] = []
    for text in texts {
      places.append((bytes.count, text.utf8.count))
      bytes += text.utf8
    }
    bytes += [UInt8](repeating: 0, count: 64)
    self.bytes = bytes
    self.places = places
  }

  var count: Int { places.count }

  @inline(__always)
  func append(_ number: Int, to out: inout ByteBuffer) {
    let place = places[number]
    bytes.withUnsafeBytes { source in
      guard let from = source.baseAddress.map({ $0 + place.offset }) else { return }
      out.append(textOf: place.count) { to in
        var done = 0
        while done < place.count {
          to.storeBytes(
            of: from.loadUnaligned(fromByteOffset: done, as: SIMD32<UInt8>.self),
            toByteOffset: done, as: SIMD32<UInt8>.self)
          done &+= 32
        }
      }
    }
  }
}

/// Eight hexadecimal digits, highest first, as the bytes of a little-endian number: SIMD within a
/// register.
@inline(__always)
private func hexDigits(_ value: UInt32) -> UInt64 {
  var x = UInt64(value)
  x = (x << 16 | x) & 0x0000_ffff_0000_ffff
  x = (x << 8 | x) & 0x00ff_00ff_00ff_00ff
  x = (x << 4 | x) & 0x0f0f_0f0f_0f0f_0f0f
  let letters = ((x &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
  return (x &+ 0x3030_3030_3030_3030 &+ letters &* 39).byteSwapped
}

/// Appends 32 hexadecimal digits, the form of a trace id.
@inline(__always)
func appendHex(_ high: UInt64, _ low: UInt64, to out: inout ByteBuffer) {
  out.append(textOf: 32) { place in
    appendDigits(high, to: place)
    appendDigits(low, to: place + 16)
  }
}

@inline(__always)
private func appendDigits(_ value: UInt64, to place: UnsafeMutableRawPointer) {
  let high = hexDigits(UInt32(truncatingIfNeeded: value >> 32))
  let low = hexDigits(UInt32(truncatingIfNeeded: value))
  place.storeBytes(of: high.littleEndian, as: UInt64.self)
  place.storeBytes(of: low.littleEndian, toByteOffset: 8, as: UInt64.self)
}

/// Appends a version 4 UUID that contains all 64 bits of `high`, so different `high` give different
/// UUIDs.
@inline(__always)
func appendUUID(_ high: UInt64, _ low: UInt64, to out: inout ByteBuffer) {
  out.append(textOf: 36) { place in
    let first = hexDigits(UInt32(truncatingIfNeeded: high >> 32))
    let second = hexDigits(UInt32(truncatingIfNeeded: high))
    let third = hexDigits(UInt32(truncatingIfNeeded: low >> 32))
    let fourth = hexDigits(UInt32(truncatingIfNeeded: low))
    let dash = UInt64(UInt8(ascii: "-"))
    // xxxxxxxx-xxxx-4xxx-Vxxx-xxxxxxxxxxxx; V is 8, 9, a or b.
    let variants: UInt64 = 0x62_61_39_38
    let variant = (variants >> ((low >> 62) * 8)) & 0xff
    let middle =
      dash | (second & 0xffff_ffff) << 8 | dash << 40 | UInt64(UInt8(ascii: "4")) << 48
      | ((second >> 32) & 0xff) << 56
    let after =
      ((second >> 40) & 0xffff) | dash << 16 | variant << 24 | (second >> 56) << 32
      | (third & 0xffff) << 40 | dash << 56
    place.storeBytes(of: first.littleEndian, as: UInt64.self)
    place.storeBytes(of: middle.littleEndian, toByteOffset: 8, as: UInt64.self)
    place.storeBytes(of: after.littleEndian, toByteOffset: 16, as: UInt64.self)
    place.storeBytes(of: (third >> 32).littleEndian, toByteOffset: 24, as: UInt64.self)
    place.storeBytes(of: fourth.littleEndian, toByteOffset: 28, as: UInt64.self)
  }
}

/// A UUID in the form of ``appendUUID(_:_:to:)``.
package func uuid(_ high: UInt64, _ low: UInt64) -> String {
  var out = ByteBuffer(capacity: 64)
  appendUUID(high, low, to: &out)
  // Without the length, which is one byte.
  return String(decoding: out.bytes.dropFirst(), as: UTF8.self)
}
