// Signals that end the process: the first asks for an orderly end within a bound, the second does
// not wait.

import Dispatch
import Failures
import Foundation
import Synchronization

/// Listens for SIGINT, SIGTERM and SIGHUP.
///
/// A command that the first signal cancels ends by itself, as a rule. What does not notice, such as
/// arithmetic, is ended from here: after ``grace`` where nothing has to be cleaned up, and
/// otherwise after the clean-up or ``bound``.
final class Interrupts: Sendable {
  /// How long a command may take to end by itself, or to begin its clean-up.
  private static let grace: Duration = .milliseconds(300)
  /// How long a command that has begun its clean-up may leave a part of it to be begun.
  private static let orderly: Duration = .seconds(5)
  /// The longest that a clean-up may take.
  static let bound: Duration = .seconds(10)

  private final class Counter: Sendable {
    let value = Mutex(0)
  }

  private let counter = Counter()
  // Written once and never read: the sources listen for as long as they are held.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  /// Calls `first` at the first signal; the second one ends the process at once (an embedded
  /// server's supervisor cleans up after that as well).
  init(_ first: @escaping @Sendable () -> Void) {
    // A queue of its own has a thread also while arithmetic keeps those of the global ones busy.
    let queue = DispatchQueue(label: "signals", qos: .userInteractive)
    sources = [SIGINT, SIGTERM, SIGHUP].compactMap { [counter] number in
      let before = signal(number, SIG_IGN)
      // Whoever uses `nohup` wants the command to outlive its terminal.
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
          // Whatever else hangs, such as a file system.
          Self.pause(Self.bound + .seconds(1))
          _exit(ExitStatus.interrupted.rawValue)
        }
      }
      source.resume()
      return source
    }
  }

  /// Whether a signal has come.
  var happened: Bool { counter.value.withLock { $0 > 0 } }

  private static func end() {
    let began = ContinuousClock.now
    pause(grace)
    StandardStream.isEnding.store(true, ordering: .relaxed)
    if PendingCleanup.isUnderWay {
      Terminal.say(
        "interrupted; cleaning up, which takes \(Int(bound / .seconds(1))) s at most; a "
          + "second signal ends at once")
      func wait(until limit: Duration) {
        while PendingCleanup.isUnderWay, ContinuousClock.now - began < limit {
          pause(.milliseconds(20))
        }
      }
      wait(until: PendingCleanup.isBegun ? orderly : grace * 2)
      PendingCleanup.performAll()
      wait(until: bound)
      // The command says what there is to say.
      pause(grace)
    }
    ExitStatus.exit(.interrupted, "interrupted")
  }

  private static func pause(_ span: Duration) { usleep(UInt32(span / .microseconds(1))) }
}

extension Optional where Wrapped == __sighandler_t {
  /// Whether a signal was ignored before.
  fileprivate var isIgnored: Bool {
    // Functions cannot be compared in Swift; their addresses can.
    unsafeBitCast(self, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
