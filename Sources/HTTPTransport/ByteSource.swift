// A body that is in memory, where one is wanted that is made as it is sent.

import Synchronization

/// A source of bytes that are there already; read once.
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
