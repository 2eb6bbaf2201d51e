// Runs from end to end: what they leave, what they print, and what a gate makes of it.

import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct RunTests {
    private let scratch = Scratch()

    @Test func smokeFromEndToEnd() async throws {
      let folder = scratch.path("run")
      let program = Program(["run", "smoke", "--output", folder])
      // The embedded server's password is in its environment and must be nowhere else.
      let secret = try await password(of: folder, program)
      let result = try await program.result()
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(
        namesInFolder(folder) == [
          "charts", "columns.csv", "inserts.csv", "manifest.json", "report.html", "report.md",
          "samples.csv", "storage.csv", "summary.csv", "verification.csv",
        ])
      #expect(processes(mentioning: folder).isEmpty)

      let planned = try await Program.run(["run", "smoke", "--dry-run"]).output
      let samples = try wholeRows(Sample.self, "\(folder)/samples.csv")
      #expect(planned.hasPrefix("\(samples.count) attempts"))
      #expect(samples.map(\.attempt) == Array(1...samples.count))
      #expect(samples.allSatisfy { $0.status == .ok })
      #expect(try !wholeRows(InsertSample.self, "\(folder)/inserts.csv").isEmpty)
      #expect(try wholeRows(StorageSample.self, "\(folder)/storage.csv").count == 2)

      let manifest = try manifest(folder)
      #expect(manifest.complete && manifest.status == "done" && manifest.finishedAt != nil)
      #expect(manifest.engine.kind == "embedded")
      #expect(manifest.arguments == ["run", "smoke", "--output", folder])
      #expect(manifest.ddl.keys.sorted() == ["observations", "observations_export_mv"])
      // smoke.yaml extends claim.yaml: the manifest has what the numbers depend on.
      let text = manifest.benchmark.text
      #expect(text.contains("\ndataset: ../datasets/smoke.yaml\n") && text.contains("\nclaims:\n"))
      #expect(!text.contains("extends") && !text.contains("claim.yaml"))
      #expect(manifest.schemaVersion == Manifest.currentSchemaVersion)

      try expectNowhere(secret, in: folder)
      #expect(!(result.output + result.remarks).contains(secret))
      let verdicts = result.output.split(separator: "\n").filter { line in
        ["✓ ", "✗ ", "? ", "~ "].contains { line.hasPrefix($0) }
      }
      #expect(verdicts.count == manifest.claims.count && !verdicts.isEmpty)
      for (verdict, claim) in zip(verdicts, manifest.claims) {
        #expect(verdict.contains(claim.statement))
      }
      #expect(result.output.contains("  window   rows  path "))
      expectSeparateStreams(result)
    }

    /// Results on standard output, progress on standard error, and no line on both.
    private func expectSeparateStreams(_ result: Program.Result) {
      #expect(!result.output.contains("\r") && !result.output.contains("\u{1B}"))
      #expect(!result.remarks.contains("\u{1B}"), "a file is no terminal")
      let remarks = result.remarks.split(separator: "\n")
      #expect(remarks.count > 2)
      for line in remarks { #expect(!result.output.contains(line)) }
    }

    private func password(of folder: String, _ program: Program) async throws -> String {
      var found: String?
      try await eventually("the engine has a password") {
        guard program.ending == nil else { return true }
        for pid in processes(mentioning: folder) {
          let variables = (textOfFile("/proc/\(pid)/environ") ?? "").split(separator: "\0")
          let name = "EXPORTBENCH_ENGINE_PASSWORD="
          found = variables.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
          if found != nil { return true }
        }
        return false
      }
      return try #require(found)
    }

    struct Gate: Sendable {
      let what: String
      let benchmark: TinyBenchmark
      let code: Int32
      let sentence: String
    }

    static let gates = [
      Gate(
        what: "a claim that holds",
        benchmark: TinyBenchmark(claims: TinyBenchmark.claim(atMost: 9)),
        code: 0, sentence: ""),
      Gate(
        what: "a claim that does not",
        benchmark: TinyBenchmark(claims: TinyBenchmark.claim(atMost: 0.1)), code: 1,
        sentence: "gate failed: refuted: rows"),
      Gate(
        what: "too few attempts to say",
        benchmark: TinyBenchmark(repeats: 2, claims: TinyBenchmark.claim(atMost: 9)), code: 2,
        sentence: "gate failed: inconclusive: rows"),
      Gate(
        what: "tombstones that come back",
        benchmark: TinyBenchmark(deleted: 0.4, rowsPerInsert: 100), code: 1,
        sentence: "gate failed: limit-by at 1d (fresh): wrong rows: "),
    ]

    @Test(arguments: gates) func aGateIsAnExitCode(gate: Gate) async throws {
      let file = gate.benchmark.write(to: scratch)
      let folder = scratch.path("gate")
      let result = try await Program.run(
        ["run", file, "--gate", "--output", folder], environment: try await Shared.environment)
      #expect(result.ending == .exit(gate.code), "\(gate.what): \(result.remarks)")
      if !gate.sentence.isEmpty {
        let last = result.remarks.split(separator: "\n").last ?? ""
        #expect(last.hasPrefix("exportbench: \(gate.sentence)"), "\(last)")
      }
      #expect(try manifest(folder).complete, "a shut gate is a result like any other")
      #expect(exists("\(folder)/report.md") && !result.output.isEmpty)
    }

    @Test func withoutAGateARefutedClaimIsAResult() async throws {
      let file = TinyBenchmark(claims: TinyBenchmark.claim(atMost: 0.1)).write(to: scratch)
      let result = try await Program.run(
        ["run", file, "--output", scratch.path("run")], environment: try await Shared.environment)
      #expect(result.ending == .exit(0))
      #expect(result.output.contains("✗ refuted"))
    }

    @Test func aUsersServerIsLeftAsItWas() async throws {
      let file = TinyBenchmark().write(to: scratch)
      let server = try await Shared.server
      // Operators have the password in the URL, which then must not be shown.
      let url = "http://default:\(server.password)@127.0.0.1:\(server.endpoint.port)"
      let folder = scratch.path("guest")
      let result = try await Program.run(
        ["run", file, "--output", folder], environment: ["CLICKHOUSE_URL": url])
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(try await Shared.databases().isEmpty)
      #expect(try manifest(folder).engine.kind == "remote")
      try expectNowhere(server.password, in: folder)
      #expect(!(result.output + result.remarks).contains(server.password))
    }

    @Test func pathsAndWindowsByHandNarrowTheRun() async throws {
      let benchmark = TinyBenchmark(windows: "[1h, 1d]", claims: TinyBenchmark.claim(atMost: 9))
      let folder = scratch.path("narrow")
      let result = try await Program.run(
        [
          "run", benchmark.write(to: scratch), "--paths", "mv-final", "--windows", "6h",
          "--repeats",
          "3", "--output", folder,
        ], environment: try await Shared.environment)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      let samples = try wholeRows(Sample.self, "\(folder)/samples.csv")
      #expect(samples.map(\.path) == ["mv-final", "mv-final", "mv-final"])
      #expect(samples.allSatisfy { $0.window == "6h" && $0.status == .ok })
      #expect(try manifest(folder).claims.isEmpty, "it needs the path that was left out")
    }
  }
}
