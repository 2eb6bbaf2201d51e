// Where figures come from: the lines of a run's record files behind a row of a derived file.

import RunStore

/// Rows of a record file that belong together: the attempts on a path in a cell, for example.
package struct RowGroup: Hashable, Sendable {
  /// What the rows of a group have in common; nil is for what they do not distinguish.
  package struct Key: Hashable, Sendable {
    let file: String
    let mergeState: String?
    let window: String?
    let subject: String?
    let leg: String?

    package init(
      _ kind: any Filed.Type, mergeState: String? = nil, window: String? = nil,
      subject: String? = nil, leg: String? = nil
    ) {
      file = kind.fileName
      (self.mergeState, self.window, self.subject) = (mergeState, window, subject)
      self.leg = leg
    }
  }

  /// The file's name: `samples.csv`.
  package let file: String
  /// What the rows are: `limit-by at 30d (fresh)`.
  package let title: String
  /// The lines in which they stand, from 1, which is the header.
  package let lines: [Int]
}

/// The rows of a record file in groups, with the columns that a page shows.
package struct RowListing {
  package struct Column {
    package let name: String
    /// The field of a line.
    package let text: (_ line: Int) -> String
  }

  package let file: String
  /// The number of records.
  package let count: Int
  package let groups: [RowGroup]
  /// Without those that are empty in every row.
  package let columns: [Column]
  fileprivate let places: [RowGroup.Key: Int]

  /// - Parameters:
  ///   - records: all of the file, in its order.
  ///   - columns: the names of the columns to show.
  ///   - key: the group of a record.
  ///   - title: the title of a group, from its first record.
  package init<Record: Filed>(
    _ records: [Record], columns: [String], key: (Record) -> RowGroup.Key,
    title: (Record) -> String
  ) {
    file = Record.fileName
    count = records.count
    self.columns = columns.compactMap { name in Record.columns.first { $0.name == name } }
      .filter { column in records.contains { !column.encode($0).isEmpty } }
      .map { column in Column(name: column.name) { column.encode(records[$0 - 2]) } }
    let found = records.indices.grouped { key(records[$0]) }
    groups = found.map { _, places in
      // The first line is the header.
      RowGroup(
        file: Record.fileName, title: title(records[places[0]]), lines: places.map { $0 + 2 })
    }
    places = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1.key, $0) })
  }
}

/// The rows behind the figures of a run.
package struct Provenance {
  package let listings: [RowListing]
  /// Every group of every file, in the order of the files.
  package let groups: [RowGroup]
  private var places: [RowGroup.Key: Int] = [:]
  private let experiments: [any Experiment.Type]

  package init(_ records: Records, _ experiments: [any Experiment.Type]) {
    listings = experiments.flatMap { $0.listings(records) }
    groups = listings.flatMap(\.groups)
    self.experiments = experiments
    var first = 0
    for listing in listings {
      places.merge(listing.places.mapValues { first + $0 }) { one, _ in one }
      first += listing.groups.count
    }
  }

  /// The groups that a row of summary.csv was computed from, as places in ``groups``.
  package func places(of row: SummaryRow) -> [Int] {
    places(of: experiments.flatMap { $0.sources(of: row) })
  }

  /// The places of groups in ``groups``; groups without rows are left out.
  package func places(of keys: [RowGroup.Key]) -> [Int] { keys.compactMap { places[$0] } }
}
