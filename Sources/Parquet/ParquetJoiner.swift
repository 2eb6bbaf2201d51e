// Joins Parquet files with equal schemas as they arrive: row groups are passed on unchanged, and
// one footer at the end lists them all.
//
// The format: https://github.com/apache/parquet-format (parquet.thrift has the field numbers)

import HTTPTransport

/// Not thread-safe. A file's footer length is known only at its end, so the longest possible footer
/// is held back.
package final class ParquetJoiner: @unchecked Sendable {
  /// The longest accepted footer of a file.
  static let footerBytesMax = ParquetCheck.footerBytesMax
  private static let magic = ParquetFooter.magic

  private let sink: BodySink
  /// Next write offset in the joined file.
  private var written = 0
  /// Offset in the joined file of the current file's first byte.
  private var base = 0
  /// Received bytes of the current file.
  private var arrived = 0
  /// Unwritten bytes of the current file; those before `passed` have been written.
  private var held: [UInt8] = []
  private var passed = 0
  private var footer = JoinedFooter()

  /// - Parameter sink: takes the joined file.
  package init(into sink: @escaping BodySink) { self.sink = sink }

  /// Takes the next bytes of the current file.
  package func take(_ bytes: UnsafeRawBufferPointer) throws {
    arrived += bytes.count
    held.append(contentsOf: bytes)
    // In steps, because moving the rest costs as much as writing it.
    if held.count - passed > Self.footerBytesMax + (1 << 20) {
      try pass(until: held.count - Self.footerBytesMax)
      held.removeFirst(passed)
      passed = 0
    }
  }

  /// Ends the current file; the next bytes belong to another one.
  package func endFile() throws {
    defer {
      held.removeAll(keepingCapacity: true)
      (passed, arrived) = (0, 0)
      base = max(0, written - Self.magic.count)
    }
    guard arrived > 0 else { return }
    let lengths = held.suffix(8)
    guard arrived >= 12, lengths.suffix(4).elementsEqual(Self.magic) else {
      throw AnswerError.notJoined(
        "a response is not a Parquet file, and cannot be joined to another")
    }
    let length = lengths.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length + 8 + Self.magic.count <= arrived else {
      throw AnswerError.notJoined(
        "a response is shorter than its footer requires, and cannot be joined")
    }
    guard length + 8 <= Self.footerBytesMax else {
      throw AnswerError.notJoined(
        "the footer of a response has \(length) bytes, and one of more than "
          + "\(Self.footerBytesMax) cannot be joined; export shorter slices, or larger row groups")
    }
    let end = held.count - 8 - length
    try pass(until: end)
    do { try footer.add(held[end..<held.count - 8], movedBy: base) } catch is ThriftError {
      throw AnswerError.notJoined(
        "the footer of a response cannot be read, so it cannot be joined to another")
    }
  }

  /// Writes the footer, which completes the file.
  package func finish() throws {
    guard let bytes = footer.bytes else { return }
    let length = (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) }
    try (bytes + length + Self.magic).withUnsafeBytes { try sink($0) }
  }

  /// Writes the held bytes up to a position; omits the magic number of all files but the first.
  private func pass(until end: Int) throws {
    let isBeginning = arrived == held.count && passed == 0
    let skipped = isBeginning && written > 0 ? Self.magic.count : 0
    guard end > passed + skipped else { return }
    try held.withUnsafeBytes {
      try sink(UnsafeRawBufferPointer(rebasing: $0[(passed + skipped)..<end]))
    }
    written += end - passed - skipped
    passed = end
  }
}

struct JoinedFooter {
  private var first: [ThriftField] = []
  private var groups = ThriftWriter()
  private var groupCount = 0
  private var rows: Int64 = 0

  /// Field ids of `FileMetaData`.
  private enum Field {
    static let schema = 2
    static let rows = 3
    static let groups = 4
  }

  /// Adds the row groups of a file.
  ///
  /// - Parameters:
  ///   - bytes: its footer.
  ///   - distance: offset of its bytes in the joined file relative to their own.
  /// - Throws: ``ThriftError`` for an invalid footer; ``AnswerError`` for different columns.
  mutating func add(_ bytes: ArraySlice<UInt8>, movedBy distance: Int) throws {
    var reader = ThriftReader(bytes)
    var fields: [ThriftField] = []
    var last = 0
    while let (id, type) = try reader.field(after: last) {
      last = id
      guard id == Field.groups, type == ThriftType.list else {
        fields.append(ThriftField(id: id, value: try reader.value(type)))
        continue
      }
      // One at a time: the decoded groups of a long file would be many times their bytes.
      let (count, element) = try reader.listHead()
      guard element == ThriftType.structure else { throw ThriftError() }
      for _ in 0..<count {
        let group = try reader.value(element)
        groups.write(group.moved(by: Int64(distance), number: groupCount))
        groupCount += 1
      }
    }
    let file = ThriftValue.structure(fields)
    guard case .integer(_, let count) = file[Field.rows], let schema = file[Field.schema] else {
      throw ThriftError()
    }
    let (sum, overflows) = rows.addingReportingOverflow(count)
    guard count >= 0, !overflows else { throw ThriftError() }
    rows = sum
    if first.isEmpty {
      first = fields
    } else if ThriftValue.structure(first)[Field.schema] != schema {
      throw AnswerError.notJoined(
        "two responses have different columns, and cannot be joined into one file")
    }
  }

  /// Nil if no file was added.
  var bytes: [UInt8]? {
    guard !first.isEmpty else { return nil }
    var writer = ThriftWriter()
    var last = 0
    func head(_ field: ThriftField, _ writer: inout ThriftWriter) {
      writer.field(field.id, field.value.type, after: last)
      last = field.id
    }
    for field in first where field.id < Field.rows {
      head(field, &writer)
      writer.write(field.value)
    }
    writer.field(Field.rows, ThriftType.int64, after: last)
    writer.write(.integer(type: ThriftType.int64, rows))
    writer.field(Field.groups, ThriftType.list, after: Field.rows)
    writer.listHead(groupCount, ThriftType.structure)
    writer.raw(groups.bytes)
    last = Field.groups
    for field in first where field.id > Field.groups {
      head(field, &writer)
      if case .bool = field.value {} else { writer.write(field.value) }
    }
    writer.end()
    return writer.bytes
  }
}

extension ThriftValue {
  /// A row group with shifted offsets. Page indexes are dropped: they contain offsets in bytes that
  /// are already written.
  func moved(by distance: Int64, number: Int) -> ThriftValue {
    var group = self
    group.shift(5, by: distance)
    if case .integer(let type, _) = group[7] {
      // The ordinal has 16 bits and is optional; omitted if it does not fit.
      group[7] = Int16(exactly: number).map { .integer(type: type, Int64($0)) }
    }
    guard case .list(let type, let element, let columns) = group[1] else { return group }
    group[1] = .list(
      type: type, element: element,
      columns.map { chunk in
        var chunk = chunk
        chunk.shift(2, by: distance)
        for index in 4...7 { chunk[index] = nil }
        if var column = chunk[3] {
          for place in [9, 10, 11, 14] { column.shift(place, by: distance) }
          chunk[3] = column
        }
        return chunk
      })
    return group
  }

  /// Shifts an offset; 0 means none.
  private mutating func shift(_ id: Int, by distance: Int64) {
    guard case .integer(let type, let place) = self[id], place > 0 else { return }
    self[id] = .integer(type: type, place &+ distance)
  }
}
