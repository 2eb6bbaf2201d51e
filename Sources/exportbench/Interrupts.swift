// Ctrl-C, and its kin: the first asks for an orderly end, the second does not wait for it.

import Dispatch
import Foundation
import Synchronization

/// Listens for SIGINT, SIGTERM and SIGHUP.
final class Interrupts: Sendable {
  private final class Counter: Sendable {
    let value = Mutex(0)
  }

  private let counter = Counter()
  // Written once and never read: the sources listen for as long as they are held.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  /// Calls `first` at the first signal; the second one ends the process at once (an embedded
  /// server's supervisor cleans up after that as well).
  init(_ first: @escaping @Sendable () -> Void) {
    sources = [SIGINT, SIGTERM, SIGHUP].map { [counter] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let seen = counter.value.withLock {
          $0 += 1
          return $0
        }
        if seen == 1 { first() } else { _exit(ExitStatus.interrupted.rawValue) }
      }
      source.resume()
      return source
    }
  }

  /// Whether a signal has come.
  var happened: Bool { counter.value.withLock { $0 > 0 } }
}
