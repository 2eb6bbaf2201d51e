// One attempt to export a window on one path: the record behind a row of samples.csv.
//
// Columns are added at the end and never renamed.

import BenchmarkSpec
import CSVRecords

/// One export attempt. What could not be measured is nil, never 0.
package struct Sample: Equatable, Measured, Attempted {
  /// Order of execution in the run, from 1.
  package var attempt = 0
  /// Warm-up or measured.
  package var phase = Phase.measured
  /// Name of the state of merges that the table was in: `fresh`, `merged`.
  package var mergeState = ""
  /// Name of the export path: `limit-by`.
  package var path = ""
  /// The window as written: `6h`.
  package var window = ""
  /// The window's length in milliseconds.
  package var windowMs = 0
  /// Which repetition of its cell; attempts of one repetition form a pair across paths.
  package var `repeat` = 0
  /// When the attempt began, ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  /// The server's id of the query.
  package var queryID = ""
  /// How it ended.
  package var status = Status.ok
  /// The server's error code.
  package var errorCode: Int?
  /// The server's name of the error: `MEMORY_LIMIT_EXCEEDED`.
  package var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// Rows that the ground truth has in the window.
  package var expectedRows: Int?
  /// Rows that the server returned.
  package var resultRows: Int?
  /// Bytes of the result as `query_log` has them.
  package var resultBytes: Int?
  /// Bytes that arrived over the wire.
  package var receivedBytes: Int?
  /// From the request's first byte to the response's last, in milliseconds.
  package var clientWallMs: Double?
  /// From the request's first byte to the response body's first, in milliseconds.
  package var clientFirstByteMs: Double?
  /// The query's duration in `query_log`, in milliseconds.
  package var serverQueryMs: Double?
  /// CPU time that the server spent on the query, in milliseconds.
  package var serverCPUMs: Double?
  /// Peak of the query's memory tracker (`query_log.memory_usage`), in bytes.
  package var memoryPeakBytes: Int?
  /// Rows read from storage.
  package var readRows: Int?
  /// Bytes read from storage, uncompressed.
  package var readBytes: Int?
  /// Parts that the query chose to read.
  package var selectedParts: Int?
  /// Marks that the query chose to read.
  package var selectedMarks: Int?
  /// Bytes that a sort or an aggregation wrote to disk.
  package var spilledBytes: Int?
  /// Active parts in the table that was read.
  package var tableParts: Int?
  package var tableRows: Int?
  /// The server's resident memory before the attempt, in bytes.
  package var serverRSSBeforeBytes: Int?
  /// The peak of the server's resident memory during the attempt, in bytes.
  package var serverRSSPeakBytes: Int?
  /// The server's jemalloc `stats.allocated` before the attempt, in bytes.
  package var serverJemallocAllocatedBeforeBytes: Int?
  /// The largest `stats.allocated` seen during the attempt, in bytes.
  package var serverJemallocAllocatedPeakBytes: Int?
  /// `stats.allocated` after the attempt, in bytes.
  package var serverJemallocAllocatedAfterBytes: Int?
  /// The server's jemalloc `stats.resident` after the attempt, in bytes.
  package var serverJemallocResidentAfterBytes: Int?
  /// The driver's own jemalloc `stats.allocated` before the attempt, in bytes.
  package var driverAllocatedBeforeBytes: Int?
  /// The largest that the driver's `stats.allocated` was seen at, in bytes.
  package var driverAllocatedPeakBytes: Int?
  /// The largest that the driver's `stats.resident` was seen at, in bytes.
  package var driverResidentPeakBytes: Int?
  /// The peak of the driver's resident memory, in bytes.
  package var driverRSSPeakBytes: Int?
  /// CPU time that the driver spent, in milliseconds.
  package var driverCPUMs: Double?
  /// The server's own account of all its memory (`MemoryTracking` in `system.metrics`) before the
  /// attempt, in bytes.
  package var serverTrackedBeforeBytes: Int?
  /// The largest that `MemoryTracking` was seen at during the attempt, in bytes.
  package var serverTrackedPeakBytes: Int?
  /// Merges under way on the table when the attempt began.
  package var runningMerges: Int?
  /// What became of the bytes at the client; nil where the server sent none.
  package var consumer: Consumer?
  /// How far the server went; nil in files from before there were stages: the whole way.
  package var stage: Stage?
  /// On a cluster, the host and port of the server that was asked, the initiator: its are the
  /// query's own peak, and the server's figures. Nil of a server by itself.
  package var initiator: String?
  /// Queries that the initiator sent to other hosts.
  package var shardQueries: Int?
  /// The highest of their trackers' peaks, in bytes.
  package var shardMemoryPeakBytes: Int?
  /// Their peaks added up, in bytes: no less than what they held at one time.
  package var shardMemorySumBytes: Int?
  /// The hosts of the cluster that did not answer when the attempt began, by `host:port`, with
  /// spaces between them; nil where all did.
  package var lostReplicas: String?
  /// Rows that the footers of the received Parquet files count; nil where nothing was received, or
  /// a footer is longer than the 16 MiB that are kept.
  package var receivedRows: Int?

  package init() {}
}

extension Sample {
  /// Whether the attempt may enter a figure.
  package var counts: Bool { phase == .measured && status == .ok }

  package static let columns: [CSVColumn<Sample>] = [
    CSVColumn("attempt", \.attempt),
    CSVColumn("phase", \.phase),
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
    CSVColumn("running_merges", \.runningMerges, figure: "merges under way"),
    CSVColumn("consumer", \.consumer),
    CSVColumn("stage", \.stage),
    CSVColumn("initiator", \.initiator),
    CSVColumn("shard_queries", \.shardQueries, figure: "queries to shards"),
    CSVColumn("shard_memory_peak_bytes", \.shardMemoryPeakBytes, figure: "shard's peak memory"),
    CSVColumn("shard_memory_sum_bytes", \.shardMemorySumBytes, figure: "shards' peaks together"),
    CSVColumn("lost_replicas", \.lostReplicas),
    CSVColumn("received_rows", \.receivedRows),
  ]

  /// What an attempt added to memory that was in use before it: peak minus before, in bytes.
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

extension Sample: Filed {
  package static let fileName = "samples.csv"
}

extension Records {
  package var samples: [Sample] {
    get { self[Sample.self] }
    _modify { yield &self[Sample.self] }
  }
}
