// The process between the driver and an embedded server.
//
// It exists for one case: the driver is killed with -9. Its standard input is a pipe that only the
// driver holds open; when that closes, for whatever reason, the server is ended and its files are
// removed. Should the supervisor itself be killed, the kernel ends the server (pdeathsig).
// On its standard output it says `pid N` once (or `error REASON`), and `ended REASON` if the server
// ends by itself.

import Files
import Foundation

/// Runs and outlives one server; `exportbench` calls it in a process of its own.
package enum Supervisor {
  /// The name of the hidden command that the driver starts itself with.
  package static let commandName = "engine-supervisor"

  /// Starts `command`, reports on standard output, and returns when standard input has closed, the
  /// server is gone and, unless `keep`, `folder` is removed. Must run on the main thread: the
  /// kernel's parent-death signal follows the thread that started the child.
  ///
  /// - Parameters:
  ///   - command: the server, a path and its arguments.
  ///   - folder: becomes the server's.
  ///   - keep: leave the folder there at the end, and end the server in order.
  ///   - sharesFolder: whether the folder above goes as well, once it is empty.
  ///   - file: a file of the folder that is there before the server is.
  package static func run(
    command: [String], folder: String, keep: Bool, sharesFolder: Bool = false,
    file: (name: String, text: String)? = nil
  ) {
    closeInherited()
    for number in [SIGINT, SIGHUP, SIGTERM, SIGPIPE] { signal(number, SIG_IGN) }
    // Made here and not by the driver, so that there is no moment in which nobody would remove it.
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
    // The files of a server that nobody keeps need no orderly end, and a kill is the quickest one.
    kill(server.pid, keep ? SIGTERM : SIGKILL)
    for _ in 0..<300 where keep {
      if server.ended() != nil { return }
      usleep(100_000)
    }
    // Half a minute is enough for an orderly end; a server that hangs must not outlive its owner.
    kill(server.pid, SIGKILL)
    server.waitUntilEnded()
  }

  // libcurl's sockets, and what another thread of the owner opens just now, pass to a child. While
  // they are held here, a connection never looks closed to its other end, and the leash of another
  // server never breaks.
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
