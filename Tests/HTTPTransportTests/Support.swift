// Small helpers of these tests.

import Glibc
import HTTPTransport
import Synchronization

struct Odd: Error, Equatable {
  let number: Int
}

/// Gathers a body.
final class Text: Sendable {
  private let bytes = Mutex([UInt8]())
  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
  func append(_ chunk: UnsafeRawBufferPointer) { bytes.withLock { $0.append(contentsOf: chunk) } }
}

func failure(_ work: () async throws -> Response) async -> TransportError? {
  do {
    _ = try await work()
    return nil
  } catch { return error as? TransportError }
}

func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

/// The value once it has not moved for 60 ms: the other side is blocked, or done.
func settled(_ value: () -> Int) -> Int {
  var last = value()
  while true {
    pause(milliseconds: 60)
    let now = value()
    if now == last { return now }
    last = now
  }
}
