// Every command ends when it is told to, whatever the server or the machine does meanwhile. A
// command that ignores a signal would wait for ever here.

import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct SignalTests {
    private let scratch = Scratch()

    /// A server that never answers, one that answers with headers only, and one that never ends.
    enum Hang: String, CaseIterable, Sendable {
      case silent, headers, trickle

      var script: [FakeServer.Step] {
        switch self {
        case .silent: [.read, .stall]
        case .headers: FakeServer.Step.head + [.stall]
        case .trickle: FakeServer.Step.head + [.trickle]
        }
      }
    }

    /// Every command that asks a server; `%` stands for a folder that is there and empty.
    static let asking = [
      "run smoke --output %/run", "run claim --database x --output %/run",
      "load load-smoke --output %/load", "export --output %/x.parquet",
      "verify --database x", "backfill --database x --output %/b", "profile --output %/p.yaml",
      "doctor", "cleanup", "generate smoke", "migrate up", "migrate down", "requests",
    ]

    @Test(arguments: asking, Hang.allCases)
    func aServerThatHangs(command: String, hang: Hang) async throws {
      let server = FakeServer(scripts: Array(repeating: hang.script, count: 40))
      let arguments = words(of: command, in: scratch.path)
      let program = Program(arguments + ["--url", server.url])
      try await eventually("a request comes") { !server.received.isEmpty }
      try await expectEnd(of: program, by: hang == .silent ? SIGTERM : SIGINT)
      #expect(scratch.names.isEmpty, "something half-made is left")
    }

    private func expectEnd(of program: Program, by signal: Int32) async throws {
      program.send(signal)
      let result = try await program.result(within: .seconds(30))
      #expect(result.ending == .exit(130), "\(result.remarks)")
      #expect(result.remarks.hasSuffix("exportbench: interrupted\n"), "\(result.remarks)")
    }

    /// Arithmetic that takes minutes.
    @Test(arguments: [
      "generate % --dry-run", "generate % --output /dev/null", "generate % --output %.native",
      "run smoke --dataset % --dry-run",
      "run smoke --dataset % --url http://127.0.0.1:1 --output %.run",
    ])
    func arithmetic(command: String) async throws {
      let data = try #require(textOfFile("\(packageFolder)/datasets/smoke.yaml"))
      let big = data.replacing(#/observations: .*/#, with: "observations: 9000000000")
      let file = scratch.write(big, to: "big.yaml")
      let arguments = words(of: command, in: file)
      let program = Program(arguments, folder: packageFolder)
      try await eventually("it listens for signals and computes") {
        program.listens && program.hasComputed
      }
      try await expectEnd(of: program, by: SIGINT)
      #expect(scratch.names == ["big.yaml"])
    }

    /// A reader that does not read stands for whatever does not notice a cancellation.
    @Test(arguments: [
      "list", "grants", "migrate show", "run smoke --dry-run", "load load-smoke --dry-run",
      "baseline \(UnwritableOutputTests.reference)",
      "report \(UnwritableOutputTests.reference) --output %/report.html",
      "compare \(UnwritableOutputTests.reference) \(UnwritableOutputTests.reference)",
      "capacity \(UnwritableOutputTests.reference) --rows-per-day 100k --payload 3KiB --parts 13",
    ])
    func aCommandThatDoesNotNotice(command: String) async throws {
      let arguments = words(of: command, in: scratch.path)
      // A pipe that is full, and whose other end the program itself has.
      let program = Program(
        arguments,
        through: [
          "/usr/bin/python3", "-c",
          """
          import os, sys
          r, w = os.pipe(); os.set_inheritable(r, True); os.set_blocking(w, False)
          try:
            while True: os.write(w, bytes(1))
          except BlockingIOError: os.set_blocking(w, True)
          os.dup2(w, 1); os.execv(sys.argv[1], sys.argv[1:])
          """,
        ])
      try await eventually("it listens for signals") { program.listens }
      try await expectEnd(of: program, by: SIGTERM)
    }

    @Test func aSecondSignalDoesNotWait() async throws {
      let folder = scratch.path("run")
      let (program, server) = try await runOnAFrozenServer(folder)
      defer { kill(pid_t(server), SIGCONT) }
      program.send(SIGINT)
      try await eventually("it cleans up") { program.remarks.contains("cleaning up") }
      program.send(SIGINT)
      let result = try await program.result(within: .seconds(30))
      #expect(result.ending == .exit(130))
      #expect(!result.remarks.contains("left behind"))
      kill(pid_t(server), SIGCONT)
      let environment = try await Shared.environment
      while try await !Shared.databases().isEmpty {
        _ = try await Program.run(["cleanup", "--older-than", "0s"], environment: environment)
      }
    }

    @Test func whatIsLeftBehindIsToldWithItsRemedy() async throws {
      let folder = scratch.path("run")
      let (program, server) = try await runOnAFrozenServer(folder)
      defer { kill(pid_t(server), SIGCONT) }
      program.send(SIGTERM)
      let result = try await program.result(within: .seconds(60))
      #expect(result.ending == .exit(130), "\(result.remarks)")
      #expect(result.remarks.hasSuffix("exportbench: interrupted\n"))
      let told = try #require(
        result.remarks.split(separator: "\n").first { $0.hasPrefix("left behind: the database ") })
      let remedy = try #require(told.split(separator: "exportbench cleanup ").last)
      kill(pid_t(server), SIGCONT)
      // What the server was asked to do before goes on first.
      while try await !Shared.databases().isEmpty {
        let cleanup = try await Program.run(
          ["cleanup"] + remedy.split(separator: " ").map(String.init),
          environment: try await Shared.environment)
        #expect(cleanup.ending == .exit(0), "\(cleanup.remarks)")
      }
    }

    /// A run that has made its database on the shared server, which is then frozen.
    private func runOnAFrozenServer(_ folder: String) async throws -> (Program, Int) {
      let server = try await Shared.server
      let file = TinyBenchmark(repeats: 1000).write(to: scratch)
      let program = Program(
        ["run", file, "--output", folder], environment: try await Shared.environment)
      try await eventually("the run exports") {
        if let ending = program.ending { throw Unmet("\(ending): \(program.remarks)") }
        return exists("\(folder)/samples.csv")
      }
      kill(pid_t(server.processID), SIGSTOP)
      return (program, server.processID)
    }

    @Test func nohupKeepsACommandFromItsTerminal() async throws {
      let server = FakeServer(scripts: [Hang.silent.script])
      let program = Program(
        ["doctor", "--url", server.url], through: ["/usr/bin/env", "--ignore-signal=HUP"])
      try await eventually("a request comes") { !server.received.isEmpty }
      program.send(SIGHUP)
      #expect(program.ending == nil)
      try await expectEnd(of: program, by: SIGTERM)
    }
  }
}

extension FakeServer.Step {
  /// Reads a request, and sends the head of a chunked answer.
  fileprivate static var head: [Self] { [FakeServer.Step].begin() }
}

extension Program {
  /// Whether it catches SIGINT and SIGTERM. From this moment on it must lose neither.
  fileprivate var listens: Bool {
    let mask = (textOfFile("/proc/\(pid)/status") ?? "").split(separator: "\n")
      .filter { $0.hasPrefix("SigCgt:") }
      .compactMap { $0.split(whereSeparator: \.isWhitespace).last }
      .compactMap { UInt64($0, radix: 16) }
      .reduce(0, |)
    return [SIGINT, SIGTERM].allSatisfy { mask & (1 << UInt64($0 - 1)) != 0 }
  }

  /// Whether it has used a processor for a tenth of a second.
  fileprivate var hasComputed: Bool {
    let fields = (textOfFile("/proc/\(pid)/stat") ?? "").split(separator: ")").last?
      .split(separator: " ")
    guard let fields, fields.count > 12, let ticks = Int(fields[11]) else { return false }
    return ticks >= 10
  }
}
