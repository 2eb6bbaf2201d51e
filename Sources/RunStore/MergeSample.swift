// What one table wrote in one round of inserts, and then by merges until they settled: a row of
// merges.csv.

import BenchmarkSpec
import CSVRecords

/// Whether merges came to rest while somebody waited for it.
package enum Settling: String, CSVField, Codable {
  /// Nothing was left to merge, or the server let it be.
  case settled
  /// They still went on when patience was over: what they wrote is less than it will be.
  case unsettled
}

/// The new parts and the merges of one table in one round. Counted, not sampled.
package struct MergeSample: Equatable, Measured {
  /// The leg of the benchmark.
  package var leg = ""
  /// Which round of the leg, from 1.
  package var round = 0
  /// Whose inserts the table took.
  package var target = InsertTarget.plain
  /// The table's name; a view's inner table has one such as `.inner_id.…`.
  package var table = ""
  /// Base table or view.
  package var role = TableRole.table
  /// When merges were let go, ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  /// Whether they came to rest.
  package var settling = Settling.settled
  /// From `startedAt` to the last change that was seen, in milliseconds.
  package var settleMs: Double?
  /// Active parts when merges had settled.
  package var parts: Int?
  /// Parts that inserts made (`NewPart` in `part_log`).
  package var newParts: Int?
  package var newRows: Int?
  /// Their bytes on disk.
  package var newBytes: Int?
  /// Merges that ended well (`MergeParts`).
  package var merges: Int?
  /// Merges that ended with an error.
  package var failedMerges: Int?
  package var mergeReadRows: Int?
  /// Rows that merges wrote.
  package var mergeWrittenRows: Int?
  /// Bytes on disk that merges wrote.
  package var mergeWrittenBytes: Int?
  /// How long merges took, added up, in milliseconds.
  package var mergeMs: Double?
  /// CPU time of merges, in milliseconds; nil where the server does not count it.
  package var mergeCPUMs: Double?
  /// The most memory that a merge used, in bytes.
  package var mergeMemoryPeakBytes: Int?

  package init() {}
}

extension MergeSample {
  package static let columns: [CSVColumn<MergeSample>] = [
    CSVColumn("leg", \.leg),
    CSVColumn("round", \.round),
    CSVColumn("target", \.target),
    CSVColumn("table", \.table),
    CSVColumn("role", \.role),
    CSVColumn("started_at", \.startedAt),
    CSVColumn("settling", \.settling),
    CSVColumn("settle_ms", \.settleMs, figure: "time to settle"),
    CSVColumn("parts", \.parts, figure: "parts"),
    CSVColumn("new_parts", \.newParts, figure: "new parts"),
    CSVColumn("new_rows", \.newRows, figure: "rows in new parts"),
    CSVColumn("new_bytes", \.newBytes, figure: "bytes of new parts"),
    CSVColumn("merges", \.merges, figure: "merges"),
    CSVColumn("failed_merges", \.failedMerges, figure: "failed merges"),
    CSVColumn("merge_read_rows", \.mergeReadRows, figure: "rows read by merges"),
    CSVColumn("merge_written_rows", \.mergeWrittenRows, figure: "rows written by merges"),
    CSVColumn("merge_written_bytes", \.mergeWrittenBytes, figure: "bytes written by merges"),
    CSVColumn("merge_ms", \.mergeMs, figure: "time of merges"),
    CSVColumn("merge_cpu_ms", \.mergeCPUMs, figure: "CPU of merges"),
    CSVColumn("merge_memory_peak_bytes", \.mergeMemoryPeakBytes, figure: "peak memory of a merge"),
  ]

  /// Nothing is derived.
  package static let derivedFigures: [Figure<MergeSample>] = []
}
