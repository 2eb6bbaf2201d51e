// Parquet footer: the file-level fields, and the last row group only.
//
// The format: https://github.com/apache/parquet-format (parquet.thrift has the field numbers)

struct ParquetFooter: Equatable {
  /// A file begins and ends with these bytes.
  static let magic = Array("PAR1".utf8)
  /// Two magic numbers and the length of a footer.
  static let fileBytesMin = 12

  let rows: Int
  /// End of the last byte that the last row group refers to; 0 without row groups.
  let end: Int

  /// Reads the Thrift structure `FileMetaData`, without its length.
  ///
  /// - Throws: ``ThriftError`` for invalid bytes.
  init(_ bytes: ArraySlice<UInt8>) throws(ThriftError) {
    var reader = ThriftReader(bytes)
    var rows: Int64?
    var end: Int64 = 0
    var last = 0
    while let (id, type) = try reader.field(after: last) {
      last = id
      if id == Field.rows, case .integer(_, let count) = try reader.value(type) {
        rows = count
      } else if id == Field.groups, type == ThriftType.list {
        let (count, element) = try reader.listHead()
        guard element == ThriftType.structure else { throw ThriftError() }
        for number in 0..<count {
          guard number == count - 1 else {
            try reader.skip(element)
            continue
          }
          end = try reader.value(element).lastPlace
        }
      } else if id != Field.rows {
        try reader.skip(type)
      }
    }
    guard let rows = rows.flatMap({ Int(exactly: $0) }), rows >= 0 else { throw ThriftError() }
    self.rows = rows
    self.end = Int(end)
  }

  /// The footer length in the last eight bytes of a file; nil if they do not end with the magic
  /// number.
  static func length(_ tail: some Collection<UInt8>) -> Int? {
    guard tail.count == 8, tail.suffix(4).elementsEqual(magic) else { return nil }
    return tail.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Field ids of `FileMetaData`.
  private enum Field {
    static let rows = 3
    static let groups = 4
  }
}

extension ThriftValue {
  var members: [ThriftValue] { if case .list(_, _, let all) = self { all } else { [] } }
  var integer: Int64? { if case .integer(_, let number) = self { number } else { nil } }

  /// End of the bytes that a row group refers to: pages, Bloom filters and page indexes.
  fileprivate var lastPlace: Int64 {
    func end(_ value: ThriftValue?, _ place: Int, _ length: Int) -> Int64 {
      guard let start = value?[place]?.integer, let count = value?[length]?.integer else {
        return 0
      }
      let (sum, overflows) = start.addingReportingOverflow(count)
      return overflows ? .max : sum
    }
    return (self[1]?.members ?? []).reduce(0) { last, chunk in
      let data = chunk.chunkBytes.map { Int64($0.upperBound) } ?? .max
      return max(last, data, end(chunk[3], 14, 15), max(end(chunk, 4, 5), end(chunk, 6, 7)))
    }
  }

  /// Byte range of a column chunk's pages; nil if invalid.
  var chunkBytes: Range<Int>? {
    let places = [self[3]?[9]?.integer, self[3]?[11]?.integer].compactMap(\.self)
    guard let first = places.filter({ $0 > 0 }).min(), let count = self[3]?[7]?.integer,
      count >= 0
    else { return nil }
    let (end, overflows) = first.addingReportingOverflow(count)
    return overflows ? nil : Int(first)..<Int(end)
  }
}
