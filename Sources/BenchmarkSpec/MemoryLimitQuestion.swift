// What a benchmark asks about memory limits.

/// What a benchmark asks about memory limits.
package struct MemoryLimitQuestion: Codable, Equatable, Sendable {
  /// How narrow the bracket around a limit or a window is to be, as a share of its lower end.
  package var resolution = 0.05
  /// How many exports out of as many must finish.
  package var confirmations = 3
  /// No search makes more probes than this.
  package var probesMax = 30
  /// The share of the limit from which sorts and aggregations spill to disk; nil leaves that to
  /// the server, which knows nothing of the limit there.
  package var spillShare: Double?
  /// Limits of which the largest window is wanted, in bytes.
  package var limitsBytes: [Int] = []

  /// Asks for the least limits only, with the usual care.
  package init() {}

  /// The limits that are tried, in bytes.
  package static let limitRange = (1 << 20)...(1 << 40)

  /// The setting that limits the memory of a query.
  package static let limitSetting = "max_memory_usage"
  /// Settings that say from how many bytes on a query spills to disk.
  package static let spillSettings = [
    "max_bytes_before_external_sort", "max_bytes_before_external_group_by",
  ]
  /// Settings that by default keep a sort in memory up to half of the server's memory.
  package static let spillRatios = [
    "max_bytes_ratio_before_external_sort", "max_bytes_ratio_before_external_group_by",
  ]
}
