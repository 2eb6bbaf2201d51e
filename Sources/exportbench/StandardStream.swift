// Standard output and standard error; all writes to them go through this file.
//
// Nothing is buffered, so a command knows whether its result was written before it chooses an exit
// code. Swift's `print` does not report a failure, and `FileHandle` traps on it.

import Foundation
import Synchronization

/// The raw value is the descriptor.
enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// Set when the process ends: no write may then wait for a reader.
  static let isEnding = Atomic(false)

  /// Opens `/dev/null` for each closed standard descriptor, so that no file or socket gets its
  /// number. Writes to it fail, as to a closed one.
  static func reserve() {
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      // `open` returns the lowest free number, which is this one. Reading from 0 fails, as does
      // writing to 1 and 2.
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes all bytes; waits for the reader also if the descriptor is non-blocking.
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
