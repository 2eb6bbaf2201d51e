// Storage of one column in one merge state: a row of columns.csv.

import CSVRecords

/// Counted, not sampled: there is no interval.
package struct ColumnSample: Equatable, Filed {
  package var mergeState = ""
  package var table = ""
  /// Base table, view, or view with the base table's codecs.
  package var role = TableRole.table
  package var column = ""
  package var type = ""
  /// As declared; nil for the server's default.
  package var codec: String?
  /// In active parts.
  package var compressedBytes: Int?
  /// In active parts.
  package var uncompressedBytes: Int?

  package init() {}

  /// Identity; the last of several samples counts.
  package var place: [String] { [mergeState, table, column] }

  package static let fileName = "columns.csv"

  package static let columns: [CSVColumn<ColumnSample>] = [
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("table", \.table),
    CSVColumn("role", \.role),
    CSVColumn("column", \.column),
    CSVColumn("type", \.type),
    CSVColumn("codec", \.codec),
    CSVColumn("compressed_bytes", \.compressedBytes),
    CSVColumn("uncompressed_bytes", \.uncompressedBytes),
  ]
}

extension Records {
  package var columns: [ColumnSample] { self[ColumnSample.self] }
}
