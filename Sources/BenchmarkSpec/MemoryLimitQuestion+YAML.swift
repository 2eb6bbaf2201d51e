// What a benchmark's key `memory_limits` asks about memory limits.

import StrictYAML

extension MemoryLimitQuestion {
  /// Reads `resolution`, `confirmations`, `probes_max`, `spill_at` and `limits`, each of which may
  /// be left out.
  package init(_ entry: Mapping) throws(DocumentError) {
    self.init()
    resolution = try entry.given("resolution")?.number(in: 0.001...1) ?? resolution
    confirmations = try entry.given("confirmations")?.integer(in: 1...100) ?? confirmations
    let probes = confirmations + 1...1000
    probesMax = try entry.given("probes_max")?.integer(in: probes) ?? max(30, 5 * confirmations)
    spillShare = try entry.given("spill_at")?.number(in: 0.01...0.99)
    limitsBytes =
      try entry.given("limits")?.list { value throws(DocumentError) in
        try value.bytes(in: Self.limitRange)
      } ?? []
    guard Set(limitsBytes).count == limitsBytes.count else {
      throw try entry["limits"].wrong("names a limit twice; keep one of the two")
    }
    limitsBytes.sort()
  }

  /// Reads what a benchmark asks.
  ///
  /// - Parameters:
  ///   - root: the benchmark's keys.
  ///   - exports: whether it exports anything.
  ///   - settings: those of every export.
  /// - Returns: the question; nil where nothing is asked.
  /// - Throws: ``DocumentError`` with file, line and remedy.
  package static func read(
    _ root: Mapping, exports: Bool, settings: [String: String]
  ) throws(DocumentError) -> MemoryLimitQuestion? {
    guard let value = try root.given("memory_limits", formerly: "frontier") else { return nil }
    guard exports else {
      throw value.wrong("asks about exports, and the benchmark has none; give it paths and windows")
    }
    let question = try value.mapping { entry throws(DocumentError) in try MemoryLimitQuestion(entry)
    }
    let tried =
      [MemoryLimitQuestion.limitSetting]
      + (question.spillShare == nil
        ? [] : MemoryLimitQuestion.spillSettings + MemoryLimitQuestion.spillRatios)
    if let twice = tried.first(where: { settings[$0] != nil }) {
      throw value.wrong(
        "tries values of \(twice), which 'settings' sets as well; take it out there")
    }
    return question
  }
}
