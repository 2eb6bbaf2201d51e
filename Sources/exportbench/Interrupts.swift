// Ctrl-C, and its kin: the first asks for an orderly end, the second does not wait for it.

import Dispatch
import Foundation
import Synchronization

/// Listens for SIGINT, SIGTERM and SIGHUP.
final class Interrupts: Sendable {
  private let count = Mutex(0)
  private let sources = Mutex<[any DispatchSourceSignal]>([])

  /// Calls `first` at the first signal; the second one ends the process at once (an embedded
  /// server's supervisor cleans up after that as well).
  init(_ first: @escaping @Sendable () -> Void) {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        guard let self else { return }
        let seen = count.withLock {
          $0 += 1
          return $0
        }
        if seen == 1 { first() } else { _exit(ExitStatus.interrupted.rawValue) }
      }
      source.resume()
      sources.withLock { $0.append(source) }
    }
  }

  /// Whether a signal has come.
  var happened: Bool { count.withLock { $0 > 0 } }
}
