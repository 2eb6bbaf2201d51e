// Parameters of memory limit searches.

package struct MemoryLimitQuestion: Codable, Equatable, Sendable {
  /// Maximum width of the bracket, as a share of its lower end.
  package var resolution = 0.05
  /// Number of successful exports that confirm a limit.
  package var confirmations = 3
  /// Maximum probes of a search.
  package var probesMax = 30
  /// Share of the limit at which sorts and aggregations spill to disk; nil for the server's
  /// default, which does not depend on the limit.
  package var spillShare: Double?
  /// Limits for which the largest window is searched, in bytes.
  package var limitsBytes: [Int] = []

  /// Minimum limits only, with default parameters.
  package init() {}

  /// In bytes.
  package static let limitRange = (1 << 20)...(1 << 40)

  package static let limitSetting = "max_memory_usage"
  /// Thresholds in bytes for spilling to disk.
  package static let spillSettings = [
    "max_bytes_before_external_sort", "max_bytes_before_external_group_by",
  ]
  /// By default a sort stays in memory up to half of the server's memory.
  package static let spillRatios = [
    "max_bytes_ratio_before_external_sort", "max_bytes_ratio_before_external_group_by",
  ]
}
