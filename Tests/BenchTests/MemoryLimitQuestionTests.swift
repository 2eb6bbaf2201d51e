// The key `memory_limits` of a benchmark: what it means, and what it refuses.

import BenchmarkSpec
import Testing

@Suite struct MemoryLimitQuestionTests {
  private func read(_ lines: String) throws -> MemoryLimitQuestion? {
    try Benchmark(yaml: BenchmarkTests.good + "\n" + lines, file: "b.yaml").memoryLimits
  }

  @Test func nothingIsAskedUnlessItIsSaid() throws {
    #expect(try read("") == nil)
    #expect(try read("memory_limits: {}") == MemoryLimitQuestion())
  }

  @Test func everyKeyIsRead() throws {
    let question = try read(
      "memory_limits: {resolution: 0.1, confirmations: 2, probes_max: 9, spill_at: 0.5, "
        + "limits: [1GiB, 256MiB]}")
    var expected = MemoryLimitQuestion()
    (expected.resolution, expected.confirmations, expected.probesMax) = (0.1, 2, 9)
    expected.spillShare = 0.5
    expected.limitsBytes = [256 << 20, 1 << 30]
    #expect(question == expected, "limits grow")
  }

  @Test func theFormerNameIsRead() throws {
    #expect(try read("frontier: {confirmations: 2}")?.confirmations == 2)
    let stages = try Benchmark(yaml: BenchmarkTests.good + "\nanatomy: true", file: "b.yaml")
    #expect(stages.measuresStages)
  }

  static let refused = [
    (
      "memory_limits: {}\nfrontier: {}",
      "'frontier' is the former name of 'memory_limits', which the file has too; keep one of "
        + "the two"
    ),
    (
      "memory_limits: {limit: [1GiB]}",
      "unknown key 'limit' in 'memory_limits'; did you mean 'limits'?"
    ),
    (
      "memory_limits: {limits: [1GiB, 1024MiB]}",
      "'memory_limits.limits' names a limit twice; name each "
        + "once"
    ),
    ("memory_limits: {limits: [1kB]}", "it must be from 1.00 MiB to 1.00 TiB"),
    (
      "memory_limits: {probes_max: 3}", "'memory_limits.probes_max' is 3; it must be from 4 to 1000"
    ),
    (
      "memory_limits: {}\nsettings: {max_memory_usage: 1}",
      "'memory_limits' varies max_memory_usage, which 'settings' sets as well; "
        + "remove it there"
    ),
  ]

  @Test(arguments: refused) func whatCannotBeAsked(yaml: String, words: String) {
    let error = #expect(throws: (any Error).self) { try read(yaml) }
    #expect(error.map { "\($0)".hasSuffix(words) } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func writesAloneHaveNoMemoryLimits() {
    let yaml = """
      name: w
      description: writes
      dataset: d.yaml
      writes: [{rows_per_insert: 10}]
      memory_limits: {}
      """
    let error = #expect(throws: (any Error).self) { try Benchmark(yaml: yaml, file: "b.yaml") }
    #expect(
      error.map { "\($0)".hasSuffix("needs exports; add paths and windows") } == true)
  }
}
