// Writing a dataset into a file of Native blocks, which any ClickHouse can read; into `/dev/null`
// it measures the generator and nothing else.

import Foundation
import Observations

/// Writes a dataset to a file.
public struct FileLoader: Sendable {
  private let path: String
  private let dataset: Dataset

  /// Writes `dataset` to the file at `path`, which is replaced.
  public init(path: String, _ dataset: Dataset) {
    self.path = path
    self.dataset = dataset
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
    var arrivals = Arrivals(dataset)
    let encoder = BlockEncoder(dataset)
    var amount = Loader.Amount()
    var rows: [RowID] = []
    while true {
      arrivals.next(into: &rows, limit: BlockEncoder.rowsMax)
      if rows.isEmpty { return amount }
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
