// Stages and consumers from end to end, and what stays as it was without them.

import Analysis
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct StageBreakdownTests {
    private let scratch = Scratch()

    @Test func everyKindOfAttemptIsMadeAndConcluded() async throws {
      let file = TinyBenchmark(
        repeats: 2, claims: "stages: true\nconsumers: [parts, stream]\npart_size: 1MiB"
      ).write(to: scratch)
      let folder = scratch.path("anatomy")
      let result = try await Program.run(
        ["run", file, "--output", folder], environment: try await Shared.environment)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      let samples = try wholeRows(Sample.self, "\(folder)/samples.csv")
      #expect(samples.allSatisfy { $0.status == .ok }, "\(result.remarks)")
      #expect(samples.count == 2 * 2 * 6, "two repeats, two paths, two consumers and four stages")
      #expect(Set(samples.map { "\($0.path) \($0.kind) \($0.repeat)" }).count == samples.count)
      let steps = try wholeRows(StageRow.self, "\(folder)/stages.csv")
      #expect(
        Set(steps.map(\.step)) == ["read", "keys", "deduplicate", "encode", "send"])
      let consumers = try wholeRows(ConsumerRow.self, "\(folder)/consumers.csv")
      #expect(Set(consumers.map(\.consumer)) == [.stream, .parts])
      for title in ["Peak memory by stage, fresh", "Client memory by consumer, fresh"] {
        #expect(result.output.contains(title))
        #expect(textOfFile("\(folder)/report.md")?.contains(title) == true)
      }
    }

    @Test func aConsumerByHandIsCheckedBeforeAnythingRuns() async throws {
      let result = try await Program.run(
        ["run", "smoke", "--consumer", "s3", "--output", scratch.path("none")])
      #expect(result.ending == .exit(64))
      #expect(
        result.remarks.contains(
          "there is no consumer 's3'; known consumers: stream, file, "
            + "parts"))
      #expect(!exists(scratch.path("none")))
    }
  }
}
