// Output that cannot be written: full, closed before the start, or closed by its reader. The exit
// code says so, and nothing is left behind.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct UnwritableOutputTests {
    private let scratch = Scratch()

    /// What standard output or standard error is.
    enum Stream: String, CaseIterable, Sendable {
      case full, closed, readerGone

      /// A command that becomes the program, with such a stream.
      func through(_ descriptor: Int) -> [String] {
        let setting =
          switch self {
          case .full: "os.dup2(os.open('/dev/full', os.O_WRONLY), \(descriptor))"
          case .closed: "os.close(\(descriptor))"
          case .readerGone: "r, w = os.pipe(); os.close(r); os.dup2(w, \(descriptor))"
          }
        return [
          "/usr/bin/python3", "-c",
          "import os, sys; \(setting); os.execv(sys.argv[1], sys.argv[1:])",
        ]
      }
    }

    static let reference = "Tests/Fixtures/claim"

    /// Commands that ask no server.
    static let local = [
      "--help", "--version", "run --help", "help load", "--generate-completion-script bash", "list",
      "list paths", "grants", "grants run", "migrate show", "baseline \(reference)",
      "thresholds \(reference) \(reference) \(reference)",
      "compare \(reference) \(reference) --annotations",
      "run smoke --dry-run", "load load-smoke --dry-run",
      "generate smoke --dry-run", "generate smoke --output /dev/null",
      "capacity \(reference) --rows-per-day 100k --payload 3KiB --parts 13",
      "capacity \(reference) --rows-per-day 100k --payload 3KiB --parts 13 --json",
      "capacity \(reference) --rows-per-day 100k --payload 3KiB --parts 13 --format markdown",
      "report \(reference) --output %/report.html",
    ]

    @Test(arguments: local) func aResultThatCannotBeWritten(command: String) async throws {
      let arguments = words(of: command, in: scratch.path)
      // All commands write at one place, so two stand for all of them where it differs.
      let streams = ["list", "--help"].contains(command) ? Stream.allCases : [.full]
      for stream in streams { try await expect(arguments, stream) }
    }

    private func expect(
      _ arguments: [String], _ stream: Stream, environment: [String: String] = [:]
    ) async throws {
      let result = try await Program.run(
        arguments, environment: environment, through: stream.through(1))
      let name = Comment(rawValue: "\(arguments.joined(separator: " ")), \(stream.rawValue)")
      let remarks = result.remarks.split(separator: "\n").filter { $0.hasPrefix("exportbench: ") }
      if stream == .readerGone {
        #expect(result.ending == .exit(141), name)
        #expect(remarks.isEmpty, name)
      } else {
        #expect(result.ending == .exit(73), "\(result.remarks): \(name)")
        #expect(remarks.count == 1, name)
        #expect(
          remarks.first?.hasPrefix("exportbench: standard output cannot be written: ") == true, name
        )
      }
    }

    @Test func resultsOfCommandsThatAskAServer() async throws {
      let environment = try await Shared.environment
      let benchmark = TinyBenchmark(repeats: 2).write(to: scratch)
      let data = scratch.path("tiny-data.yaml")
      let loaded = try await Program.run(
        ["generate", data, "--database", "exportbench_full"], environment: environment)
      #expect(loaded.ending == .exit(0), "\(loaded.remarks)")
      for command in [
        "run \(benchmark) --output %/run", "verify --alters --database exportbench_full",
        "verify --database exportbench_full", "profile --database exportbench_full", "doctor",
        "export --database exportbench_full --output %/x.parquet", "cleanup --dry-run",
        "backfill --database exportbench_full --dry-run",
        "generate \(data) --database exportbench_full", "requests --requests 10 --connections 2",
        "migrate down --database exportbench_full", "migrate up --database exportbench_full",
      ] {
        let arguments = words(of: command, in: scratch.path)
        try await expect(arguments, .full, environment: environment)
      }
      #expect(try manifest(scratch.path("run")).complete, "what was measured is kept")
      #expect(exists(scratch.path("run/report.md")))
      _ = try await Program.run(
        ["migrate", "down", "--database", "exportbench_full"], environment: environment)
      #expect(try await Shared.databases() == ["exportbench_full"])
      try await Client(try await Shared.server.endpoint).execute(
        Query("DROP DATABASE exportbench_full SYNC"))
    }

    @Test(arguments: Stream.allCases)
    func aRunGoesOnWithoutProgress(stream: Stream) async throws {
      let benchmark = TinyBenchmark(repeats: 2).write(to: scratch)
      let folder = scratch.path("run")
      let result = try await Program.run(
        ["run", benchmark, "--output", folder], environment: try await Shared.environment,
        through: stream.through(2))
      #expect(result.ending == .exit(0))
      #expect(result.output.contains("limit-by"))
      #expect(try manifest(folder).complete)
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func aMistakeThatCannotBeToldHasItsExitCode() async throws {
      for stream in Stream.allCases {
        let result = try await Program.run(
          ["run", "smoke", "--repeats", "0"], through: stream.through(2))
        #expect(result.ending == .exit(64))
      }
    }

    @Test func noFileGetsTheNumberOfAClosedStream() async throws {
      // The first file that is opened would be standard output, and get the result.
      let file = scratch.path("data.native")
      let whole = scratch.path("whole.native")
      let arguments = ["generate", "smoke", "--output"]
      #expect(try await Program.run(arguments + [whole]).ending == .exit(0))
      let result = try await Program.run(
        arguments + [file],
        through: [
          "/usr/bin/python3", "-c",
          "import os, sys; [os.close(n) for n in range(3)]; os.execv(sys.argv[1], sys.argv[1:])",
        ])
      #expect(result.ending == .exit(73))
      #expect(
        FileManager.default.contents(atPath: file) == FileManager.default.contents(atPath: whole))
    }
  }
}
