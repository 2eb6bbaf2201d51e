// Uploads an export as an exporter to S3 does: bytes are gathered into parts, and each full part is
// on its way while the next one fills. When both are full the export waits. So two parts are in
// memory at most.

import Foundation
import HTTPTransport
import Synchronization

/// A consumer that uploads in parts to a sink of this process.
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
  /// Taken while a part is on its way.
  private let way = DispatchSemaphore(value: 1)

  /// - Parameter partBytes: bytes in a part; the last one may have fewer.
  /// - Throws: ``ConsumerError``, where no port is free.
  init(partBytes: Int) throws {
    self.partBytes = partBytes
    sink = try PartSink()
  }

  var uploaded: (parts: Int, bytes: Int) { sink.taken }

  package func take(_ bytes: UnsafeRawBufferPointer) throws {
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

  package func finish() async throws {
    await state.withLock { $0.inFlight }?.value
    let isLeft = state.withLock { $0.filling.count > 0 }
    if isLeft {
      // Nothing else is on its way, and nobody will wait for it any more.
      try send()
      await state.withLock { $0.inFlight }?.value
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// Begins to upload the part that fills. The way is free, and this caller's.
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
