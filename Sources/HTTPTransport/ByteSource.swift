// Body source that reads from memory.

import Synchronization

/// A source that can be read once.
package func bodySource(of bytes: [UInt8]) -> BodySource {
  let rest = Mutex(bytes[...])
  return { buffer in
    rest.withLock { rest in
      let piece = rest.prefix(buffer.count)
      buffer.copyBytes(from: piece)
      rest.removeFirst(piece.count)
      return piece.count
    }
  }
}
