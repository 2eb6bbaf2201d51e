// A plan from recorded runs, as a user asks for it.

import ExportBenchmark
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct CapacityTests {
    private let asked = ["--rows-per-day", "9k", "--payload", "3KiB", "--versions", "1.7"]

    @Test func aSweepIsItsRunsAndSeveralVersionsAreTold() async throws {
      let result = try await Program.run(
        ["capacity", "Tests/Fixtures/versions", "Tests/Fixtures/writes"] + asked)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(result.remarks.isEmpty)
      #expect(result.output.contains("versions/24.8, versions/25.5, versions/25.8, writes"))
      #expect(result.output.contains("! the runs used several ClickHouse versions: 24.8"))
      for title in [
        "Fitted models of peak memory", "Cross-validation: the largest window",
        "Memory per "
          + "window", "Storage",
        "Cost of the view per day of inserts", "Break-even: exports per day",
      ] { #expect(result.output.contains("\n\(title)"), "\(title) is missing") }
      #expect(!result.output.contains("Largest safe window"), "no limit was asked about")
    }

    @Test func aProgramCanReadThePlan() async throws {
      struct Plan: Decodable {
        struct Model: Decodable { let path: String }
        struct Answer: Decodable {
          struct Peak: Decodable { let value, low, high: Double }
          let path: String
          let peakBytes: Peak?
        }
        let memoryModels: [Model]
        let memory: [Answer]
      }
      let result = try await Program.run(
        ["capacity", "Tests/Fixtures/claim", "--json", "--paths", "limit-by"] + asked)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let plan = try decoder.decode(Plan.self, from: Data(result.output.utf8))
      #expect(plan.memoryModels.map(\.path) == ["limit-by"])
      #expect(plan.memory.count == 4, "one for each window")
      for answer in plan.memory {
        let peak = try #require(answer.peakBytes)
        #expect(0 < peak.low && peak.low <= peak.value && peak.value <= peak.high)
      }
    }

    @Test func thePlanIsAPageToo() async throws {
      let result = try await Program.run(
        ["capacity", "Tests/Fixtures/claim", "--format", "markdown"] + asked)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      #expect(result.output.hasPrefix("# exportbench capacity\n"))
      #expect(result.output.contains("## Memory per window"))
    }
  }
}
