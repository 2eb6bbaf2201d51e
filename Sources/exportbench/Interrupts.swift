// Signal handling: the first signal starts an orderly end within a bound, the second ends at once.

import Dispatch
import Failures
import Foundation
import Synchronization

/// Listens for SIGINT, SIGTERM and SIGHUP.
///
/// The first signal cancels the command. A command that does not notice, such as a computation, is
/// ended after ``grace``, or after its clean-up within ``bound``.
final class Interrupts: Sendable {
  /// Time for a command to end by itself or to begin its clean-up.
  private static let grace: Duration = .milliseconds(300)
  /// Time in which a command must begin all of its clean-up, once it has begun a part.
  private static let orderly: Duration = .seconds(5)
  static let bound: Duration = .seconds(10)

  private final class Counter: Sendable {
    let value = Mutex(0)
  }

  private let counter = Counter()
  // Written once and never read: a source listens while it is referenced.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  /// Calls `first` at the first signal. The second ends the process at once; an embedded server's
  /// supervisor cleans up in that case as well.
  init(_ first: @escaping @Sendable () -> Void) {
    // A separate queue has a thread even when computations occupy the global ones.
    let queue = DispatchQueue(label: "signals", qos: .userInteractive)
    sources = [SIGINT, SIGTERM, SIGHUP].compactMap { [counter] number in
      let before = signal(number, SIG_IGN)
      // Under `nohup` the command must outlive its terminal.
      if number == SIGHUP, before.isIgnored { return nil }
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        let seen = counter.value.withLock {
          $0 += 1
          return $0
        }
        guard seen == 1 else { _exit(ExitStatus.interrupted.rawValue) }
        first()
        Thread.detachNewThread(Self.end)
        Thread.detachNewThread {
          // Bounds everything else that may hang, such as a file system.
          Self.pause(Self.bound + .seconds(1))
          _exit(ExitStatus.interrupted.rawValue)
        }
      }
      source.resume()
      return source
    }
  }

  var happened: Bool { counter.value.withLock { $0 > 0 } }

  private static func end() {
    let began = ContinuousClock.now
    pause(grace)
    StandardStream.isEnding.store(true, ordering: .relaxed)
    if PendingCleanup.isUnderWay {
      Terminal.say(
        "interrupted; cleaning up takes at most \(Int(bound / .seconds(1))) s; a second signal "
          + "ends at once")
      func wait(until limit: Duration) {
        while PendingCleanup.isUnderWay, ContinuousClock.now - began < limit {
          pause(.milliseconds(20))
        }
      }
      wait(until: PendingCleanup.isBegun ? orderly : grace * 2)
      PendingCleanup.performAll()
      wait(until: bound)
      // The command itself prints the result.
      pause(grace)
    }
    ExitStatus.exit(.interrupted, "interrupted")
  }

  private static func pause(_ span: Duration) { usleep(UInt32(span / .microseconds(1))) }
}

extension Optional where Wrapped == __sighandler_t {
  fileprivate var isIgnored: Bool {
    // Functions cannot be compared in Swift; their addresses can.
    unsafeBitCast(self, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
