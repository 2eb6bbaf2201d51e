// Reads blocks back, for the tests to look at rows as a server would. The types of the table only.

import Analysis
import ObservationGenerator
import Testing

/// A value as the tests compare it.
enum Cell: Equatable {
  case null
  case number(Int64)
  case text(String)
  case texts([String])
  case pairs([String: String])

  var number: Int64? { if case .number(let value) = self { value } else { nil } }
  var text: String? { if case .text(let value) = self { value } else { nil } }
}

struct BrokenBlock: Error { let what: String }

/// Rows by column name, from whole blocks laid end to end.
func readBlocks(_ bytes: [UInt8]) throws -> [[String: Cell]] {
  var reader = Reader(bytes: bytes)
  var rows: [[String: Cell]] = []
  while !reader.isAtEnd {
    let columns = try reader.varint()
    let count = try reader.varint()
    var block = [[String: Cell]](repeating: [:], count: count)
    var names: [String] = []
    for _ in 0..<columns {
      let name = try reader.text()
      names.append(name)
      for (row, cell) in try reader.column(try reader.text(), count).enumerated() {
        block[row][name] = cell
      }
    }
    #expect(names == BlockEncoder.columns)
    rows += block
  }
  return rows
}

private struct Reader {
  let bytes: [UInt8]
  var position = 0

  var isAtEnd: Bool { position == bytes.count }

  mutating func byte() throws -> UInt8 {
    guard position < bytes.count else { throw BrokenBlock(what: "the block ends early") }
    position += 1
    return bytes[position - 1]
  }

  mutating func varint() throws -> Int {
    var value = 0
    var shift = 0
    while true {
      let next = try byte()
      value |= Int(next & 0x7f) << shift
      if next < 0x80 { return value }
      shift += 7
    }
  }

  mutating func integer(_ size: Int) throws -> Int64 {
    guard position + size <= bytes.count else { throw BrokenBlock(what: "a number ends early") }
    defer { position += size }
    return bytes.withUnsafeBytes { raw in
      switch size {
      case 1: Int64(raw[position])
      case 2: Int64(raw.loadUnaligned(fromByteOffset: position, as: UInt16.self))
      default: raw.loadUnaligned(fromByteOffset: position, as: Int64.self)
      }
    }
  }

  mutating func text() throws -> String {
    let size = try varint()
    guard position + size <= bytes.count else { throw BrokenBlock(what: "a text ends early") }
    defer { position += size }
    return String(decoding: bytes[position..<position + size], as: UTF8.self)
  }

  mutating func column(_ type: String, _ count: Int) throws -> [Cell] {
    if type.hasPrefix("Map(") {
      let inner = String(type.dropFirst(4).dropLast())
      let comma = inner.range(of: ", ") ?? inner.startIndex..<inner.startIndex
      return try map(
        String(inner[..<comma.lowerBound]), String(inner[comma.upperBound...]), count)
    }
    if type == "Array(String)" {
      let ends = try (0..<count).map { _ in Int(try integer(8)) }
      let all = try (0..<(ends.last ?? 0)).map { _ in try text() }
      return zip([0] + ends, ends).map { .texts(Array(all[$0..<$1])) }
    }
    if type.hasPrefix("Nullable(") {
      let absent = try (0..<count).map { _ in try byte() == 1 }
      let values = try column(String(type.dropFirst(9).dropLast()), count)
      return zip(absent, values).map { $0 ? .null : $1 }
    }
    if type.hasPrefix("LowCardinality") {
      if count > 0 { #expect(try integer(8) == 1) }
      return try dictionary(count).map { .text($0) }
    }
    return try (0..<count).map { _ in try scalar(type) }
  }

  mutating func scalar(_ type: String) throws -> Cell {
    switch type {
    case "String": return .text(try text())
    case "UInt8": return .number(try integer(1))
    case "UInt16": return .number(try integer(2))
    case "UInt64", "Decimal(18, 12)", "DateTime64(3)": return .number(try integer(8))
    default: throw BrokenBlock(what: "type \(type)")
    }
  }

  mutating func dictionary(_ count: Int) throws -> [String] {
    if count == 0 { return [] }
    let flags = try integer(8)
    let words = try (0..<(try integer(8))).map { _ in try text() }
    #expect(try integer(8) == Int64(count))
    return try (0..<count).map { _ in words[Int(try integer(flags & 1 == 1 ? 2 : 1))] }
  }

  mutating func map(_ key: String, _ value: String, _ count: Int) throws -> [Cell] {
    let isWord = key.hasPrefix("LowCardinality")
    if isWord { #expect(try integer(8) == 1) }
    let ends = try (0..<count).map { _ in Int(try integer(8)) }
    let total = ends.last ?? 0
    let keys = isWord ? try dictionary(total) : try (0..<total).map { _ in try text() }
    let values = try (0..<total).map { _ -> String in
      switch try scalar(value) {
      case .text(let text): return text
      case .number(let number): return "\(number)"
      default: return ""
      }
    }
    return zip([0] + ends, ends).map { start, end in
      .pairs(Dictionary(uniqueKeysWithValues: zip(keys[start..<end], values[start..<end])))
    }
  }
}

extension String {
  fileprivate func range(of other: String) -> Range<Index>? {
    for start in indices where self[start...].hasPrefix(other) {
      return start..<index(start, offsetBy: other.count)
    }
    return nil
  }
}
