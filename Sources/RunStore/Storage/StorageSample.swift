// What a table takes on disk in one state of merges: a row of storage.csv.

import CSVRecords

/// What a table is to the export.
package enum TableRole: String, CSVField, Codable {
  /// The base table.
  case table
  /// The materialized view, or its target.
  case view
  /// The same rows and parts as the view's, with the codecs that the base table's columns have.
  case viewWithCodecs = "view_with_codecs"
}

/// The storage of one table. A census, not a sample: it has no interval.
package struct StorageSample: Equatable, Measured {
  package var mergeState = ""
  /// The table's name.
  package var table = ""
  /// Base table or view.
  package var role = TableRole.table
  /// Active parts.
  package var parts: Int?
  /// Rows in them, superseded versions included.
  package var rows: Int?
  /// Compressed bytes of the columns.
  package var compressedBytes: Int?
  /// Uncompressed bytes of the columns.
  package var uncompressedBytes: Int?
  /// Bytes of all files on disk.
  package var onDiskBytes: Int?
  package var marksBytes: Int?
  /// Bytes of the primary key in memory.
  package var primaryKeyBytes: Int?
  /// Parts that merges have replaced and that are still on disk.
  package var outdatedParts: Int?
  package var outdatedBytes: Int?
  package var diskFreeBytes: Int?
  /// Size of the disk.
  package var diskTotalBytes: Int?
  /// Hosts of a cluster that hold parts of it; nil of a server by itself. The figures above are of
  /// one replica of each shard.
  package var replicas: Int?
  /// What all of them have on disk together, in bytes.
  package var allReplicasOnDiskBytes: Int?

  package init() {}
}

extension StorageSample {
  package static let columns: [CSVColumn<StorageSample>] = [
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
  package static let derivedFigures: [Figure<StorageSample>] = []
}

extension StorageSample: Filed {
  package static let fileName = "storage.csv"
}

extension Records {
  package var storage: [StorageSample] {
    get { self[StorageSample.self] }
    _modify { yield &self[StorageSample.self] }
  }
}
