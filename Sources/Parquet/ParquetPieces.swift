// Splits a Parquet file into smaller ones at row groups, so that a server that loads a whole table
// into memory can read a file of any size. A piece is a byte range of the file with a new footer.
//
// The format: https://github.com/apache/parquet-format (parquet.thrift has the field numbers)

import HTTPTransport

/// A piece is a valid file.
package struct ParquetPiece {
  /// Byte range of its row groups in the file.
  package let range: Range<Int>
  /// Footer, footer length and magic number.
  package let end: [UInt8]
  package let rows: Int

  /// All bytes of the piece, read once.
  package func source(of file: ParquetFile) -> BodySource {
    let parts = [bodySource(of: ParquetFooter.magic), file.source(range), bodySource(of: end)]
    let place = Place(parts)
    return { try place.read(into: $0) }
  }

  /// Index of the segment being read. Not thread-safe.
  private final class Place: @unchecked Sendable {
    private var parts: ArraySlice<BodySource>

    init(_ parts: [BodySource]) { self.parts = parts[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      while let part = parts.first {
        let count = try part(buffer)
        if count > 0 { return count }
        parts.removeFirst()
      }
      return 0
    }
  }
}

extension ParquetFile {
  /// Decoded bytes of a piece, unless one row group has more: 64 MiB.
  package static let pieceBytesMax = 64 << 20

  /// Splits the file between row groups.
  ///
  /// - Parameter bytesMax: uncompressed bytes of a piece, unless one row group has more.
  /// - Returns: pieces in order; none for a file without rows.
  /// - Throws: ``AnswerError`` for an invalid footer; ``UserError`` if the file cannot be read.
  package func pieces(bytesMax: Int = pieceBytesMax) throws -> [ParquetPiece] {
    let footer = try footer().dropFirst(ParquetFooter.magic.count).dropLast(8)
    do {
      var cutter = ParquetCutter(bytesMax: bytesMax, end: bytes - 8 - footer.count)
      try cutter.read(footer)
      return cutter.pieces
    } catch {
      throw AnswerError.damaged("the footer of \(label) cannot be read")
    }
  }
}

private struct ParquetCutter {
  private(set) var pieces: [ParquetPiece] = []
  private let bytesMax: Int
  private let end: Int
  private var version = ThriftValue.integer(type: 5, 2)
  private var schema = ThriftValue.structure([])
  private var groups: [ThriftValue] = []
  private var range = 0..<0
  private var (rows, size) = (0, 0)

  /// - Parameter end: offset of the footer.
  init(bytesMax: Int, end: Int) { (self.bytesMax, self.end) = (bytesMax, end) }

  mutating func read(_ footer: ArraySlice<UInt8>) throws(ThriftError) {
    var reader = ThriftReader(footer)
    var last = 0
    while let (id, type) = try reader.field(after: last) {
      last = id
      switch id {
      case 1: version = try reader.value(type)
      case 2: schema = try reader.value(type)
      case 4:
        guard type == ThriftType.list else { throw ThriftError() }
        let (count, element) = try reader.listHead()
        guard element == ThriftType.structure else { throw ThriftError() }
        for _ in 0..<count { try add(try reader.value(element)) }
      default: try reader.skip(type)
      }
    }
    endPiece()
  }

  private mutating func add(_ group: ThriftValue) throws(ThriftError) {
    let chunks = (group[1]?.members ?? []).map(\.chunkBytes)
    guard let count = group[3]?.integer.flatMap({ Int(exactly: $0) }), count >= 0 else {
      throw ThriftError()
    }
    guard count > 0 else { return }
    var found: Range<Int>?
    for chunk in chunks {
      guard let chunk, chunk.upperBound <= end else { throw ThriftError() }
      let start = min(chunk.lowerBound, found?.lowerBound ?? .max)
      found = start..<max(chunk.upperBound, found?.upperBound ?? 0)
    }
    guard let found else { throw ThriftError() }
    let bytes = Int(clamping: max(0, group[2]?.integer ?? 0))
    if !groups.isEmpty, bytes > bytesMax - size || found.lowerBound < range.upperBound {
      endPiece()
    }
    range = (groups.isEmpty ? found.lowerBound : range.lowerBound)..<found.upperBound
    let distance = Int64(ParquetFooter.magic.count - range.lowerBound)
    groups.append(group.moved(by: distance, number: groups.count).withoutFilters)
    (rows, size) = (rows &+ count, size &+ bytes)
  }

  private mutating func endPiece() {
    guard !groups.isEmpty else { return }
    let list = { (values: [ThriftValue]) in
      ThriftValue.list(type: ThriftType.list, element: ThriftType.structure, values)
    }
    var writer = ThriftWriter()
    writer.write(
      .structure([
        ThriftField(id: 1, value: version), ThriftField(id: 2, value: schema),
        ThriftField(id: 3, value: .integer(type: ThriftType.int64, Int64(rows))),
        ThriftField(id: 4, value: list(groups)),
      ]))
    let length = (0..<4).map { UInt8(truncatingIfNeeded: writer.bytes.count >> ($0 * 8)) }
    pieces.append(
      ParquetPiece(range: range, end: writer.bytes + length + ParquetFooter.magic, rows: rows))
    (groups, rows, size) = ([], 0, 0)
  }
}

extension ThriftValue {
  /// A row group without its Bloom filters, which may be far from its pages.
  fileprivate var withoutFilters: ThriftValue {
    guard case .list(let type, let element, let chunks) = self[1] else { return self }
    var group = self
    group[1] = .list(
      type: type, element: element,
      chunks.map { chunk in
        var chunk = chunk
        if var column = chunk[3] {
          column[14] = nil
          column[15] = nil
          chunk[3] = column
        }
        return chunk
      })
    return group
  }
}
