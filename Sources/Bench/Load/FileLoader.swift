// Writing a dataset into a file of Native blocks, which any ClickHouse can read; into `/dev/null`
// it measures the generator and nothing else.
//
// Workers make blocks side by side and write them in turn, so that the file does not depend on how
// many there are. What is in memory is one block per worker.

import Foundation
import Observations
import Synchronization

/// Writes a dataset to a file.
public struct FileLoader: Sendable {
  private let path: String
  private let dataset: Dataset

  /// Writes `dataset` to the file at `path`, which is replaced.
  public init(path: String, _ dataset: Dataset) {
    self.path = path
    self.dataset = dataset
  }

  /// Writes every row in the order of arrival.
  ///
  /// A file that cannot be written whole is removed; a device or a pipe is left alone.
  ///
  /// - Parameters:
  ///   - workers: how many make blocks at the same time.
  ///   - tell: hears of every block.
  /// - Returns: what was written.
  /// - Throws: ``BenchError``; the cancellation of the task.
  public func load(
    workers: Int, tell: @escaping @Sendable (Loader.Amount) -> Void
  ) async throws -> Loader.Amount {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    let queue = BlockQueue(dataset, isShared: workers > 1)
    let turns = Turns()
    do {
      try await withThrowingTaskGroup { group in
        for _ in 0..<workers {
          group.addTask {
            do { try await write(from: queue, to: descriptor, turns, tell) } catch {
              turns.end(with: error)
              throw error
            }
          }
        }
        try await group.waitForAll()
      }
      return turns.written
    } catch {
      var facts = stat()
      if fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG { unlink(path) }
      throw error
    }
  }

  private func write(
    from queue: BlockQueue, to descriptor: Int32, _ turns: Turns, _ tell: (Loader.Amount) -> Void
  ) async throws {
    let encoder = BlockEncoder(dataset)
    var rows: [RowID] = []
    while let number = queue.next(into: &rows) {
      var rest = rows[...]
      var bytes = 0
      repeat {
        let block = encoder.encode(&rest)
        if bytes == 0 { try await turns.wait(for: number) }
        try write(block, to: descriptor)
        bytes += block.count
      } while !rest.isEmpty
      tell(turns.pass(rows: rows.count, bytes: bytes))
      try Task.checkCancellation()
    }
  }

  private func write(_ block: UnsafeRawBufferPointer, to descriptor: Int32) throws(BenchError) {
    var done = 0
    while done < block.count {
      let next = block.baseAddress.map { $0 + done }
      let count = Glibc.write(descriptor, next, block.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      done += count
    }
  }

  private func failure() -> BenchError {
    let reason = String(cString: strerror(errno))
    let remedy = errno == ENOSPC ? "; make room, or write elsewhere" : ""
    return BenchError(.output, "cannot write \(path): \(reason)\(remedy)")
  }
}

/// The rows of a file in pieces that are handed out in order, each with its number from 0.
private final class BlockQueue: Sendable {
  private struct State {
    var arrivals: Arrivals
    var rows: [RowID] = []
    var taken = 0
    var pieces = 0
  }

  private let state: Mutex<State>
  /// Where blocks end. One worker finds that out as it makes them; several must know it before, for
  /// a worker that has to write several blocks at once keeps the others waiting.
  private let blocks: BlockSizes?

  init(_ dataset: Dataset, isShared: Bool) {
    state = Mutex(State(arrivals: Arrivals(dataset)))
    blocks = isShared ? BlockSizes(dataset) : nil
  }

  /// Replaces `piece` by the next rows, and gives its number; nil at the end.
  func next(into piece: inout [RowID]) -> Int? {
    piece.removeAll(keepingCapacity: true)
    return state.withLock { state in
      if state.taken == state.rows.count {
        state.arrivals.next(into: &state.rows, limit: BlockEncoder.rowsMax)
        state.taken = 0
        if state.rows.isEmpty { return nil }
      }
      let rest = state.rows[state.taken...]
      piece.append(contentsOf: rest.prefix(blocks?.rowsInFirstBlock(of: rest) ?? rest.count))
      state.taken += piece.count
      state.pieces += 1
      return state.pieces - 1
    }
  }
}

/// Lets workers go on one after the other, in the order of the numbers that they hold.
private final class Turns: Sendable {
  private struct State {
    var next = 0
    var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
    var failure: (any Error)?
    var written = Loader.Amount()
  }

  private let state = Mutex(State())

  var written: Loader.Amount { state.withLock { $0.written } }

  /// Returns when the turn of that number has come; throws when some worker has failed.
  func wait(for number: Int) async throws {
    if state.withLock({ $0.next == number && $0.failure == nil }) { return }
    try await withCheckedThrowingContinuation { continuation in
      let isOver = state.withLock { state -> Result<Void, any Error>? in
        if let failure = state.failure { return .failure(failure) }
        if state.next == number { return .success(()) }
        state.waiting[number] = continuation
        return nil
      }
      if let isOver { continuation.resume(with: isOver) }
    }
  }

  /// Ends the turn, counts what was written in it, and gives the sum.
  func pass(rows: Int, bytes: Int) -> Loader.Amount {
    let (waiter, written) = state.withLock { state in
      state.next += 1
      state.written.rows += rows
      state.written.bytes += bytes
      return (state.waiting.removeValue(forKey: state.next), state.written)
    }
    waiter?.resume()
    return written
  }

  /// Lets nobody go on any more.
  func end(with error: any Error) {
    let waiters = state.withLock { state in
      state.failure = state.failure ?? error
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for waiter in waiters { waiter.resume(throwing: error) }
  }
}
