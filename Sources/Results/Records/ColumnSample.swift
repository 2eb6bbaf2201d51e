// What one column of a table takes on disk in one state of merges: a row of columns.csv.

/// The storage of one column. A census, not a sample: it has no interval.
public struct ColumnSample: Equatable, Filed {
  /// Name of the state of merges.
  public var mergeState = ""
  /// The table's name.
  public var table = ""
  /// Base table, view, or the view given the base table's codecs.
  public var role = TableRole.table
  /// The column's name.
  public var column = ""
  /// Its type.
  public var type = ""
  /// Its codec as the table declares it; nil for the server's default.
  public var codec: String?
  /// Compressed bytes in the active parts.
  public var compressedBytes: Int?
  /// Uncompressed bytes in the active parts.
  public var uncompressedBytes: Int?

  /// A column of which nothing is known yet.
  public init() {}

  /// What was looked at, whenever: of two looks the last one stands.
  var place: [String] { [mergeState, table, column] }

  /// The file of columns on disk.
  public static let fileName = "columns.csv"
  /// Columns on disk.
  public static var list: WritableKeyPath<Records, [ColumnSample]> & Sendable { \.columns }

  /// The columns of columns.csv.
  public static let columns: [CSVColumn<ColumnSample>] = [
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
