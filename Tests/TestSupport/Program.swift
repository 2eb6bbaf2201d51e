// The built `exportbench` as a user meets it: arguments, environment, two streams and an exit code.
// Ends only the process that it started.

import Foundation

/// A run of the built program.
package final class Program: Sendable {
  /// How a process ended.
  package enum Ending: Equatable, Sendable {
    /// It returned this code.
    case exit(Int32)
    case signal(Int32)
  }

  /// What came out of a program that has ended.
  package struct Result: Sendable {
    package let ending: Ending
    /// Standard output.
    package let output: String
    /// Standard error.
    package let remarks: String
  }

  /// The executable beside the one that runs the tests.
  package static let path: String = {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let folders = [
      tests.deletingLastPathComponent().path, Bundle.main.bundlePath,
      "\(packageFolder)/.build/debug",
    ]
    let found = folders.map { "\($0)/exportbench" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    guard let found else { fatalError("exportbench is not built; run: swift build") }
    return found
  }()

  /// The process's id.
  package let pid: pid_t
  private let scratch = Scratch()
  private let process = Process()

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - arguments: what follows the program's name.
  ///   - environment: added to a bare one, which has no variable of ClickHouse's.
  ///   - folder: the working folder.
  ///   - output: where standard output goes instead of a file that ``output`` reads.
  ///   - through: a command that becomes the program, such as `prlimit --fsize=1000`.
  package init(
    _ arguments: [String], environment: [String: String] = [:], folder: String = packageFolder,
    output: String? = nil, through: [String] = []
  ) {
    var variables = [
      "PATH": "/usr/bin:/bin", "HOME": scratch.path, "TMPDIR": scratch.path, "LANG": "C.UTF-8",
    ]
    // The program is built with the sanitizer that the tests are built with.
    for name in ["ASAN_OPTIONS", "TSAN_OPTIONS"] {
      variables[name] = ProcessInfo.processInfo.environment[name]
    }
    variables.merge(environment) { _, own in own }
    let command = through + [Self.path] + arguments
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.environment = variables
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = Self.writer(output ?? scratch.path("output"))
    process.standardError = Self.writer(scratch.path("remarks"))
    do { try process.run() } catch { fatalError("cannot start \(Self.path): \(error)") }
    pid = process.processIdentifier
  }

  deinit { send(SIGKILL) }

  private static func writer(_ path: String) -> FileHandle {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    precondition(descriptor >= 0, "cannot write \(path)")
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// Standard output so far.
  package var output: String { textOfFile(scratch.path("output")) ?? "" }
  /// Standard error so far.
  package var remarks: String { textOfFile(scratch.path("remarks")) ?? "" }

  /// Sends a signal to it, unless it has ended.
  package func send(_ signal: Int32) {
    if process.isRunning { kill(pid, signal) }
  }

  /// How it ended, or nil while it runs.
  package var ending: Ending? {
    guard !process.isRunning else { return nil }
    let status = process.terminationStatus
    return process.terminationReason == .exit ? .exit(status) : .signal(status)
  }

  /// Waits until it has ended.
  package func result(within timeout: Duration = .seconds(60)) async throws -> Result {
    do {
      try await eventually("exportbench ends", within: timeout) { ending != nil }
    } catch {
      throw Unmet("\(error); it said: \(remarks.suffix(500))")
    }
    return Result(ending: ending ?? .exit(-1), output: output, remarks: remarks)
  }

  /// Starts the program and waits until it has ended.
  package static func run(
    _ arguments: [String], environment: [String: String] = [:], through: [String] = []
  ) async throws -> Result {
    try await Program(arguments, environment: environment, through: through).result()
  }
}

/// The processes, this one apart, whose command line or environment holds a text such as a folder.
package func processes(mentioning text: String) -> [Int] {
  namesInFolder("/proc").compactMap { Int($0) }.filter { pid in
    pid != Int(getpid())
      && ["cmdline", "environ"].contains {
        textOfFile("/proc/\(pid)/\($0)")?.contains(text) == true
      }
  }
}
