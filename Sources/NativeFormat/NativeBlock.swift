// Writer of one block in ClickHouse's Native format, column by column into one buffer.
//
// Writes the form that HTTP uses (client protocol version 0): no block info, no custom
// serialization byte. A closure per row supplies a column, without an intermediate copy.
// ClickHouse's documentation describes the format under "Native format"; tests compare it with an
// engine.
//
// This module alone is `public`: debug builds inline no `package` function of another module, and
// the generator calls these for every row.

/// A block under construction: ``begin(columns:rows:)``, each column in order, then ``bytes``.
/// Closures take a row number from 0. A wrong number of columns is a precondition failure.
public struct NativeBlock: ~Copyable {
  @usableFromInline var out: ByteBuffer
  @usableFromInline var rows = 0
  private var columnsLeft = 0
  // For a dictionary: the word number of each value, and each word's position in this block.
  @usableFromInline var numbers: [UInt16] = []
  private var places: [UInt16] = []
  private var used: [UInt16] = []

  /// - Parameter capacity: initial size in bytes.
  public init(capacity: Int = 1 << 20) { out = ByteBuffer(capacity: capacity) }

  /// The whole block. Valid until the next write.
  public var bytes: UnsafeRawBufferPointer {
    precondition(columnsLeft == 0, "a block was read before its last column")
    return out.bytes
  }

  /// Begins a new block and discards the previous one.
  public mutating func begin(columns: Int, rows: Int) {
    out.removeAll()
    out.append(varint: columns)
    out.append(varint: rows)
    columnsLeft = columns
    self.rows = rows
  }

  /// Begins a column; the column methods call it.
  @usableFromInline
  mutating func header(_ name: String, _ type: String) { header(name, "", type, "") }

  /// The same for a wrapping type such as `Nullable(T)`, without building its name, which would
  /// allocate for each block.
  @usableFromInline
  mutating func header(_ name: String, _ before: String, _ type: String, _ after: String) {
    precondition(columnsLeft > 0, "a block has more columns than it said")
    columnsLeft -= 1
    out.append(name)
    out.append(varint: before.utf8.count + type.utf8.count + after.utf8.count)
    out.append(bytesOf: before)
    out.append(bytesOf: type)
    out.append(bytesOf: after)
  }

  @inlinable
  public mutating func fixed<T>(
    _ name: String, _ type: FixedType<T>, _ value: (Int) -> T
  ) {
    header(name, type.name)
    let place = out.extend(by: rows * MemoryLayout<T>.size)
    for row in 0..<rows {
      place.storeBytes(
        of: value(row).littleEndian, toByteOffset: row &* MemoryLayout<T>.size, as: T.self)
    }
  }

  /// A Nullable integer column.
  @inlinable
  public mutating func nullableFixed<T>(
    _ name: String, _ type: FixedType<T>, _ value: (Int) -> T?
  ) {
    header(name, "Nullable(", type.name, ")")
    let mask = out.extend(by: rows * (1 + MemoryLayout<T>.size))
    let place = mask + rows
    for row in 0..<rows {
      let given = value(row)
      mask.storeBytes(of: given == nil ? 1 : 0, toByteOffset: row, as: UInt8.self)
      place.storeBytes(
        of: (given ?? 0).littleEndian, toByteOffset: row &* MemoryLayout<T>.size, as: T.self)
    }
  }

  /// A String column. The closure appends exactly one text.
  @inlinable
  public mutating func texts(_ name: String, _ append: (Int, inout ByteBuffer) -> Void) {
    header(name, "String")
    for row in 0..<rows { append(row, &out) }
  }

  /// A Nullable String column. The closure appends exactly one text and returns true, or nothing
  /// and returns false.
  @inlinable
  public mutating func nullableTexts(
    _ name: String, _ append: (Int, inout ByteBuffer) -> Bool
  ) {
    header(name, "Nullable(String)")
    let mask = out.count
    _ = out.extend(by: rows)
    for row in 0..<rows {
      let given = append(row, &out)
      out.overwrite(at: mask + row, with: given ? 0 : 1)
      if !given { out.append(UInt8(0)) }
    }
  }

  /// A `LowCardinality(String)` column. The closure returns a word's number.
  @inlinable
  public mutating func words(
    _ name: String, _ vocabulary: Vocabulary, _ number: (Int) -> Int
  ) {
    header(name, "LowCardinality(String)")
    if rows == 0 { return }
    dictionaryPrefix()
    numbers.removeAll(keepingCapacity: true)
    for row in 0..<rows { numbers.append(UInt16(number(row))) }
    dictionary(vocabulary)
  }

  // SerializationLowCardinality: the state is one number, the version of the key serialization.
  @usableFromInline
  mutating func dictionaryPrefix() { out.append(UInt64(1)) }

  // The used words in order of first use, then a position per value. Nothing for no values, as the
  // engine's reader expects.
  @usableFromInline
  mutating func dictionary(_ vocabulary: Vocabulary) {
    if numbers.isEmpty { return }
    let unused = UInt16.max
    if places.count < vocabulary.words.count {
      places = Array(repeating: unused, count: vocabulary.words.count)
    }
    used.removeAll(keepingCapacity: true)
    for number in numbers where places[Int(number)] == unused {
      places[Int(number)] = UInt16(used.count)
      used.append(number)
    }
    let isNarrow = used.count <= 256
    let hasAdditionalKeys: UInt64 = 0x200
    out.append(hasAdditionalKeys | (isNarrow ? 0 : 1))
    out.append(UInt64(used.count))
    for number in used { out.append(vocabulary.words[Int(number)]) }
    out.append(UInt64(numbers.count))
    let size = isNarrow ? 1 : 2
    let place = out.extend(by: numbers.count * size)
    for (position, number) in numbers.enumerated() {
      let index = places[Int(number)]
      if isNarrow {
        place.storeBytes(of: UInt8(index), toByteOffset: position, as: UInt8.self)
      } else {
        place.storeBytes(of: index.littleEndian, toByteOffset: position * 2, as: UInt16.self)
      }
    }
    for number in used { places[Int(number)] = unused }
  }
}
