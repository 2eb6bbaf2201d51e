// Process that ends with its owner: started through a supervisor, tied to the owner by a pipe.

import Foundation
import Synchronization

/// A running process and its folder. End it with `stop()`; otherwise the supervisor ends it.
final class Supervised: Sendable {
  let processID: Int

  private let supervisor: ChildProcess
  private let ownerPipe: Int32
  private let statusPipe: Int32
  private let stopped = Mutex(false)

  struct Work {
    /// A path and its arguments.
    var command: [String]
    var environment: [String: String]
    /// Created for the process; must not exist yet.
    var folder: String
    /// Keep the folder at the end, and shut the process down cleanly.
    var keep: Bool
    /// Whether the parent folder is removed too, once it is empty.
    var sharesFolder = false
    /// A file written into the folder before the start; must not contain secrets.
    var file: (name: String, text: String)?
  }

  /// - Parameters:
  ///   - path: the `exportbench` executable; this process's by default.
  ///   - name: the process's name in errors.
  /// - Throws: ``ServerError`` if the supervisor or the process does not start.
  init(_ work: Work, supervisor path: String, named name: String) throws(ServerError) {
    let executable = try Self.resolve(path)
    let command =
      [executable, Supervisor.commandName, "--folder", work.folder] + (work.keep ? ["--keep"] : [])
      + (work.sharesFolder ? ["--shares-folder"] : [])
      + (work.file.map { ["--file", $0.name, "--text", $0.text] } ?? []) + ["--"] + work.command
    let ownerPipe = try SupervisorPipe()
    let statusPipe = try SupervisorPipe()
    let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { [ownerPipe.read, statusPipe.write, nothing].forEach { close($0) } }
    supervisor = try ChildProcess(
      command: command, environment: work.environment, input: ownerPipe.read,
      output: statusPipe.write,
      error: nothing)
    self.ownerPipe = ownerPipe.write
    self.statusPipe = statusPipe.read
    let first = Self.readLine(statusPipe.read)
    guard first.hasPrefix("pid "), let pid = Int(first.dropFirst(4)) else {
      close(ownerPipe.write)
      close(statusPipe.read)
      supervisor.waitUntilEnded()
      throw ServerError(
        first.hasPrefix("error ")
          ? String(first.dropFirst(6)) : "the supervisor of \(name), \(executable), did not start")
    }
    processID = pid
    // Reads no longer block from here on.
    _ = fcntl(statusPipe.read, F_SETFL, O_NONBLOCK)
  }

  /// Ends the process and waits until it and, unless kept, its files are gone. Idempotent.
  func stop() {
    let first = stopped.withLock { flag in
      defer { flag = true }
      return !flag
    }
    guard first else { return }
    close(ownerPipe)
    supervisor.waitUntilEnded()
    close(statusPipe)
  }

  /// How the process ended, such as `signal 9 (Killed)`; nil while it runs, and after the first
  /// call that returned it.
  func death() -> String? {
    let line = Self.readLine(statusPipe)
    return line.hasPrefix("ended ") ? String(line.dropFirst(6)) : nil
  }

  private static func resolve(_ path: String) throws(ServerError) -> String {
    guard path == "/proc/self/exe" else { return path }
    do {
      return try FileManager.default.destinationOfSymbolicLink(atPath: path)
    } catch {
      throw ServerError("cannot find this program's own file: \(error.localizedDescription)")
    }
  }

  private static func readLine(_ descriptor: Int32) -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while line.count < 8192, read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
      line.append(byte)
    }
    return String(decoding: line, as: UTF8.self)
  }
}

/// The last non-empty lines of some files of a folder, at most 16 KiB each.
func lastLogLines(of names: [String], in folder: String) -> String {
  var lines: [Substring] = []
  for name in names {
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
    let text = String(decoding: data.suffix(16_384), as: UTF8.self)
    lines += text.split(separator: "\n").filter { !$0.isEmpty }.suffix(8)
  }
  return lines.map { "  \($0)" }.joined(separator: "\n")
}

/// A loopback port that was free a moment ago.
func freePort() throws(ServerError) -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let bound = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
    }
  }
  guard bound else {
    throw ServerError("no free port on 127.0.0.1: \(String(cString: strerror(errno)))")
  }
  return Int(UInt16(bigEndian: address.sin_port))
}

/// 32 hexadecimal digits from the system's random source.
func randomSecret() -> String {
  var system = SystemRandomNumberGenerator()
  return [system.next(), system.next()].map { (half: UInt64) in
    let digits = String(half, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }.joined()
}
