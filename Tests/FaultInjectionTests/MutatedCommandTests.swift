// Broken files for the built program: an exit code that is documented, one sentence, and nothing
// else.

import Foundation
import TestSupport
import Testing

extension FaultInjectionTests {
  @Suite struct MutatedCommandTests {
    private let scratch = Scratch()

    private func bytes(_ file: String) throws -> [UInt8] {
      Array(try #require(textOfFile("\(packageFolder)/\(file)"), "\(file)").utf8)
    }

    private func write(_ bytes: [UInt8], _ name: String) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: scratch.path(name)))
    }

    private func run(_ arguments: [String]) async throws -> Program.Result {
      // Where there are no engines, nothing draws charts, which would take a second each time.
      try await Program(arguments, environment: ["EXPORTBENCH_ENGINES": scratch.path])
        .result(within: .seconds(180))
    }

    private func expect(_ result: Program.Result, _ name: Comment) {
      // The argument parser's own words begin otherwise, and name no internal error.
      expectSentence(result, [0, 1, 2, 65], name)
    }

    @Test func benchmarksAndDatasets() async throws {
      let good = try (bytes("Benchmarks/smoke.yaml"), bytes("datasets/smoke.yaml"))
      let mutator = Mutator(spare: [good.0, good.1, try bytes("Benchmarks/frontier.yaml")])
      await Faults.trials("dry runs", 30) { draws, name in
        let isBenchmark = Bool.random(using: &draws)
        try write(isBenchmark ? mutator.mutated(good.0, &draws) : good.0, "smoke.yaml")
        try write(isBenchmark ? good.1 : mutator.mutated(good.1, &draws), "data.yaml")
        expect(
          try await run([
            "run", scratch.path("smoke.yaml"), "--dataset", scratch.path("data.yaml"), "--dry-run",
          ]), name)
      }
    }

    @Test func runsAndBaselines() async throws {
      let source = "Tests/Fixtures/frontier"
      var files = ["manifest.json": try bytes("\(source)/manifest.json")]
      for name in ["samples.csv", "inserts.csv", "storage.csv", "frontier.csv"] {
        let lines = try bytes("\(source)/\(name)").split(separator: 0x0a).prefix(30)
        files[name] = Array(lines.joined(separator: [0x0a])) + [0x0a]
      }
      let names = files.keys.sorted()
      let baseline = Array(try fixtureBaseline().utf8)
      let mutator = Mutator(spare: Array(files.values))
      try FileManager.default.createDirectory(
        atPath: scratch.path("run"), withIntermediateDirectories: true)
      await Faults.trials("reports, comparisons and plans", 40) { draws, name in
        for file in names { try write(files[file] ?? [], "run/\(file)") }
        let victim = draws.one(of: names)
        try write(mutator.mutated(files[victim] ?? [], &draws), "run/\(victim)")
        try write(mutator.mutated(baseline, &draws), "base.json")
        let run = scratch.path("run")
        switch Int.random(in: 0..<4, using: &draws) {
        case 0: expect(try await self.run(["report", run]), name)
        case 1:
          expect(
            try await self.run([
              "capacity", run, "--rows-per-day", "1M", "--payload", "3KiB", "--json",
            ]), name)
        case 2:
          expect(
            try await self.run([
              "compare", run, "\(packageFolder)/\(source)", "--junit", scratch.path("a.xml"),
              "--json", scratch.path("a.json"), "--markdown", scratch.path("a.md"),
            ]), name)
        default:
          expect(
            try await self.run([
              "compare", scratch.path("base.json"), "\(packageFolder)/\(source)", "--annotations",
            ]), name)
        }
      }
    }
  }
}
