// What one table wrote in one round of inserts, and then by merges until they settled: a row of
// merges.csv.

/// Whether merges came to rest while somebody waited for it.
public enum Settling: String, CSVField, Codable {
  /// Nothing was left to merge, or the server let it be.
  case settled
  /// They still went on when patience was over: what they wrote is less than it will be.
  case unsettled
}

/// The new parts and the merges of one table in one round. Counted, not sampled.
public struct MergeSample: Equatable, Measured {
  /// The leg of the benchmark.
  public var leg = ""
  /// Which round of the leg, from 1.
  public var round = 0
  /// Whose inserts the table took.
  public var target = InsertTarget.plain
  /// The table's name; a view's inner table has one such as `.inner_id.…`.
  public var table = ""
  /// Base table or view.
  public var role = TableRole.table
  /// When merges were let go, ISO 8601 in UTC with milliseconds; of a sustained load its end.
  public var startedAt = ""
  /// Whether they came to rest.
  public var settling = Settling.settled
  /// From `startedAt` to the last change that was seen, in milliseconds.
  public var settleMs: Double?
  /// Active parts when merges had settled.
  public var parts: Int?
  /// Parts that inserts made (`NewPart` in `part_log`).
  public var newParts: Int?
  /// Rows in them.
  public var newRows: Int?
  /// Their bytes on disk.
  public var newBytes: Int?
  /// Merges that ended well (`MergeParts`).
  public var merges: Int?
  /// Merges that ended with an error.
  public var failedMerges: Int?
  /// Rows that merges read.
  public var mergeReadRows: Int?
  /// Rows that merges wrote.
  public var mergeWrittenRows: Int?
  /// Bytes on disk that merges wrote.
  public var mergeWrittenBytes: Int?
  /// How long merges took, added up, in milliseconds.
  public var mergeMs: Double?
  /// CPU time of merges, in milliseconds; nil where the server does not count it.
  public var mergeCPUMs: Double?
  /// The most memory that a merge used, in bytes.
  public var mergeMemoryPeakBytes: Int?

  /// A table of which nothing is known yet.
  public init() {}
}

extension MergeSample {
  /// The columns of merges.csv.
  public static let columns: [CSVColumn<MergeSample>] = [
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
  public static let derivedFigures: [Figure<MergeSample>] = []
}
