// Starting a process with exactly the descriptors, environment and session that it should have.
//
// Foundation's Process cannot make a session of its own for the child, and the ready-made
// subprocess package ties a child to one closure's scope and spawns on passing threads, whose end
// would count as the parent's death (PR_SET_PDEATHSIG). Hence posix_spawn, and little of it.

import Foundation

/// A process that this one started, and is responsible for.
struct ChildProcess {
  package let pid: pid_t

  /// Starts `command` (a path and arguments) in a session of its own, so that a Ctrl-C in the
  /// terminal reaches only us. The given three descriptors become its standard ones.
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
    // The child must not inherit the signals that we ignore.
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
  package func ended() -> Int32? {
    var status: Int32 = 0
    return waitpid(pid, &status, WNOHANG) == pid ? status : nil
  }

  /// Waits until the process has ended, and reaps it.
  func waitUntilEnded() {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
  }

  /// `exit code 3` or `signal 9 (Killed)`.
  package static func describe(status: Int32) -> String {
    let signal = status & 0x7f
    guard signal != 0 else { return "exit code \((status >> 8) & 0xff)" }
    return "signal \(signal) (\(String(cString: strsignal(signal))))"
  }
}

/// A pipe whose two ends are closed in every child that is not given them.
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
