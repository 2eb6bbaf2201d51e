// Growing raw memory that is written once from front to back and used again for the next block.
//
// It knows numbers, lengths and bytes; what they mean on the wire is `NativeBlock`'s business. It
// never shrinks: in the steady state nothing is allocated.

/// Bytes under construction. A write past the end grows it; little-endian as the format is.
public struct ByteBuffer: ~Copyable {
  /// How many bytes beyond the space that was asked for may be written over, so that text can be
  /// stored up to sixty-four bytes at a time. What is there is written over by what follows.
  public static let slack = 512

  /// Bytes written so far.
  @inlinable public var count: Int { used }
  @usableFromInline var used = 0
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int

  /// Makes an empty buffer with room for so many bytes.
  public init(capacity: Int = 1 << 16) {
    precondition(capacity >= 0)
    self.capacity = capacity
    base = .allocate(byteCount: capacity + Self.slack, alignment: 64)
  }

  deinit { base.deallocate() }

  /// What was written. The view is valid until the next write.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: used) }

  /// Forgets what was written and keeps the memory.
  public mutating func removeAll() { used = 0 }

  /// Takes so many bytes at the end and gives their place, which is valid until the next call.
  @inlinable
  public mutating func extend(by size: Int) -> UnsafeMutableRawPointer {
    if capacity - used < size { grow(by: size) }
    let place = base + used
    used += size
    return place
  }

  @usableFromInline
  mutating func grow(by size: Int) {
    precondition(size >= 0 && size < 1 << 40, "a block of more than a tebibyte is a mistake")
    let larger = max(capacity * 2, used + size)
    let place = UnsafeMutableRawPointer.allocate(byteCount: larger + Self.slack, alignment: 64)
    place.copyMemory(from: base, byteCount: used)
    base.deallocate()
    base = place
    capacity = larger
  }

  /// Appends a number as it lies in memory.
  @inlinable
  public mutating func append<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    extend(by: MemoryLayout<T>.size).storeBytes(of: value.littleEndian, as: T.self)
  }

  /// Appends a number in groups of seven bits, lowest first (LEB128), as lengths are written.
  @inlinable
  public mutating func append(varint value: Int) {
    var rest = UInt64(value)
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends a text: its length in bytes, then its UTF-8.
  public mutating func append(_ text: String) {
    append(varint: text.utf8.count)
    append(bytesOf: text)
  }

  /// Appends a text's UTF-8 alone.
  mutating func append(bytesOf text: String) {
    var text = text
    text.withUTF8 { utf8 in
      let place = extend(by: utf8.count)
      if let source = utf8.baseAddress { place.copyMemory(from: source, byteCount: utf8.count) }
    }
  }

  /// Appends a text of a known length: its length in bytes, then what `fill` stores from the
  /// pointer on. `fill` may touch ``slack`` bytes after its own.
  @inlinable
  public mutating func append(
    textOf size: Int, _ fill: (UnsafeMutableRawPointer) -> Void
  ) {
    append(varint: size)
    fill(extend(by: size))
  }

  @inlinable
  mutating func overwrite(at offset: Int, with byte: UInt8) {
    (base + offset).storeBytes(of: byte, as: UInt8.self)
  }
}
