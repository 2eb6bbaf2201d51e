// What one column of a table takes on disk in one state of merges: a row of columns.csv.

import CSVRecords

/// The storage of one column. A census, not a sample: it has no interval.
package struct ColumnSample: Equatable, Filed {
  package var mergeState = ""
  /// The table's name.
  package var table = ""
  /// Base table, view, or the view given the base table's codecs.
  package var role = TableRole.table
  /// The column's name.
  package var column = ""
  package var type = ""
  /// Its codec as the table declares it; nil for the server's default.
  package var codec: String?
  /// Compressed bytes in the active parts.
  package var compressedBytes: Int?
  /// Uncompressed bytes in the active parts.
  package var uncompressedBytes: Int?

  package init() {}

  /// What was looked at, whenever: of two looks the last one stands.
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
