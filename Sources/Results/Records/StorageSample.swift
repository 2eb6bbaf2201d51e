// What a table takes on disk in one state of merges: a row of storage.csv.

/// What a table is to the export.
public enum TableRole: String, CSVField, Codable {
  /// The base table.
  case table
  /// The materialized view, or its target.
  case view
  /// The same rows and parts as the view's, with the codecs that the base table's columns have.
  case viewWithCodecs = "view_with_codecs"
}

/// The storage of one table. A census, not a sample: it has no interval.
public struct StorageSample: Equatable, Measured {
  /// Name of the state of merges.
  public var mergeState = ""
  /// The table's name.
  public var table = ""
  /// Base table or view.
  public var role = TableRole.table
  /// Active parts.
  public var parts: Int?
  /// Rows in them, superseded versions included.
  public var rows: Int?
  /// Compressed bytes of the columns.
  public var compressedBytes: Int?
  /// Uncompressed bytes of the columns.
  public var uncompressedBytes: Int?
  /// Bytes of all files on disk.
  public var onDiskBytes: Int?
  /// Bytes of the marks.
  public var marksBytes: Int?
  /// Bytes of the primary key in memory.
  public var primaryKeyBytes: Int?
  /// Parts that merges have replaced and that are still on disk.
  public var outdatedParts: Int?
  /// Their bytes.
  public var outdatedBytes: Int?
  /// Free bytes on the disk.
  public var diskFreeBytes: Int?
  /// Size of the disk.
  public var diskTotalBytes: Int?
  /// Hosts of a cluster that hold parts of it; nil of a server by itself. The figures above are of
  /// one replica of each shard.
  public var replicas: Int?
  /// What all of them have on disk together, in bytes.
  public var allReplicasOnDiskBytes: Int?

  /// A table of which nothing is known yet.
  public init() {}
}

extension StorageSample {
  /// The columns of storage.csv.
  public static let columns: [CSVColumn<StorageSample>] = [
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("table", \.table),
    CSVColumn("role", \.role),
    CSVColumn("parts", \.parts, figure: "parts"),
    CSVColumn("rows", \.rows, figure: "rows"),
    CSVColumn("compressed_bytes", \.compressedBytes, figure: "compressed"),
    CSVColumn("uncompressed_bytes", \.uncompressedBytes, figure: "uncompressed"),
    CSVColumn("on_disk_bytes", \.onDiskBytes, figure: "on disk"),
    CSVColumn("marks_bytes", \.marksBytes, figure: "marks"),
    CSVColumn("primary_key_bytes", \.primaryKeyBytes, figure: "primary key"),
    CSVColumn("outdated_parts", \.outdatedParts, figure: "outdated parts"),
    CSVColumn("outdated_bytes", \.outdatedBytes, figure: "in outdated parts"),
    CSVColumn("disk_free_bytes", \.diskFreeBytes),
    CSVColumn("disk_total_bytes", \.diskTotalBytes),
    CSVColumn("replicas", \.replicas),
    CSVColumn("all_replicas_on_disk_bytes", \.allReplicasOnDiskBytes, figure: "on all replicas"),
  ]

  /// Nothing is derived.
  public static let derivedFigures: [Figure<StorageSample>] = []
}
