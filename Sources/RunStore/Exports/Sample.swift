// One export attempt: a row of samples.csv.
//
// Columns are added at the end and never renamed.

import BenchmarkSpec
import CSVRecords

/// One export attempt. Figures that were not measured are nil, never 0.
package struct Sample: Equatable, Measured, Attempted {
  /// Order of execution, from 1.
  package var attempt = 0
  package var period = Period.measured
  /// For example `fresh`, `merged`.
  package var mergeState = ""
  /// For example `limit-by`.
  package var path = ""
  /// As written: `6h`.
  package var window = ""
  /// In milliseconds.
  package var windowMs = 0
  /// Attempts of one repeat are paired across paths.
  package var `repeat` = 0
  /// ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  package var queryID = ""
  package var status = Status.ok
  package var errorCode: Int?
  /// For example `MEMORY_LIMIT_EXCEEDED`.
  package var errorName: String?
  /// One line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// Of the ground truth.
  package var expectedRows: Int?
  package var resultRows: Int?
  /// From `query_log`.
  package var resultBytes: Int?
  /// On the wire.
  package var receivedBytes: Int?
  /// From the first byte of the request to the last byte of the response, in milliseconds.
  package var clientWallMs: Double?
  /// From the first byte of the request to the first byte of the response body, in milliseconds.
  package var clientFirstByteMs: Double?
  /// From `query_log`, in milliseconds.
  package var serverQueryMs: Double?
  /// Server CPU time of the query, in milliseconds.
  package var serverCPUMs: Double?
  /// Query tracker peak (`query_log.memory_usage`), in bytes.
  package var memoryPeakBytes: Int?
  package var readRows: Int?
  /// Uncompressed.
  package var readBytes: Int?
  /// Selected by the query.
  package var selectedParts: Int?
  /// Selected by the query.
  package var selectedMarks: Int?
  /// Written to disk by a sort or aggregation, in bytes.
  package var spilledBytes: Int?
  /// Active parts of the table.
  package var tableParts: Int?
  package var tableRows: Int?
  /// Resident memory, in bytes.
  package var serverRSSBeforeBytes: Int?
  package var serverRSSPeakBytes: Int?
  /// Server jemalloc: `stats.allocated` before, maximum and after, and `stats.resident` after, in
  /// bytes.
  package var serverJemallocAllocatedBeforeBytes: Int?
  package var serverJemallocAllocatedPeakBytes: Int?
  package var serverJemallocAllocatedAfterBytes: Int?
  package var serverJemallocResidentAfterBytes: Int?
  /// Driver jemalloc: `stats.allocated` before and maximum, and maximum `stats.resident`, in bytes.
  package var driverAllocatedBeforeBytes: Int?
  package var driverAllocatedPeakBytes: Int?
  package var driverResidentPeakBytes: Int?
  /// Maximum resident memory of the driver, in bytes.
  package var driverRSSPeakBytes: Int?
  /// Driver CPU time, in milliseconds.
  package var driverCPUMs: Double?
  /// `MemoryTracking` in `system.metrics`: memory of the whole server, in bytes.
  package var serverTrackedBeforeBytes: Int?
  package var serverTrackedPeakBytes: Int?
  /// On the table, at the start of the attempt.
  package var runningMerges: Int?
  /// Nil without an answer.
  package var consumer: Consumer?
  /// Nil in older files: the whole export.
  package var stage: Stage?
  /// Host and port of the initiator on a cluster, to which the query's peak and server figures
  /// belong; nil for a single server.
  package var initiator: String?
  /// Queries from the initiator to other hosts.
  package var shardQueries: Int?
  /// Maximum of their tracker peaks, in bytes.
  package var shardMemoryPeakBytes: Int?
  /// Sum of their peaks, in bytes: an upper bound of their simultaneous memory.
  package var shardMemorySumBytes: Int?
  /// Unreachable hosts at the start of the attempt, as `host:port` separated by spaces; nil if all
  /// answered.
  package var lostReplicas: String?
  /// From the footers of received Parquet files; nil without an answer, or if a footer is longer
  /// than the retained 16 MiB.
  package var receivedRows: Int?

  package init() {}
}

extension Sample: Filed {
  /// Whether the attempt enters figures.
  package var counts: Bool { period == .measured && status == .ok }

  package static let fileName = "samples.csv"

