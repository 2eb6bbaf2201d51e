// Standard output and standard error: the only place that writes to them.
//
// Nothing is buffered, so a command knows whether its result was written before it chooses an exit
// code. Swift's `print` does not report a failure, and `FileHandle` traps on it.

import Foundation
import Synchronization

/// One of the two streams that a process writes to; the raw value is its descriptor.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// Once the process ends, no write may wait for a reader that does not read.
  static let isEnding = Atomic(false)

  /// Opens `/dev/null` in the place of each standard descriptor that is closed, so that no file or
  /// socket of ours gets its number. A write to it fails, as it does to a closed one.
  static func reserve() {
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is this one. Reading from 0 fails, and writing to 1 and 2.
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes every byte of a text; waits for a reader also where the descriptor is non-blocking.
  ///
  /// - Returns: 0, or the `errno` of the write that failed.
  func write(_ text: String) -> Int32 {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      guard !Self.isEnding.load(ordering: .relaxed) || isReady(within: 200) else { return EAGAIN }
      let count = bytes.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
      guard count < 0 else {
        bytes = bytes.dropFirst(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: _ = isReady(within: 1000)
      case let failure: return failure
      }
    }
    return 0
  }

  private func isReady(within milliseconds: Int32) -> Bool {
    var descriptor = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
    return poll(&descriptor, 1, milliseconds) > 0
  }
}
