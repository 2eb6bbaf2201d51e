// Starts a process with an explicit set of descriptors, an environment and a new session.
//
// Uses posix_spawn: Foundation's Process cannot create a session for the child, and the subprocess
// package ties a child to a closure's scope and spawns on short-lived threads, whose end would
// count as the parent's death (PR_SET_PDEATHSIG).

import Foundation

struct ChildProcess {
  let pid: pid_t

  /// Starts `command` (a path and arguments) in a new session, so that a Ctrl-C in the terminal
  /// reaches only the driver. The three descriptors become its standard ones.
  init(
    command: [String], environment: [String: String], input: Int32, output: Int32, error: Int32
  ) throws(ServerError) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in [(0, input), (1, output), (2, error)] {
      posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The child must not inherit ignored signals.
    var defaults = sigset_t()
    sigfillset(&defaults)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID, which the importer does not see
    let flags = newSession | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var arguments = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var child: pid_t = 0
    let result = posix_spawn(&child, command[0], &actions, &attributes, &arguments, &variables)
    guard result == 0 else {
      throw ServerError("cannot start \(command[0]): \(String(cString: strerror(result)))")
    }
    pid = child
  }

  /// Reaps the process if it has ended: its wait status, or nil while it runs.
  func ended() -> Int32? {
    var status: Int32 = 0
    return waitpid(pid, &status, WNOHANG) == pid ? status : nil
  }

  /// Waits for the process to end, and reaps it.
  func waitUntilEnded() {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
  }

  /// `exit code 3` or `signal 9 (Killed)`.
  static func describe(status: Int32) -> String {
    let signal = status & 0x7f
    guard signal != 0 else { return "exit code \((status >> 8) & 0xff)" }
    return "signal \(signal) (\(String(cString: strsignal(signal))))"
  }
}

/// A pipe with close-on-exec ends.
package struct SupervisorPipe {
  package let read: Int32
  package let write: Int32

  package init() throws(ServerError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw ServerError("cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (read, write) = (ends[0], ends[1])
  }
}
