// Supervisor: the process between the driver and an embedded server, for the case that the driver
// is killed with SIGKILL.
//
// Its standard input is a pipe that only the driver holds open; when that closes, it ends the
// server and removes its files. If the supervisor itself is killed, the kernel ends the server
// (pdeathsig). On standard output it writes `pid N` once (or `error REASON`), and `ended REASON` if
// the server ends by itself.

import Files
import Foundation

/// `exportbench` calls it in a separate process.
package enum Supervisor {
  /// The hidden command with which the driver starts itself.
  package static let commandName = "engine-supervisor"

  /// Starts `command`, reports on standard output, and returns when standard input has closed, the
  /// server has ended and, unless `keep`, `folder` is removed. Must run on the main thread: the
  /// kernel's parent-death signal follows the thread that started the child.
  ///
  /// - Parameters:
  ///   - command: the server, a path and its arguments.
  ///   - keep: keep the folder at the end, and shut the server down cleanly.
  ///   - sharesFolder: whether the parent folder is removed too, once it is empty.
  ///   - file: a file written into the folder before the start.
  package static func run(
    command: [String], folder: String, keep: Bool, sharesFolder: Bool = false,
    file: (name: String, text: String)? = nil
  ) {
    closeInherited()
    for number in [SIGINT, SIGHUP, SIGTERM, SIGPIPE] { signal(number, SIG_IGN) }
    // Created here and not by the driver, so that its removal is guaranteed at every moment.
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      return say("error \(FileError(.make, folder, error))")
    }
    if let file,
      !FileManager.default.createFile(
        atPath: "\(folder)/\(file.name)", contents: Data(file.text.utf8))
    {
      return say("error \(FileError(.write, "\(folder)/\(file.name)"))")
    }
    let log = open("\(folder)/output.txt", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer {
      if !keep { try? FileManager.default.removeItem(atPath: folder) }
      if !keep, sharesFolder {
        rmdir(URL(fileURLWithPath: folder).deletingLastPathComponent().path)
      }
    }
    let server: ChildProcess
    do {
      server = try ChildProcess(
        command: ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"] + command,
        environment: ProcessInfo.processInfo.environment, input: nothing, output: log, error: log)
    } catch { return say("error \(error)") }
    say("pid \(server.pid)")

    var running = true
    while !inputClosed(within: 200) {
      if running, let status = server.ended() {
        running = false
        say("ended \(ChildProcess.describe(status: status))")
      }
    }
    guard running else { return }
    // Files that are not kept need no clean shutdown, and SIGKILL is the fastest.
    kill(server.pid, keep ? SIGTERM : SIGKILL)
    for _ in 0..<300 where keep {
      if server.ended() != nil { return }
      usleep(100_000)
    }
    // Half a minute is enough for a clean shutdown; a hanging server must not outlive its owner.
    kill(server.pid, SIGKILL)
    server.waitUntilEnded()
  }

  // A child inherits libcurl's sockets and descriptors that another thread of the owner opens
  // concurrently. While they stay open here, their peers never see them closed, including the pipe
  // that ties another server to its owner.
  private static func closeInherited() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    for descriptor in names.compactMap({ Int32($0) }) where descriptor > 2 { close(descriptor) }
  }

  private static func inputClosed(within milliseconds: Int32) -> Bool {
    var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, milliseconds) > 0 else { return false }
    var byte: UInt8 = 0
    return read(0, &byte, 1) == 0
  }

  private static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
  }
}
