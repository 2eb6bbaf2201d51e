// Storage of one table in one merge state: a row of storage.csv.

import CSVRecords

package enum TableRole: String, CSVField, Codable {
  case table
  /// The materialized view, or its target.
  case view
  /// Rows and parts of the view, with the codecs of the base table.
  case viewWithCodecs = "view_with_codecs"
}

/// Counted, not sampled: there is no interval.
package struct StorageSample: Equatable, Measured {
  package var mergeState = ""
  package var table = ""
  package var role = TableRole.table
  package var parts: Int?
  /// Including superseded versions.
  package var rows: Int?
  package var compressedBytes: Int?
  package var uncompressedBytes: Int?
  /// All files.
  package var onDiskBytes: Int?
  package var marksBytes: Int?
  /// In memory.
  package var primaryKeyBytes: Int?
  /// Merged parts that are still on disk.
  package var outdatedParts: Int?
  package var outdatedBytes: Int?
  package var diskFreeBytes: Int?
  package var diskTotalBytes: Int?
  /// Hosts with parts of the table; nil for a single server. The other figures count one replica
  /// per shard.
  package var replicas: Int?
  /// Sum over all replicas, in bytes.
  package var allReplicasOnDiskBytes: Int?

  package init() {}
}

extension StorageSample: Filed {
  package static let fileName = "storage.csv"

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

  package static let derivedFigures: [Figure<StorageSample>] = []
}

extension Records {
  package var storage: [StorageSample] {
    get { self[StorageSample.self] }
    _modify { yield &self[StorageSample.self] }
  }
}
