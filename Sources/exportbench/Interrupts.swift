// Signal handling: the first signal starts an orderly end within a bound, the second ends at once.

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

  private let isInterrupted = Atomic(false)

  /// Calls `first` at the first signal. The second ends the process at once; an embedded server's
  /// supervisor cleans up in that case as well.
  init(_ first: @escaping @Sendable () -> Void) {
    let arrivals = Self.catchSignals()
    Thread.detachNewThread { [self] in
      Self.awaitByte(from: arrivals)
      isInterrupted.store(true, ordering: .sequentiallyConsistent)
      first()
      Thread.detachNewThread(Self.end)
      Thread.detachNewThread {
        // Bounds everything else that may hang, such as a file system.
        Self.pause(Self.bound + .seconds(1))
        _exit(ExitStatus.interrupted.rawValue)
      }
      Self.awaitByte(from: arrivals)
      _exit(ExitStatus.interrupted.rawValue)
    }
  }

  var happened: Bool { isInterrupted.load(ordering: .sequentiallyConsistent) }

  /// The reading end of a pipe that receives a byte for every signal.
  ///
  /// A dispatch source would lose a signal that arrives before its asynchronous registration.
  private static func catchSignals() -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      ExitStatus.exit(
        .fault, "cannot make a pipe for signals: \(String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    signalPipe.store(ends[1], ordering: .sequentiallyConsistent)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var before = sigaction()
      sigaction(number, nil, &before)
      // Under `nohup` the command must outlive its terminal.
      if number == SIGHUP, before.isIgnored { continue }
      signal(number, forwardSignal)
    }
    return ends[0]
  }

  private static func awaitByte(from descriptor: Int32) {
    var byte: UInt8 = 0
    while read(descriptor, &byte, 1) != 1 {}
  }

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

extension sigaction {
  fileprivate var isIgnored: Bool {
    // Functions cannot be compared in Swift; their addresses can.
    unsafeBitCast(__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

/// The writing end of the pipe: a signal handler has no context.
private let signalPipe = Atomic<Int32>(-1)

private func forwardSignal(_: Int32) {
  let error = errno
  var byte: UInt8 = 0
  _ = write(signalPipe.load(ordering: .relaxed), &byte, 1)
  errno = error
}
