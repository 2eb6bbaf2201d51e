// Whether an answer is a whole Parquet file, seen from its bytes as they stream by: the magic
// number at both ends, a footer that fits the length of the file, and the number of rows in it.
// HTTP alone does not say so: a proxy may end an answer early and in good order.

import Foundation

/// Checks one answer after another. One thread at a time.
///
/// A footer is known to be one when all of the file has arrived, so the last 16 MiB are kept, in
/// memory of its own and not of the allocator, whose figures are measured.
package final class ParquetCheck: @unchecked Sendable {
  /// The longest footer whose rows are counted: 16 MiB.
  static let footerBytesMax = 16 << 20

  private var arrived = 0
  private var head: [UInt8] = []
  private let tail = RingBuffer(capacity: footerBytesMax)

  package init() {}

  /// Takes what comes next of an answer.
  package func take(_ bytes: UnsafeRawBufferPointer) {
    if head.count < ParquetFooter.magic.count {
      head += bytes.prefix(ParquetFooter.magic.count - head.count)
    }
    arrived += bytes.count
    tail.append(bytes)
  }

  /// Ends an answer; the next bytes are another one's.
  ///
  /// - Returns: the rows that its footer counts; nil where the footer is longer than what is kept.
  /// - Throws: ``AnswerError`` where it is no whole file.
  package func end() throws(AnswerError) -> Int? {
    defer {
      (arrived, head) = (0, [])
      tail.removeAll()
    }
    let magic = ParquetFooter.magic
    guard magic.starts(with: head) else { throw .notParquet }
    guard arrived >= ParquetFooter.fileBytesMin else {
      throw .cutShort("\(arrived) bytes arrived, which are no Parquet file")
    }
    guard let length = ParquetFooter.length(tail.suffix(8)) else {
      throw .cutShort("\(arrived) bytes arrived and no footer at their end")
    }
    guard length <= arrived - ParquetFooter.fileBytesMin else {
      throw .damaged("\(arrived) bytes arrived, and the footer alone has \(length)")
    }
    guard length + 8 <= Self.footerBytesMax else { return nil }
    let footer: ParquetFooter
    do { footer = try ParquetFooter(tail.suffix(length + 8).dropLast(8)) } catch {
      throw .damaged("the footer of the answer cannot be read")
    }
    guard footer.end <= arrived - length - 8 else {
      throw .damaged(
        "\(arrived) bytes arrived, and the footer names places beyond them, so some are missing")
    }
    return footer.rows
  }
}

/// The last bytes of what was appended, in a mapping of its own. Pages that nothing was written to
/// take no memory.
final class RingBuffer {
  private let memory: UnsafeMutableRawPointer
  private let capacity: Int
  private var written = 0

  /// Makes an empty buffer.
  init(capacity: Int) {
    self.capacity = capacity
    let mapping = mmap(
      nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { preconditionFailure("no memory for a buffer") }
    memory = mapping
  }

  deinit { munmap(memory, capacity) }

  /// Appends bytes; of all that were appended the last ones are kept.
  package func append(_ bytes: UnsafeRawBufferPointer) {
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

  /// The last bytes, at most as many as are kept.
  package func suffix(_ length: Int) -> [UInt8] {
    let count = min(length, written, capacity)
    let start = (written - count) % capacity
    let first = min(count, capacity - start)
    let whole = UnsafeRawBufferPointer(start: memory, count: capacity)
    return Array(whole[start..<start + first]) + Array(whole[0..<count - first])
  }

  /// Forgets everything.
  package func removeAll() { written = 0 }
}
