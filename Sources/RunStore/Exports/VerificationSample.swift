// Whether a path's answer was right, and what was wrong with it: the rows of verification.csv and
// differences.csv.

import CSVRecords
import Units

/// One path's answer in one window and state of merges, held by content against the ground truth.
package struct VerificationSample: Equatable, Filed, Attempted {
  /// Name of the state of merges that the table was in.
  package var mergeState = ""
  /// Name of the export path.
  package var path = ""
  /// The window as written.
  package var window = ""
  /// The window's length in milliseconds.
  package var windowMs = 0
  /// `ok` where every row and column is as it must be, `wrong_rows` where not, `failed` where the
  /// check itself failed.
  package var status = Status.ok
  /// The server's error code.
  package var errorCode: Int?
  /// The server's name of the error.
  package var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// How many columns of the answer were compared: those that the table has as well.
  package var columns: Int?
  /// Rows that must survive.
  package var expectedRows: Int?
  /// Rows of the file that arrived.
  package var returnedRows: Int?
  /// Sum of the hashes of the rows that must survive, modulo 2^64: it does not depend on their
  /// order.
  package var expectedChecksum: String?
  /// The same of the rows of the file that arrived.
  package var returnedChecksum: String?
  /// How many ids are missing, unexpected, doubled or in another version; nil where none were
  /// looked for.
  package var differentIDs: Int?
  /// Ids that have two newest rows with different values, or one that survives and one that does
  /// not: each of them is accepted. Nil where the generator names the rows.
  package var undecidableIDs: Int?

  package init() {}

  /// What the check found, in a few words: `12 ids differ`.
  package var finding: String {
    switch (status, differentIDs) {
    case (.ok, _): "every row and column is right"
    case (.failed, _), (.stopped, _): errorMessage ?? errorName ?? "the check failed"
    case (.wrongRows, let ids?): ids == 1 ? "1 id differs" : "\(Count(ids)) ids differ"
    case (.wrongRows, nil):
      errorMessage
        ?? "\(returnedRows.csvText) rows instead of \(expectedRows.csvText), or others"
    }
  }

  /// The same, with how they differ: `12 ids differ: 8 returned though deleted, 4 missing`.
  package func finding(with differences: [DifferenceSample]) -> String {
    var counts: [(words: String, ids: Int)] = []
    for difference in last(differences, by: \.place) where difference.isOf(self) {
      let place = counts.firstIndex { $0.words == difference.words } ?? counts.count
      if place == counts.count { counts.append((difference.words, 0)) }
      counts[place].ids += difference.ids
    }
    guard !counts.isEmpty else { return finding }
    let kinds = counts.sorted { ($1.ids, $0.words) < ($0.ids, $1.words) }
      .map { "\(Count($0.ids)) \($0.words)" }
    return "\(finding): \(kinds.joined(separator: ", "))"
  }

  package static let fileName = "verification.csv"

  package static let columns: [CSVColumn<VerificationSample>] = [
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("path", \.path),
    CSVColumn("window", \.window),
    CSVColumn("window_ms", \.windowMs, in: windowMsRange),
    CSVColumn("status", \.status),
    CSVColumn("error_code", \.errorCode),
    CSVColumn("error_name", \.errorName),
    CSVColumn("error_message", \.errorMessage),
    CSVColumn("columns", \.columns),
    CSVColumn("expected_rows", \.expectedRows),
    CSVColumn("returned_rows", \.returnedRows),
    CSVColumn("expected_checksum", \.expectedChecksum),
    CSVColumn("returned_checksum", \.returnedChecksum),
    CSVColumn("different_ids", \.differentIDs),
    CSVColumn("undecidable_ids", \.undecidableIDs),
  ]
}

/// How an answer differs from the ground truth at one id.
package enum DifferenceKind: String, CSVField, Codable {
  /// It must be there and is not.
  case missing
  /// It must not be there and is: deleted, or outside of the window.
  case unexpected
  /// It is there more than once.
  case doubled
  /// It is there with the content of another version.
  case otherVersion = "other_version"
}

/// What an existing table holds of the ids at which an answer differs: the `shape` of a difference
/// where no generator knows one.
package enum ExistingShape: String, Sendable {
  /// The newest row is a tombstone.
  case newestDeleted = "newest_deleted"
  /// The newest row starts outside of the window.
  case newestMoved = "newest_moved"
  /// No row of the table starts in the window.
  case notInTable = "not_in_table"
  /// The newest row survives in the window.
  case newestSurvives = "newest_survives"
  /// The newest row survives, and what was returned has the values of an older row.
  case olderRow = "older_row"
  /// The newest row survives, and what was returned has the values of no row of the table.
  case noSuchRow = "no_such_row"
}

/// The ids of one shape at which a path's answer differs in one way, with an example.
package struct DifferenceSample: Equatable, Filed {
  /// Name of the state of merges that the table was in.
  package var mergeState = ""
  /// Name of the export path.
  package var path = ""
  /// The window as written.
  package var window = ""
  /// The window's length in milliseconds.
  package var windowMs = 0
  /// The observations' shape, by its name in the dataset: `undeleted`; of existing tables one of
  /// ``ExistingShape``.
  package var shape = ""
  /// In which way the answer differs.
  package var kind = DifferenceKind.missing
  package var ids = 0
  package var exampleID = ""
  package var exampleVersions: Int?
  /// Its surviving version; nil if none survives in the window.
  package var expected: String?
  /// What the path returned of it, at most three versions; nil if nothing.
  package var returned: String?

  package init() {}

  /// What was found, whenever: a check that a crash cut short is made again.
  package var place: [String] { [mergeState, path, window, shape, kind.rawValue] }

  /// Whether it belongs to a check.
  func isOf(_ check: VerificationSample) -> Bool {
    mergeState == check.mergeState && path == check.path && window == check.window
  }

  /// What is wrong, in a few words that follow a number of ids: `returned though deleted`.
  package var words: String {
    switch (kind, ExistingShape(rawValue: shape)) {
    case (.missing, _): "missing"
    case (.unexpected, .newestDeleted?): "returned though deleted"
    case (.unexpected, .newestMoved?): "returned though moved away"
    case (.unexpected, .notInTable?): "returned though not in the table"
    case (.unexpected, _): "must not be there"
    case (.doubled, _): "there twice"
    case (.otherVersion, .olderRow?): "in an older version"
    case (.otherVersion, .noSuchRow?): "with values of no row of the table"
    case (.otherVersion, _): "another version"
    }
  }

  package static let fileName = "differences.csv"

  package static let columns: [CSVColumn<DifferenceSample>] = [
    CSVColumn("merge_state", \.mergeState),
    CSVColumn("path", \.path),
    CSVColumn("window", \.window),
    CSVColumn("window_ms", \.windowMs, in: windowMsRange),
    CSVColumn("shape", \.shape),
    CSVColumn("difference", \.kind),
    CSVColumn("ids", \.ids),
    CSVColumn("example_id", \.exampleID),
    CSVColumn("example_versions", \.exampleVersions),
    CSVColumn("expected", \.expected),
    CSVColumn("returned", \.returned),
  ]
}

extension Records {
  package var verifications: [VerificationSample] {
    get { self[VerificationSample.self] }
    _modify { yield &self[VerificationSample.self] }
  }
}

extension Records {
  package var differences: [DifferenceSample] {
    get { self[DifferenceSample.self] }
    _modify { yield &self[DifferenceSample.self] }
  }
}
