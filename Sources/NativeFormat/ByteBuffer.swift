// Growing byte buffer, written front to back and reused for each block. It never shrinks, so the
// steady state allocates nothing.

/// Little-endian. A write past the end grows the buffer.
public struct ByteBuffer: ~Copyable {
  /// Bytes beyond the requested space that may be overwritten, so that text can be stored up to 64
  /// bytes at a time. Later writes overwrite them.
  public static let slack = 512

  @inlinable public var count: Int { used }
  @usableFromInline var used = 0
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int

  /// - Parameter capacity: in bytes.
  public init(capacity: Int = 1 << 16) {
    precondition(capacity >= 0)
    self.capacity = capacity
    base = .allocate(byteCount: capacity + Self.slack, alignment: 64)
  }

  deinit { base.deallocate() }

  /// The written bytes. Valid until the next write.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: used) }

  /// Keeps the memory.
  public mutating func removeAll() { used = 0 }

  /// Reserves bytes at the end and returns their address, valid until the next call.
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

  /// Appends a number in memory order.
  @inlinable
  public mutating func append<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    extend(by: MemoryLayout<T>.size).storeBytes(of: value.littleEndian, as: T.self)
  }

  /// Appends a LEB128 number, the encoding of lengths.
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

  /// Appends only the UTF-8 of a text.
  mutating func append(bytesOf text: String) {
    var text = text
    text.withUTF8 { utf8 in
      let place = extend(by: utf8.count)
      if let source = utf8.baseAddress { place.copyMemory(from: source, byteCount: utf8.count) }
    }
  }

  /// Appends a text of known length: the length in bytes, then what `fill` stores at the pointer.
  /// `fill` may write up to ``slack`` bytes after its own.
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
