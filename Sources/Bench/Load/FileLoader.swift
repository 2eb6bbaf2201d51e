// Writing a dataset into a file of Native blocks, which any ClickHouse can read; into `/dev/null`
// it measures the generator and nothing else.

import Foundation
import Observations
import Units

/// Writes a dataset to a file.
public struct FileLoader: Sendable {
  private let path: String
  private let dataset: Dataset
  private let rowsPerInsert: Int
  private let part: Part?

  /// Writes `dataset` to the file at `path`, which is replaced.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - dataset: the rows.
  ///   - part: this driver's share; nil for all.
  ///   - rowsPerInsert: rows in one of the pieces that are shared out.
  public init(
    path: String, _ dataset: Dataset, part: Part? = nil, rowsPerInsert: Int = BlockEncoder.rowsMax
  ) {
    self.path = path
    self.dataset = dataset
    self.part = part
    self.rowsPerInsert = rowsPerInsert
  }

  /// Writes every row in the order of arrival, on one thread.
  ///
  /// A file that cannot be written whole is removed; a device or a pipe is left alone.
  public func load(
    tell: @escaping @Sendable (Loader.Amount) -> Void
  ) async throws -> Loader.Amount {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    do {
      return try write(to: descriptor, tell)
    } catch {
      var facts = stat()
      if fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG { unlink(path) }
      throw error
    }
  }

  private func write(
    to descriptor: Int32, _ tell: (Loader.Amount) -> Void
  ) throws -> Loader.Amount {
    // Without shares the pieces are the encoder's, so that the file is the same whatever they are.
    let pieces = InsertQueue(
      dataset, rowsPerInsert: part == nil ? BlockEncoder.rowsMax : rowsPerInsert, part: part)
    let encoder = BlockEncoder(dataset)
    var amount = Loader.Amount()
    while true {
      guard let rows = pieces.next()?.rows else { return amount }
      var rest = rows[...]
      while !rest.isEmpty {
        let block = encoder.encode(&rest)
        var done = 0
        while done < block.count {
          let next = block.baseAddress.map { $0 + done }
          let count = Glibc.write(descriptor, next, block.count - done)
          if count < 0 && errno == EINTR { continue }
          guard count > 0 else { throw failure() }
          done += count
        }
        amount.bytes += block.count
      }
      amount.rows += rows.count
      try Task.checkCancellation()
      tell(amount)
    }
  }

  private func failure() -> BenchError {
    let reason = String(cString: strerror(errno))
    let remedy = errno == ENOSPC ? "; make room, or write elsewhere" : ""
    return BenchError(.output, "cannot write \(path): \(reason)\(remedy)")
  }
}
