// The bytes of each kind of column, written out by hand from the format's description.

import NativeFormat
import Testing

private func bytes(
  rows: Int, _ write: (inout NativeBlock) -> Void
) -> [UInt8] {
  var block = NativeBlock(capacity: 8)
  block.begin(columns: 1, rows: rows)
  write(&block)
  return Array(block.bytes)
}

private func header(_ rows: Int, _ name: String, _ type: String) -> [UInt8] {
  [1, UInt8(rows), UInt8(name.utf8.count)] + name.utf8 + [UInt8(type.utf8.count)] + type.utf8
}

private func le(_ values: Int64...) -> [UInt8] {
  values.flatMap { value in
    (0..<8).map { UInt8(truncatingIfNeeded: UInt64(bitPattern: value) >> UInt64($0 * 8)) }
  }
}

private func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }

@Suite struct NativeTests {
  @Test func integers() {
    #expect(
      bytes(rows: 2) { $0.fixed("a", .uint8) { UInt8($0 + 7) } } == header(2, "a", "UInt8") + [
        7, 8,
      ])
    #expect(
      bytes(rows: 2) { $0.fixed("n", .uint16) { UInt16($0 + 258) } }
        == header(2, "n", "UInt16") + [2, 1, 3, 1])
    #expect(
      bytes(rows: 1) { $0.fixed("t", .milliseconds) { _ in -2 } }
        == header(1, "t", "DateTime64(3)") + le(-2))
    #expect(
      bytes(rows: 1) { $0.fixed("d", .decimal64(scale: 12)) { _ in 5 } }
        == header(1, "d", "Decimal(18, 12)") + le(5))
  }

  @Test func absentIntegers() {
    #expect(
      bytes(rows: 3) { $0.nullableFixed("n", .uint16) { $0 == 1 ? nil : UInt16($0) } }
        == header(3, "n", "Nullable(UInt16)") + [0, 1, 0] + [0, 0, 0, 0, 2, 0])
  }

  @Test func texts() {
    #expect(
      bytes(rows: 2) { $0.texts("s") { row, out in out.append(row == 0 ? "" : "äb") } }
        == header(2, "s", "String") + [0] + text("äb"))
    #expect(
      bytes(rows: 3) { block in
        block.nullableTexts("s") { row, out in
          if row == 1 { return false }
          out.append("x\(row)")
          return true
        }
      } == header(3, "s", "Nullable(String)") + [0, 1, 0] + text("x0") + [0] + text("x2"))
  }

  @Test func longTextsAndGrowth() {
    let size = 300_000
    let written = bytes(rows: 1) { block in
      block.texts("s") { _, out in
        out.append(textOf: size) { place in
          for offset in 0..<size { place.storeBytes(of: 9, toByteOffset: offset, as: UInt8.self) }
        }
      }
    }
    #expect(
      written == header(1, "s", "String") + [0xe0, 0xa7, 0x12] + Array(repeating: 9, count: size))
  }

  @Test func words() {
    let vocabulary = Vocabulary(["zero", "one", "two"])
    // Only the words in use, in the order of their first use.
    #expect(
      bytes(rows: 4) { $0.words("w", vocabulary) { [2, 0, 2, 2][$0] } }
        == header(4, "w", "LowCardinality(String)") + le(1, 0x200, 2) + text("two") + text("zero")
        + le(4) + [0, 1, 0, 0])
  }

  @Test func manyWordsHaveWiderPlaces() {
    let vocabulary = Vocabulary((0..<300).map { "w\($0)" })
    let written = bytes(rows: 300) { $0.words("w", vocabulary) { 299 - $0 } }
    #expect(written.suffix(4) == [0x2a, 1, 0x2b, 1])
    #expect(Array(written.suffix(600).prefix(4)) == [0, 0, 1, 0])
  }

  @Test func aDictionaryForgetsTheBlockBefore() {
    let vocabulary = Vocabulary(["a", "b"])
    var block = NativeBlock()
    for word in [0, 1, 0] {
      block.begin(columns: 1, rows: 1)
      block.words("w", vocabulary) { _ in word }
      #expect(
        Array(block.bytes) == header(1, "w", "LowCardinality(String)") + le(1, 0x200, 1)
          + text(vocabulary.words[word]) + le(1) + [0])
    }
  }

  @Test func mapsOfWords() {
    let keys = Vocabulary(["k", "l"])
    #expect(
      bytes(rows: 3) { block in
        block.wordMaps(
          "m", keys, .uint64, count: { $0 }, key: { $1 }, value: { UInt64($0 * 10 + $1) })
      } == header(3, "m", "Map(LowCardinality(String), UInt64)") + le(1) + le(0, 1, 3)
        + le(0x200, 2) + text("k") + text("l") + le(3) + [0, 0, 1] + le(10, 20, 21))
    #expect(
      bytes(rows: 1) { block in
        block.wordMaps(
          "m", keys, count: { _ in 1 }, key: { _, _ in 1 }, value: { $2.append("v\($0)\($1)") })
      } == header(1, "m", "Map(LowCardinality(String), String)") + le(1) + le(1) + le(0x200, 1)
        + text("l") + le(1) + [0] + text("v00"))
  }

  @Test func mapsWithoutEntriesHaveNoDictionary() {
    #expect(
      bytes(rows: 2) { block in
        block.wordMaps(
          "m", Vocabulary(["k"]), .uint64, count: { _ in 0 }, key: { $1 }, value: { _, _ in 0 })
      } == header(2, "m", "Map(LowCardinality(String), UInt64)") + le(1) + le(0, 0))
  }

  @Test func mapsAndArraysOfTexts() {
    #expect(
      bytes(rows: 2) { block in
        block.textMaps(
          "m", count: { 1 - $0 }, key: { $2.append("k") }, value: { $2.append("v") })
      } == header(2, "m", "Map(String, String)") + le(1, 1) + text("k") + text("v"))
    #expect(
      bytes(rows: 2) { $0.arrays("a", count: { $0 + 1 }) { $2.append("\($0)\($1)") } }
        == header(2, "a", "Array(String)") + le(1, 3) + text("00") + text("10") + text("11"))
  }

  @Test func noRowsAreNoBytes() {
    #expect(
      bytes(rows: 0) { $0.words("w", Vocabulary(["a"])) { _ in 0 } }
        == header(0, "w", "LowCardinality(String)"))
    #expect(bytes(rows: 0) { $0.fixed("a", .uint8) { _ in 0 } } == header(0, "a", "UInt8"))
  }
}
