// Limits of a profile's queries, enforced by the server.

package struct ProfileLimits: Sendable {
  /// Rows that one query may read.
  package var rowsMax = 20_000_000
  /// Uncompressed bytes that one query may read.
  package var bytesMax = 8 << 30
  /// Memory of one query; grouping spills to disk at half of it.
  package var memoryMaxBytes = 2 << 30
  /// Time limit of one query.
  package var secondsMax = 60
  /// Threads of one query.
  package var threadsMax = 2

  /// Distinct ids that one query may group; more are sampled by a hash of the id.
  package static let idsMax = 500_000

  package init() {}

  /// Settings of every query. With `readonly = 2` the server refuses writes.
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
      // Otherwise the server reports its progress before the query has finished.
      "wait_end_of_query": "1",
    ]
  }
}
