// CSV files that are computed from records, and their rows to which a page links.

import CSVRecords

/// A file that follows from records, so that it can be written again.
package struct DerivedFile: Sendable {
  /// The file's name: `summary.csv`.
  package let name: String
  /// Its text.
  package let text: String

  package init<Row: Recorded>(_ name: String, _ rows: [Row]) {
    (self.name, text) = (name, CSV.document(rows))
  }
}

/// A row of a derived file, by its text.
package struct CitedRow: Hashable, Sendable {
  /// `stages.csv`.
  package let file: String
  let text: String

  package init<Row: Recorded>(_ file: String, _ row: Row) {
    (self.file, text) = (file, CSV.line(row))
  }
}

/// The rows of a derived file as a page lists them.
package struct CitedRows: Sendable {
  package struct Row: Sendable {
    /// Where its values were measured: `fresh 1d`.
    package let place: String
    /// The values of ``CitedRows/columns``.
    package let fields: [String]
    /// The groups of records that it was computed from.
    package let sources: [RowGroup.Key]
  }

  /// `stages.csv`.
  package let file: String
  /// The names of the columns that are shown.
  package let columns: [String]
  package let rows: [Row]
  private let lines: [CitedRow: Int]

  package init<Record: Recorded>(
    _ file: String, _ records: [Record], columns: [String], place: (Record) -> String,
    sources: (Record) -> [RowGroup.Key]
  ) {
    let shown = columns.compactMap { name in Record.columns.first { $0.name == name } }
    self.file = file
    self.columns = columns
    rows = records.map { record in
      Row(
        place: place(record), fields: shown.map { $0.encode(record) }, sources: sources(record))
    }
    lines = Dictionary(records.enumerated().map { (CitedRow(file, $1), $0 + 2) }) { first, _ in
      first
    }
  }

  /// The line in which a row stands, from 1, which is the header; nil if it is not in the file.
  package func line(of row: CitedRow) -> Int? { lines[row] }
}
