// Parts and merges of one table in one round of inserts: a row of merges.csv.

import BenchmarkSpec
import CSVRecords

package enum Settling: String, CSVField, Codable {
  /// Nothing was left to merge, or the server stopped merging.
  case settled
  /// Merges continued after the timeout; their written bytes are incomplete.
  case unsettled
}

/// Counted, not sampled.
package struct MergeSample: Equatable, Measured {
  package var leg = ""
  /// From 1.
  package var round = 0
  /// Inserts into this target were measured.
  package var target = InsertTarget.plain
  /// A view's inner table is named like `.inner_id.…`.
  package var table = ""
  package var role = TableRole.table
  /// When merges were enabled, ISO 8601 in UTC with milliseconds.
  package var startedAt = ""
  package var settling = Settling.settled
  /// From `startedAt` to the last observed change, in milliseconds.
  package var settleMs: Double?
  /// Active parts after merges settled.
  package var parts: Int?
  /// Parts created by inserts (`NewPart` in `part_log`).
  package var newParts: Int?
  package var newRows: Int?
  /// On disk.
  package var newBytes: Int?
  /// Successful merges (`MergeParts`).
  package var merges: Int?
  package var failedMerges: Int?
  package var mergeReadRows: Int?
  package var mergeWrittenRows: Int?
  /// On disk.
  package var mergeWrittenBytes: Int?
  /// Sum, in milliseconds.
  package var mergeMs: Double?
  /// In milliseconds; nil if the server does not report it.
  package var mergeCPUMs: Double?
  /// Maximum of a merge, in bytes.
  package var mergeMemoryPeakBytes: Int?

  package init() {}
}

extension MergeSample: Filed {
  package static let fileName = "merges.csv"

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

  package static let derivedFigures: [Figure<MergeSample>] = []
}

extension Records {
  package var merges: [MergeSample] {
    get { self[MergeSample.self] }
    _modify { yield &self[MergeSample.self] }
  }
}