  package static let columns: [CSVColumn<Sample>] = [
    CSVColumn("attempt", \.attempt),
    CSVColumn("period", formerly: "phase", \.period),
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("path", \.path),
    CSVColumn("window", \.window),
    CSVColumn("window_ms", \.windowMs, in: windowMsRange),
    CSVColumn("repeat", \.repeat),
    CSVColumn("started_at", \.startedAt),
    CSVColumn("query_id", \.queryID),
    CSVColumn("status", \.status),
    CSVColumn("error_code", \.errorCode),
    CSVColumn("error_name", \.errorName),
    CSVColumn("error_message", \.errorMessage),
    CSVColumn("expected_rows", \.expectedRows),
    CSVColumn("result_rows", \.resultRows, figure: "rows exported"),
    CSVColumn("result_bytes", \.resultBytes, figure: "result size"),
    CSVColumn("received_bytes", \.receivedBytes, figure: "bytes received"),
    CSVColumn("client_wall_ms", \.clientWallMs, figure: "time"),
    CSVColumn("client_first_byte_ms", \.clientFirstByteMs, figure: "time to first byte"),
    CSVColumn("server_query_ms", \.serverQueryMs, figure: "server time"),
    CSVColumn("server_cpu_ms", \.serverCPUMs, figure: "server CPU"),
    CSVColumn("memory_peak_bytes", \.memoryPeakBytes, figure: "peak memory"),
    CSVColumn("read_rows", \.readRows, figure: "rows read"),
    CSVColumn("read_bytes", \.readBytes, figure: "bytes read"),
    CSVColumn("selected_parts", \.selectedParts, figure: "parts read"),
    CSVColumn("selected_marks", \.selectedMarks, figure: "marks read"),
    CSVColumn("spilled_bytes", \.spilledBytes, figure: "spilled to disk"),
    CSVColumn("table_parts", \.tableParts, figure: "parts in the table"),
    CSVColumn("table_rows", \.tableRows, figure: "rows in the table"),
    CSVColumn("server_rss_before_bytes", \.serverRSSBeforeBytes, figure: "server RSS before"),
    CSVColumn("server_rss_peak_bytes", \.serverRSSPeakBytes, figure: "server RSS peak"),
    CSVColumn(
      "server_jemalloc_allocated_before_bytes", \.serverJemallocAllocatedBeforeBytes,
      figure: "server jemalloc before"),
    CSVColumn(
      "server_jemalloc_allocated_peak_bytes", \.serverJemallocAllocatedPeakBytes,
      figure: "server jemalloc peak"),
    CSVColumn(
      "server_jemalloc_allocated_after_bytes", \.serverJemallocAllocatedAfterBytes,
      figure: "server jemalloc after"),
    CSVColumn(
      "server_jemalloc_resident_after_bytes", \.serverJemallocResidentAfterBytes,
      figure: "server jemalloc resident after"),
    CSVColumn(
      "driver_allocated_before_bytes", \.driverAllocatedBeforeBytes,
      figure: "driver allocated before"),
    CSVColumn(
      "driver_allocated_peak_bytes", \.driverAllocatedPeakBytes, figure: "driver allocated peak"),
    CSVColumn(
      "driver_resident_peak_bytes", \.driverResidentPeakBytes, figure: "driver resident peak"),
    CSVColumn("driver_rss_peak_bytes", \.driverRSSPeakBytes, figure: "driver RSS peak"),
    CSVColumn("driver_cpu_ms", \.driverCPUMs, figure: "driver CPU"),
    CSVColumn(
      "server_tracked_before_bytes", \.serverTrackedBeforeBytes, figure: "server tracker before"),
    CSVColumn(
      "server_tracked_peak_bytes", \.serverTrackedPeakBytes, figure: "server tracker peak"),
    CSVColumn("running_merges", \.runningMerges, figure: "running merges"),
    CSVColumn("consumer", \.consumer),
    CSVColumn("stage", \.stage),
    CSVColumn("initiator", \.initiator),
    CSVColumn("shard_queries", \.shardQueries, figure: "queries to shards"),
    CSVColumn("shard_memory_peak_bytes", \.shardMemoryPeakBytes, figure: "shard peak memory"),
    CSVColumn("shard_memory_sum_bytes", \.shardMemorySumBytes, figure: "sum of shard peaks"),
    CSVColumn("lost_replicas", \.lostReplicas),
    CSVColumn("received_rows", \.receivedRows),
  ]

  /// Peak minus the level before the attempt, in bytes.
  package static let derivedFigures: [Figure<Sample>] = [
    Figure(name: "server_rss_rise_bytes", title: "server RSS above idle") {
      difference($0.serverRSSPeakBytes, $0.serverRSSBeforeBytes)
    },
    Figure(name: "server_jemalloc_rise_bytes", title: "server jemalloc above idle") {
      difference($0.serverJemallocAllocatedPeakBytes, $0.serverJemallocAllocatedBeforeBytes)
    },
    Figure(name: "server_tracked_rise_bytes", title: "server tracker above idle") {
      difference($0.serverTrackedPeakBytes, $0.serverTrackedBeforeBytes)
    },
    Figure(name: "driver_allocated_rise_bytes", title: "driver allocated above idle") {
      difference($0.driverAllocatedPeakBytes, $0.driverAllocatedBeforeBytes)
    },
  ]
}

private func difference(_ peak: Int?, _ before: Int?) -> Double? {
  guard let peak, let before else { return nil }
  return Double(peak) - Double(before)
}

extension Records {
  package var samples: [Sample] {
    get { self[Sample.self] }
    _modify { yield &self[Sample.self] }
  }
}
