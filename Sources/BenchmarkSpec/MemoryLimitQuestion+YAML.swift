// Reads the key `memory_limits`: memory limit searches.

import StrictYAML

extension MemoryLimitQuestion {
  /// Reads the optional keys `resolution`, `confirmations`, `probes_max`, `spill_at` and `limits`.
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
      throw try entry["limits"].wrong("names a limit twice; name each once")
    }
    limitsBytes.sort()
  }

  /// - Parameters:
  ///   - exports: whether the benchmark has exports.
  ///   - settings: of all exports.
  /// - Returns: nil without the key.
  /// - Throws: ``DocumentError`` with file, line and remedy.
  package static func read(
    _ root: Mapping, exports: Bool, settings: [String: String]
  ) throws(DocumentError) -> MemoryLimitQuestion? {
    guard let value = try root.given("memory_limits", formerly: "frontier") else { return nil }
    guard exports else {
      throw value.wrong("needs exports; add paths and windows")
    }
    let question = try value.mapping { entry throws(DocumentError) in try MemoryLimitQuestion(entry)
    }
    let tried =
      [MemoryLimitQuestion.limitSetting]
      + (question.spillShare == nil
        ? [] : MemoryLimitQuestion.spillSettings + MemoryLimitQuestion.spillRatios)
    if let twice = tried.first(where: { settings[$0] != nil }) {
      throw value.wrong(
        "varies \(twice), which 'settings' sets as well; remove it there")
    }
    return question
  }
}
