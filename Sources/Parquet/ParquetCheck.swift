// Checks that a streamed response is a complete Parquet file: magic numbers at both ends, a footer
// that fits the file's length, and its row count. HTTP alone does not guarantee this: a proxy may
// end a response early but correctly.

import Foundation

/// Checks responses one after another. Not thread-safe.
///
/// The footer is at the end, so the last 16 MiB are kept, in a separate mapping outside of the
/// measured allocator.
package final class ParquetCheck: @unchecked Sendable {
  /// The longest footer whose rows are counted: 16 MiB.
  static let footerBytesMax = 16 << 20

  private var arrived = 0
  private var head: [UInt8] = []
  private let tail = RingBuffer(capacity: footerBytesMax)

  package init() {}

  /// Takes the next bytes of a response.
  package func take(_ bytes: UnsafeRawBufferPointer) {
    if head.count < ParquetFooter.magic.count {
      head += bytes.prefix(ParquetFooter.magic.count - head.count)
    }
    arrived += bytes.count
    tail.append(bytes)
  }

  /// Ends a response; the next bytes belong to another one.
  ///
  /// - Returns: the footer's row count; nil if the footer exceeds the kept bytes.
  /// - Throws: ``AnswerError`` for an incomplete file.
  package func end() throws(AnswerError) -> Int? {
    defer {
      (arrived, head) = (0, [])
      tail.removeAll()
    }
    let magic = ParquetFooter.magic
    guard magic.starts(with: head) else { throw .notParquet }
    guard arrived >= ParquetFooter.fileBytesMin else {
      throw .cutShort("\(arrived) bytes arrived, which are not a Parquet file")
    }
    guard let length = ParquetFooter.length(tail.suffix(8)) else {
      throw .cutShort("\(arrived) bytes arrived, without a footer at their end")
    }
    guard length <= arrived - ParquetFooter.fileBytesMin else {
      throw .damaged("\(arrived) bytes arrived, and the footer alone has \(length)")
    }
    guard length + 8 <= Self.footerBytesMax else { return nil }
    let footer: ParquetFooter
    do { footer = try ParquetFooter(tail.suffix(length + 8).dropLast(8)) } catch {
      throw .damaged("the footer of the response cannot be read")
    }
    guard footer.end <= arrived - length - 8 else {
      throw .damaged(
        "\(arrived) bytes arrived, and the footer refers to bytes beyond them, so some are missing")
    }
    return footer.rows
  }
}

/// The last appended bytes, in a separate mapping. Unwritten pages take no memory.
final class RingBuffer {
  private let memory: UnsafeMutableRawPointer
  private let capacity: Int
  private var written = 0

  init(capacity: Int) {
    self.capacity = capacity
    let mapping = mmap(
      nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { preconditionFailure("no memory for a buffer") }
    memory = mapping
  }

  deinit { munmap(memory, capacity) }

  /// Appends bytes; only the last ones are kept.
  func append(_ bytes: UnsafeRawBufferPointer) {
    var rest = UnsafeRawBufferPointer(rebasing: bytes.suffix(capacity))
    written += bytes.count - rest.count
    while let base = rest.baseAddress, rest.count > 0 {
      let place = written % capacity
      let count = min(rest.count, capacity - place)
      (memory + place).copyMemory(from: base, byteCount: count)
      written += count
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  /// The last bytes, at most the capacity.
  func suffix(_ length: Int) -> [UInt8] {
    let count = min(length, written, capacity)
    let start = (written - count) % capacity
    let first = min(count, capacity - start)
    let whole = UnsafeRawBufferPointer(start: memory, count: capacity)
    return Array(whole[start..<start + first]) + Array(whole[0..<count - first])
  }

  func removeAll() { written = 0 }
}
