// How far a profile may go on a server that is not ours.

/// The bounds of every question of a profile. The server enforces them.
package struct ProfileLimits: Sendable {
  /// Rows that one question may read.
  package var rowsMax = 20_000_000
  /// Uncompressed bytes that one question may read.
  package var bytesMax = 8 << 30
  /// Memory of one question in bytes; half of it, and grouping goes to disk.
  package var memoryMaxBytes = 2 << 30
  /// Seconds of one question.
  package var secondsMax = 60
  /// Threads of one question.
  package var threadsMax = 2

  /// Different ids that one question may group; more are sampled by a hash of the id.
  package static let idsMax = 500_000

  package init() {}

  /// Settings of every question. `readonly = 2` makes the server refuse whatever would write.
  package var settings: [String: String] {
    [
      "readonly": "2",
      "max_rows_to_read": "\(rowsMax)",
      "max_bytes_to_read": "\(bytesMax)",
      "read_overflow_mode": "throw",
      "max_memory_usage": "\(memoryMaxBytes)",
      "max_bytes_before_external_group_by": "\(memoryMaxBytes / 2)",
      "max_rows_to_group_by": "\(4 * Self.idsMax)",
      "group_by_overflow_mode": "throw",
      "max_execution_time": "\(secondsMax)",
      "timeout_before_checking_execution_speed": "0",
      "max_threads": "\(threadsMax)",
      "max_result_rows": "1000",
      "result_overflow_mode": "throw",
      "cancel_http_readonly_queries_on_client_close": "1",
      // Without it the server tells of its work while it still works.
      "wait_end_of_query": "1",
    ]
  }
}
