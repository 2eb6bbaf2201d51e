// Uploads an export as exporters to S3 do: bytes are collected into parts, and each full part is
// uploaded while the next one fills. If both are full the export waits, so at most two parts are in
// memory.

import Foundation
import HTTPTransport
import Synchronization

final class PartsUpload: ByteConsumer {
  private struct State {
    var filling = Slabs()
    var number = 0
    var inFlight: Task<Void, Never>?
    var failure: (any Error)?
  }

  private let partBytes: Int
  private let sink: PartSink
  private let http = HTTPClient(connectionsMax: 1)
  private let state = Mutex(State())
  /// Taken during an upload.
  private let way = DispatchSemaphore(value: 1)

  /// - Parameter partBytes: part size; the last part may be smaller.
  /// - Throws: ``ConsumerError`` if no port is free.
  init(partBytes: Int) throws {
    self.partBytes = partBytes
    sink = try PartSink()
  }

  var uploaded: (parts: Int, bytes: Int) { sink.taken }

  func take(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let isFull = state.withLock { state in
        let now = rest.prefix(partBytes - state.filling.count)
        state.filling.append(UnsafeRawBufferPointer(rebasing: now))
        rest = rest.dropFirst(now.count)
        return state.filling.count == partBytes
      }
      guard isFull else { continue }
      way.wait()
      try send()
    }
  }

  func finish() async throws {
    await state.withLock { $0.inFlight }?.value
    let isLeft = state.withLock { $0.filling.count > 0 }
    if isLeft {
      // No upload is active, and none will be awaited.
      try send()
      await state.withLock { $0.inFlight }?.value
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// Starts to upload the current part; the caller has taken the semaphore.
  private func send() throws {
    try state.withLock { state in
      if let failure = state.failure {
        way.signal()
        throw failure
      }
      let part = state.filling
      state.filling = Slabs()
      state.number += 1
      let number = state.number
      state.inFlight = Task {
        do { try await upload(part, number) } catch {
          self.state.withLock { $0.failure = error }
        }
        way.signal()
      }
    }
  }

  private func upload(_ part: Slabs, _ number: Int) async throws {
    let place = Mutex(0)
    let source: BodySource = { buffer in
      place.withLock { place in
        let count = part.copy(from: place, into: buffer)
        place += count
        return count
      }
    }
    let request = Request(
      method: "PUT", url: "\(sink.url)?partNumber=\(number)&uploadId=1",
      timeouts: Timeouts(idle: .seconds(30)))
    do {
      let response = try await http.perform(
        request, body: .stream(source, bytes: part.count), receive: { _ in nil })
      guard response.head.isSuccess else {
        throw ConsumerError.failed("part \(number) was refused with \(response.head.status)")
      }
    } catch let error as TransportError {
      throw ConsumerError.failed("part \(number) could not be uploaded: \(error)")
    }
  }
}
