// Runs that were cut short and go on: nothing is lost, nothing is repeated, nothing is mixed.

import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct ResumeTests {
    private let scratch = Scratch()

    /// A benchmark with everything that a run records, and a run of it that was killed.
    private func killedRun(
      afterAttempts count: Int, _ folder: String
    ) async throws -> (benchmark: String, before: String) {
      let file = TinyBenchmark(
        windows: "[6h, 1d]", repeats: 8,
        claims: "merge_states: [fresh, parts:2, merged]\nview_codecs: true"
      ).write(to: scratch)
      let program = Program(
        ["run", file, "--output", folder], environment: try await Shared.environment)
      try await eventually("there are \(count) attempts") {
        if let ending = program.ending {
          throw Unmet("it ended with \(ending): \(program.remarks)")
        }
        return (textOfFile("\(folder)/samples.csv") ?? "").count { $0 == "\n" } > count
      }
      program.send(SIGKILL)
      _ = try await program.result()
      return (file, textOfFile("\(folder)/samples.csv") ?? "")
    }

    private func resume(_ folder: String, _ more: [String] = []) async throws -> Program.Result {
      try await Program.run(
        ["run", "--resume", folder] + more, environment: try await Shared.environment)
    }

    @Test func aKilledRunGoesOnWhereItWas() async throws {
      let folder = scratch.path("killed")
      let (_, before) = try await killedRun(afterAttempts: 20, folder)
      // As a crash in the midst of a write leaves it.
      let file = try #require(FileHandle(forWritingAtPath: "\(folder)/samples.csv"))
      try file.seekToEnd()
      try file.write(contentsOf: Data("21,measured,fre".utf8))
      try file.close()

      let result = try await resume(folder)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      let whole = before[...(before.lastIndex(of: "\n") ?? before.startIndex)]
      #expect(textOfFile("\(folder)/samples.csv")?.hasPrefix(whole) == true, "nothing is lost")
      let samples = try wholeRows(Sample.self, "\(folder)/samples.csv")
      let cells = samples.map {
        "\($0.mergeState) \($0.window) \($0.path) \($0.period) \($0.repeat)"
      }
      #expect(Set(cells).count == 3 * 2 * 2 * 8 && cells.count == Set(cells).count)
      #expect(samples.map(\.attempt) == Array(1...samples.count))
      let inserts = try wholeRows(InsertSample.self, "\(folder)/inserts.csv")
      #expect(Set(inserts.map { "\($0.pair) \($0.target)" }).count == inserts.count)
      let checks = try wholeRows(VerificationSample.self, "\(folder)/verification.csv")
      #expect(checks.count == 12 && checks.allSatisfy { $0.status == .ok })
      let manifest = try manifest(folder)
      #expect(manifest.complete && manifest.resumedAt?.count == 1)
      #expect(manifest.arguments.prefix(1) == ["run"] && !manifest.arguments.contains("--resume"))
      #expect(try await Shared.databases().isEmpty, "the database of its beginning is gone as well")
      #expect(exists("\(folder)/report.md"))

      // Killed after its last row, a run still gets its report.
      try FileManager.default.removeItem(atPath: "\(folder)/report.md")
      let again = try await resume(folder)
      #expect(again.ending == .exit(0) && again.output == result.output)
      #expect(again.remarks.contains("\(folder) is complete; reporting from its files\n"))
      #expect(exists("\(folder)/report.md"))
    }

    @Test func aSearchForLimitsGoesOnWhereItWas() async throws {
      let folder = scratch.path("frontier")
      let file = TinyBenchmark(
        repeats: 2, claims: "memory_limits: {confirmations: 2, limits: [8MiB]}"
      ).write(to: scratch)
      let program = Program(
        ["run", file, "--output", folder], environment: try await Shared.environment)
      try await eventually("there are 8 probes") {
        if let ending = program.ending {
          throw Unmet("it ended with \(ending): \(program.remarks)")
        }
        return (textOfFile("\(folder)/memory_limits.csv") ?? "").count { $0 == "\n" } > 8
      }
      program.send(SIGKILL)
      _ = try await program.result()
      let before = textOfFile("\(folder)/memory_limits.csv") ?? ""
      let whole = before[...(before.lastIndex(of: "\n") ?? before.startIndex)]

      let result = try await resume(folder)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(
        textOfFile("\(folder)/memory_limits.csv")?.hasPrefix(whole) == true, "nothing is lost")
      let probes = try wholeRows(MemoryLimitProbe.self, "\(folder)/memory_limits.csv")
      #expect(probes.map(\.probe) == Array(1...probes.count))
      #expect(try wholeRows(Sample.self, "\(folder)/samples.csv").count == 4)
      #expect(result.output.contains("Least memory limit, fresh"))
      #expect(result.output.contains("Largest window within a limit, fresh"))
      #expect(textOfFile("\(folder)/summary.csv")?.contains("least_limit_bytes") == true)
    }

    @Test func whatIsNotTheSameIsNamed() async throws {
      let folder = scratch.path("changed")
      let (benchmark, before) = try await killedRun(afterAttempts: 2, folder)
      let data = scratch.path("tiny-data.yaml")
      let (text, dataset) = (textOfFile(benchmark) ?? "", textOfFile(data) ?? "")
      let manifest = textOfFile("\(folder)/manifest.json") ?? ""
      for (file, was, becomes, words) in [
        (benchmark, "repeats: 8", "repeats: 9", "line 6 was 'repeats: 8' and is 'repeats: 9'"),
        (data, "observations: 300", "observations: 400", "the dataset (\(data)) has changed"),
        (
          "\(folder)/manifest.json", "\"version\" : \"25.", "\"version\" : \"24.",
          "because the server's version differs: the run started with '24."
        ),
        (
          "\(folder)/manifest.json", "\"tool_version\" : \"", "\"tool_version\" : \"9",
          "because exportbench differs"
        ),
      ] {
        let old = textOfFile(file) ?? ""
        #expect(old.contains(was))
        try old.replacing(was, with: becomes).write(toFile: file, atomically: true, encoding: .utf8)
        let result = try await resume(folder)
        #expect(result.ending == .exit(65), "\(becomes)")
        let last = result.remarks.split(separator: "\n").last ?? ""
        #expect(last.contains(words), "\(last)")
        #expect(last.hasPrefix("exportbench: \(folder) cannot be resumed, because "))
        try old.write(toFile: file, atomically: true, encoding: .utf8)
      }
      #expect(textOfFile(benchmark) == text && textOfFile(data) == dataset)
      #expect(textOfFile("\(folder)/manifest.json") == manifest, "a refusal changes nothing")
      #expect(try await resume(folder).ending == .exit(0), "and as it was it goes on")
      #expect(textOfFile("\(folder)/samples.csv")?.hasPrefix(before.prefix(300)) == true)
    }

    @Test func whatCannotBeResumedIsTold() async throws {
      let nowhere = try await resume(scratch.path("nowhere"))
      #expect(nowhere.ending == .exit(65))
      #expect(nowhere.remarks.contains("nowhere: No such file or directory; check the path"))
      let folder = scratch.path("extra")
      _ = try await killedRun(afterAttempts: 1, folder)
      let extra = try await resume(folder, ["--repeats", "3"])
      #expect(extra.ending == .exit(64))
      #expect(extra.remarks.contains("--repeats cannot be used with --resume"))
      #expect(try await resume(folder).ending == .exit(0))
    }
  }
}
