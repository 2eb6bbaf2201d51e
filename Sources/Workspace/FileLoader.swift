// Writes a dataset to a file of Native blocks; with `/dev/null` it measures the generator alone.
//
// Workers generate blocks concurrently, which are written in order, so the file does not depend on
// the number of workers. A block that is ready early waits in its encoder while its worker uses a
// spare one: memory holds one block per worker, plus one with several workers.

import Failures
import Files
import Foundation
import ObservationGenerator
import Synchronization

package struct FileLoader: Sendable {
  private let path: String
  private let dataset: Dataset

  /// Replaces an existing file.
  package init(path: String, _ dataset: Dataset) {
    self.path = path
    self.dataset = dataset
  }

  /// Writes all rows in the order of arrival. Removes an incomplete file, but not a device or pipe.
  ///
  /// - Parameters:
  ///   - workers: number of concurrent workers.
  ///   - tell: called for every block.
  /// - Throws: ``UserError``; cancellation.
  package func load(
    workers: Int, tell: @escaping @Sendable (Loader.Amount) -> Void
  ) async throws -> Loader.Amount {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    try empty(descriptor)
    let pending = PendingCleanup { [path] in Self.removeIfRegular(path) }
    defer { pending.discharge() }
    let queue = BlockQueue(dataset)
    let line = Line(to: descriptor, path: path, encoders: workers > 1 ? workers + 1 : 1) {
      BlockEncoder(dataset)
    }
    do {
      try await withThrowingTaskGroup { group in
        for _ in 0..<workers {
          group.addTask {
            do { try await make(from: queue, line, tell) } catch {
              line.end(with: error)
              throw error
            }
          }
        }
        try await group.waitForAll()
      }
      return line.written
    } catch {
      Self.removeIfRegular(path)
      throw error
    }
  }

  private static func removeIfRegular(_ path: String) {
    var facts = stat()
    if stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG { unlink(path) }
  }

  /// Locks and truncates a file; devices and pipes are left unchanged.
  private func empty(_ descriptor: Int32) throws(UserError) {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw UserError.output(
        "\(path) is being written by another exportbench process; wait until it has finished, or "
          + "choose another file")
    }
    guard ftruncate(descriptor, 0) == 0 else { throw failure() }
  }

  private func make(
    from queue: BlockQueue, _ line: Line, _ tell: (Loader.Amount) -> Void
  ) async throws {
    var rows: [RowID] = []
    while true {
      // Before the number: otherwise later blocks could take all encoders and block this one.
      let encoder = try await line.takeEncoder()
      guard let number = queue.next(into: &rows) else { return }
      var rest = rows[...]
      let bytes = encoder.encode(&rest)
      precondition(rest.isEmpty, "a piece is a block")
      tell(try line.enter(Line.Block(encoder: encoder, bytes: bytes, rows: rows.count), as: number))
      try Task.checkCancellation()
    }
  }

  private func failure() -> UserError { Line.failure(of: path) }
}

/// Pieces of a file in order, numbered from 0.
private final class BlockQueue: Sendable {
  private struct State {
    var arrivals: Arrivals
    var rows: [RowID] = []
    var taken = 0
    var pieces = 0
  }

  private let state: Mutex<State>
  /// Ends of blocks, known in advance because the next worker starts there.
  private let blocks: BlockSizes

  init(_ dataset: Dataset) {
    state = Mutex(State(arrivals: Arrivals(dataset)))
    blocks = BlockSizes(dataset)
  }

  /// Returns the number of the block; nil at the end.
  func next(into piece: inout [RowID]) -> Int? {
    piece.removeAll(keepingCapacity: true)
    return state.withLock { state in
      var block = BlockSizes.Fill()
      while !block.isFull {
        if state.taken == state.rows.count {
          // A few rows at a time, because other workers wait for the lock.
          state.arrivals.next(into: &state.rows, limit: 512)
          state.taken = 0
          if state.rows.isEmpty { break }
        }
        let rest = state.rows[state.taken...]
        let count = blocks.put(rest, into: &block)
        piece.append(contentsOf: rest.prefix(count))
        state.taken += count
      }
      guard !piece.isEmpty else { return nil }
      state.pieces += 1
      return state.pieces - 1
    }
  }
}

/// Writes blocks in order: the worker with the next one writes it and those that follow.
private final class Line: Sendable {
  /// A block in its encoder.
  ///
  /// Unchecked: passed on and never used concurrently, from its worker to the line, and after
  /// writing to the next worker.
  struct Block: @unchecked Sendable {
    let encoder: BlockEncoder
    let bytes: UnsafeRawBufferPointer
    let rows: Int
  }

  private struct Spare: @unchecked Sendable {
    let encoder: BlockEncoder
  }

  private struct State {
    var next = 0
    var isWriting = false
    var blocks: [Int: Block] = [:]
    var spares: [Spare] = []
    var waiting: [CheckedContinuation<Spare, any Error>] = []
    var failure: (any Error)?
    var written = Loader.Amount()
  }

  private let descriptor: Int32
  private let path: String
  private let state = Mutex(State())

  init(to descriptor: Int32, path: String, encoders: Int, make: () -> BlockEncoder) {
    (self.descriptor, self.path) = (descriptor, path)
    let spares = (0..<encoders).map { _ in Spare(encoder: make()) }
    state.withLock { $0.spares = spares }
  }

  var written: Loader.Amount { state.withLock { $0.written } }

  /// Waits for a free encoder.
  func takeEncoder() async throws -> BlockEncoder {
    try await withCheckedThrowingContinuation { continuation in
      let result = state.withLock { state -> Result<Spare, any Error>? in
        if let failure = state.failure { return .failure(failure) }
        if let spare = state.spares.popLast() { return .success(spare) }
        state.waiting.append(continuation)
        return nil
      }
      if let result { continuation.resume(with: result) }
    }.encoder
  }

  /// Writes all blocks that are next; returns the amount written.
  func enter(_ block: Block, as number: Int) throws -> Loader.Amount {
    var due = state.withLock { state in
      state.blocks[number] = block
      return state.isWriting ? nil : Self.takeDue(&state)
    }
    while let block = due {
      try write(block.bytes)
      let waiter: CheckedContinuation<Spare, any Error>?
      (waiter, due) = state.withLock { state in
        state.written.rows += block.rows
        state.written.bytes += block.bytes.count
        let waiter = state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        if waiter == nil { state.spares.append(Spare(encoder: block.encoder)) }
        return (waiter, Self.takeDue(&state))
      }
      waiter?.resume(returning: Spare(encoder: block.encoder))
    }
    return written
  }

  private static func takeDue(_ state: inout State) -> Block? {
    let block = state.blocks.removeValue(forKey: state.next)
    state.isWriting = block != nil
    if block != nil { state.next += 1 }
    return block
  }

  /// Ends all waiting workers.
  func end(with error: any Error) {
    let waiting = state.withLock { state in
      state.failure = state.failure ?? error
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.resume(throwing: error) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(UserError) {
    var done = 0
    while done < bytes.count {
      let next = bytes.baseAddress.map { $0 + done }
      let count = Glibc.write(descriptor, next, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure(of: path) }
      done += count
    }
  }

  static func failure(of path: String) -> UserError {
    UserError(FileError(.write, path))
  }
}
