// Local Parquet file: written while an export streams in, read to upload it. Only the footer's
// position is decoded.

import HTTPTransport
import Failures
import Files
import Foundation

/// Open as long as it is referenced.
package final class ParquetFile: Sendable {
  /// Its path, or a description of its content if it is unlinked.
  package let label: String
  private let descriptor: Int32

  private init(label: String, descriptor: Int32) {
    self.label = label
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens an existing file. Throws ``UserError`` if it cannot be read.
  package convenience init(reading path: String) throws(UserError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UserError(FileError(.read, path)) }
    self.init(label: path, descriptor: descriptor)
  }

  /// Creates a file that must not exist yet.
  package convenience init(creating path: String) throws(UserError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw UserError(FileError(.write, path)) }
    self.init(label: path, descriptor: descriptor)
  }

  /// Creates a file that only this process can reach and that disappears with it: its name is
  /// removed at once.
  package convenience init(temporary label: String) throws(UserError) {
    let name = NSTemporaryDirectory() + "/exportbench-verify-\(UUID().uuidString)"
    let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw UserError.output("\(FileError(.write, name)); or set TMPDIR to another folder")
    }
    unlink(name)
    self.init(label: label, descriptor: descriptor)
  }

  package var bytes: Int {
    var facts = stat()
    return fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
  }

  package func append(_ bytes: UnsafeRawBufferPointer) throws(UserError) {
    var done = 0
    while done < bytes.count {
      let count = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw UserError.output("\(FileError(.write, label)); or set TMPDIR to another folder")
      }
      done += count
    }
  }

  /// The whole file, for one request.
  package func source() -> BodySource { source(0..<Int.max) }

  /// A byte range, for one request.
  package func source(_ range: Range<Int>) -> BodySource {
    let reader = Reader(self, range)
    return { try reader.read(into: $0) }
  }

  /// The smallest Parquet file with this file's schema and no data: magic number, footer, footer
  /// length, magic number. A server can read the columns from it.
  ///
  /// - Throws: ``UserError`` if this is not a complete Parquet file.
  package func footer() throws(UserError) -> [UInt8] {
    let magic = Array("PAR1".utf8)
    let size = bytes
    guard size >= 12, try read(4, at: 0) == magic else {
      throw UserError.input("\(label): this is not a Parquet file; give one that an export made")
    }
    let tail = try read(8, at: size - 8)
    let length = tail.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard tail.suffix(4) == magic[...], length <= size - 12 else {
      throw UserError.input(
        "\(label): the Parquet file is incomplete: it has no footer; export it again")
    }
    guard length <= Self.footerBytesMax else {
      throw UserError.input(
        "\(label): the footer has \(length) bytes, more than \(Self.footerBytesMax); export"
          + " again with larger row groups")
    }
    return magic + (try read(length + 8, at: size - 8 - length))
  }

  /// 64 MiB: the schema and about 100,000 row groups.
  private static let footerBytesMax = 64 << 20

  private func read(_ count: Int, at offset: Int) throws(UserError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let now = bytes.withUnsafeMutableBytes { buffer in
        pread(
          descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
      }
      if now < 0 && errno == EINTR { continue }
      guard now > 0 else { throw failure() }
      done += now
    }
    return bytes
  }

  private func failure() -> UserError {
    UserError(FileError(.read, label))
  }

  /// A read position. One per request; not thread-safe.
  private final class Reader: @unchecked Sendable {
    private let file: ParquetFile
    private var rest: Range<Int>

    init(_ file: ParquetFile, _ range: Range<Int>) { (self.file, rest) = (file, range) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      while true {
        let count = pread(
          file.descriptor, buffer.baseAddress, min(buffer.count, rest.count),
          off_t(rest.lowerBound))
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw file.failure() }
        rest.removeFirst(count)
        return count
      }
    }
  }
}
