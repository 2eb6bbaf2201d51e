// Whether an answer is a whole Parquet file, seen from its bytes as they stream by: every
// truncation and every missing piece is an error, and no byte is looked at that did not arrive.

import Foundation
import Testing
@testable import Parquet

@Suite(.timeLimit(.minutes(1))) struct ParquetCheckTests {
  private static let file = FormOfParquet(groups: 7, rowsPerGroup: 11).bytes

  private func check(_ bytes: [UInt8], piece: Int = 1 << 16) throws(AnswerError) -> Int? {
    let check = ParquetCheck()
    feed(bytes, check, piece: piece)
    return try check.end()
  }

  private func feed(_ bytes: [UInt8], _ check: ParquetCheck, piece: Int) {
    for start in stride(from: 0, to: bytes.count, by: piece) {
      bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { check.take($0) }
    }
  }

  private func name(_ bytes: [UInt8]) -> String {
    do {
      return "whole, \(try check(bytes) ?? -1) rows"
    } catch { return error.name }
  }

  @Test func rowsAreThoseOfTheFooterHoweverTheBytesArrive() throws {
    for piece in [1, 3, 1000, 1 << 20] { #expect(try check(Self.file, piece: piece) == 77) }
    #expect(try check(FormOfParquet(groups: 0).bytes) == 0)
    let one = ParquetCheck()
    for groups in [3, 1, 2] {
      feed(FormOfParquet(groups: groups).bytes, one, piece: 7)
      #expect(try one.end() == 10 * groups, "each answer is counted alone")
    }
  }

  @Test func noTruncationPasses() {
    for length in 0..<Self.file.count {
      #expect(name(Array(Self.file.prefix(length))) == "ANSWER_CUT_SHORT", "\(length) bytes")
    }
  }

  @Test func whatIsMissingInTheMidstIsNoticed() {
    let data = Self.file.count - 8 - Self.footerLength
    for count in [1, 4, 100] {
      for place in stride(from: 4, to: data - count, by: 97) {
        var bytes = Self.file
        bytes.removeSubrange(place..<place + count)
        #expect(name(bytes) == "ANSWER_DAMAGED", "\(count) bytes at \(place)")
      }
    }
  }

  private static var footerLength: Int { ParquetFooter.length(file.suffix(8)) ?? 0 }

  @Test func otherBytesHaveOtherNames() {
    #expect(name(Array("{\"id\": 1}\n{\"id\": 2}\n".utf8)) == "NOT_PARQUET")
    #expect(name(Array("P".utf8)) == "ANSWER_CUT_SHORT")
    var long = Self.file
    long[long.count - 5] = 1
    #expect(name(long) == "ANSWER_DAMAGED", "a footer longer than the file")
    var torn = Self.file
    torn[torn.count - 8 - Self.footerLength] = 0xff
    #expect(name(torn) == "ANSWER_DAMAGED", "a footer that is no Thrift")
  }

  @Test func aMutatedFooterIsNeverACrash() {
    var random = SeededNumbers(seed: 11)
    let start = Self.file.count - 8 - Self.footerLength
    for _ in 0..<2_000 {
      var bytes = Self.file
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: start..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      _ = name(bytes)
    }
  }

  /// Only the last bytes are kept: beyond them the length is checked and no row is guessed.
  @Test func aFooterLongerThanWhatIsKeptHasNoRows() throws {
    let magic = ParquetFooter.magic
    let length = ParquetCheck.footerBytesMax
    let bytes = { (length: Int) in (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } }
    let footer = [UInt8](repeating: 7, count: length)
    #expect(try check(magic + footer + bytes(length) + magic) == nil)
    #expect(name(magic + footer + bytes(length + 1) + magic) == "ANSWER_DAMAGED")
  }

  @Test func theLastBytesAreKept() {
    let buffer = RingBuffer(capacity: 4096)
    var all: [UInt8] = []
    var random = SeededNumbers(seed: 5)
    for round in 0..<300 {
      let more = (0..<Int.random(in: 0...(round % 50 == 0 ? 9000 : 700), using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      all += more
      more.withUnsafeBytes { buffer.append($0) }
      for length in [0, 1, 8, 4095, 4096] {
        #expect(buffer.suffix(length) == Array(all.suffix(length)))
      }
      #expect(buffer.suffix(5000) == Array(all.suffix(min(4096, all.count))))
    }
    buffer.removeAll()
    #expect(buffer.suffix(8).isEmpty)
  }

  /// Every row group is in one piece, and a piece is a whole file.
  @Test func piecesHoldEveryRowGroupOnce() throws {
    let form = FormOfParquet(groups: 7, rowsPerGroup: 11)
    let file = try ParquetFile(temporary: "a test's file")
    try form.bytes.withUnsafeBytes { try file.append($0) }
    for bytesMax in [1, 200, 1 << 20] {
      let pieces = try file.pieces(bytesMax: bytesMax)
      #expect(pieces.map(\.rows).reduce(0, +) == 77)
      #expect(pieces.count == (bytesMax == 1 ? 7 : bytesMax == 200 ? pieces.count : 1))
      var found: [String] = []
      for piece in pieces {
        let bytes = try read(piece.source(of: file))
        #expect(try check(bytes) == piece.rows)
        found += texts(String(decoding: bytes, as: UTF8.self))
      }
      #expect(found == texts(String(decoding: form.bytes, as: UTF8.self)))
    }
    let empty = try ParquetFile(temporary: "a test's file")
    try FormOfParquet(groups: 0).bytes.withUnsafeBytes { try empty.append($0) }
    #expect(try empty.pieces().isEmpty)
  }

  private func texts(_ file: String) -> [String] {
    file.split(separator: "|").compactMap { text in
      text.range(of: "data a").map { String(text[$0.lowerBound...]) }
    }
  }

  private func read(_ source: @Sendable (UnsafeMutableRawBufferPointer) throws -> Int) throws
    -> [UInt8]
  {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 100)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try source($0) }
      if count == 0 { return all }
      all += buffer[..<count]
    }
  }
}
