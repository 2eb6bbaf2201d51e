// Map and Array columns. A map is an array of pairs: the end offset of each row, then all keys,
// then all values. Each closure is called once per entry, in order, and must be deterministic for a
// row.

extension NativeBlock {
  // Returns the number of entries of all rows.
  @inlinable
  mutating func ends(_ count: (Int) -> Int) -> Int {
    let place = out.extend(by: rows * 8)
    var end = 0
    for row in 0..<rows {
      end &+= count(row)
      place.storeBytes(of: UInt64(end).littleEndian, toByteOffset: row &* 8, as: UInt64.self)
    }
    return end
  }

  /// `Array(String)`: the number of elements of a row, then each element.
  @inlinable
  public mutating func arrays(
    _ name: String, count: (Int) -> Int, _ append: (Int, Int, inout ByteBuffer) -> Void
  ) {
    header(name, "Array(String)")
    _ = ends(count)
    eachEntry(count, append)
  }

  @inlinable
  public mutating func textMaps(
    _ name: String, count: (Int) -> Int, key: (Int, Int, inout ByteBuffer) -> Void,
    value: (Int, Int, inout ByteBuffer) -> Void
  ) {
    header(name, "Map(String, String)")
    _ = ends(count)
    eachEntry(count, key)
    eachEntry(count, value)
  }

  /// `Map(LowCardinality(String), String)`; `key` returns a word's number.
  @inlinable
  public mutating func wordMaps(
    _ name: String, _ keys: Vocabulary, count: (Int) -> Int, key: (Int, Int) -> Int,
    value: (Int, Int, inout ByteBuffer) -> Void
  ) {
    header(name, "Map(LowCardinality(String), String)")
    wordKeys(keys, count, key)
    eachEntry(count, value)
  }

  /// `Map(LowCardinality(String), T)`; `key` returns a word's number.
  @inlinable
  public mutating func wordMaps<T>(
    _ name: String, _ keys: Vocabulary, _ type: FixedType<T>, count: (Int) -> Int,
    key: (Int, Int) -> Int, value: (Int, Int) -> T
  ) {
    header(name, "Map(LowCardinality(String), ", type.name, ")")
    let total = wordKeys(keys, count, key)
    var place = out.extend(by: total * MemoryLayout<T>.size)
    for row in 0..<rows {
      for entry in 0..<count(row) {
        place.storeBytes(of: value(row, entry).littleEndian, as: T.self)
        place += MemoryLayout<T>.size
      }
    }
  }

  @inlinable
  @discardableResult
  mutating func wordKeys(
    _ keys: Vocabulary, _ count: (Int) -> Int, _ key: (Int, Int) -> Int
  ) -> Int {
    if rows == 0 { return 0 }
    dictionaryPrefix()
    let total = ends(count)
    numbers.removeAll(keepingCapacity: true)
    for row in 0..<rows {
      for entry in 0..<count(row) { numbers.append(UInt16(key(row, entry))) }
    }
    dictionary(keys)
    return total
  }

  @inlinable
  mutating func eachEntry(
    _ count: (Int) -> Int, _ append: (Int, Int, inout ByteBuffer) -> Void
  ) {
    for row in 0..<rows {
      for entry in 0..<count(row) { append(row, entry, &out) }
    }
  }
}
