// Content checks of answers and their differences: rows of verification.csv and differences.csv.

import CSVRecords
import Units

/// Content check of a path's answer in one window and merge state.
package struct VerificationSample: Equatable, Filed, Attempted {
  package var mergeState = ""
  package var path = ""
  package var window = ""
  /// In milliseconds.
  package var windowMs = 0
  /// `ok` if all rows and columns are right, `wrong_rows` if not, `failed` if the check failed.
  package var status = Status.ok
  package var errorCode: Int?
  package var errorName: String?
  /// One line of at most 300 characters, without secrets.
  package var errorMessage: String?
  /// Compared columns: those of the answer that the table has.
  package var columns: Int?
  /// Rows of the ground truth.
  package var expectedRows: Int?
  /// Rows of the received file.
  package var returnedRows: Int?
  /// Sum of the row hashes modulo 2^64, independent of the order.
  package var expectedChecksum: String?
  package var returnedChecksum: String?
  /// Missing, unexpected, duplicated or superseded ids; nil if not compared.
  package var differentIDs: Int?
  /// Ids with two newest rows that differ, or of which one is deleted; either is accepted. Nil if
  /// the generator knows the rows.
  package var undecidableIDs: Int?

  package init() {}

  /// For example `12 ids differ`.
  package var finding: String {
    switch (status, differentIDs) {
    case (.ok, _): "every row and column is right"
    case (.failed, _), (.stopped, _): errorMessage ?? errorName ?? "the check failed"
    case (.wrongRows, let ids?): ids == 1 ? "1 id differs" : "\(Count(ids)) ids differ"
    case (.wrongRows, nil):
      errorMessage
        ?? "\(returnedRows.csvText) rows instead of \(expectedRows.csvText), or different rows"
    }
  }

  /// For example `12 ids differ: 8 returned though deleted, 4 missing`.
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

package enum DifferenceKind: String, CSVField, Codable {
  /// Expected and not returned.
  case missing
  /// Returned though deleted or outside of the window.
  case unexpected
  /// Returned more than once.
  case doubled
  /// Returned with the content of another version.
  case otherVersion = "other_version"
}

/// What an existing table contains for a wrong id: the `shape` of a difference without a generator.
package enum ExistingShape: String, Sendable {
  /// The newest row is a tombstone.
  case newestDeleted = "newest_deleted"
  /// The newest row starts outside of the window.
  case newestMoved = "newest_moved"
  /// No row of the table starts in the window.
  case notInTable = "not_in_table"
  /// The newest row is expected in the window.
  case newestSurvives = "newest_survives"
  /// The newest row is expected; the returned values are those of an older row.
  case olderRow = "older_row"
  /// The newest row is expected; the returned values are those of no row.
  case noSuchRow = "no_such_row"
}

/// Ids of one shape with one kind of difference, with an example.
package struct DifferenceSample: Equatable, Filed {
  package var mergeState = ""
  package var path = ""
  package var window = ""
  /// In milliseconds.
  package var windowMs = 0
  /// Shape in the dataset, such as `undeleted`; for existing tables an ``ExistingShape``.
  package var shape = ""
  package var kind = DifferenceKind.missing
  package var ids = 0
  package var exampleID = ""
  package var exampleVersions: Int?
  /// Expected version; nil if the id is not expected in the window.
  package var expected: String?
  /// Returned versions, at most three; nil if none.
  package var returned: String?

  package init() {}

  /// Identity; a check interrupted by a crash is repeated.
  package var place: [String] { [mergeState, path, window, shape, kind.rawValue] }

  func isOf(_ check: VerificationSample) -> Bool {
    mergeState == check.mergeState && path == check.path && window == check.window
  }

  /// Follows a number of ids: `returned though deleted`.
  package var words: String {
    switch (kind, ExistingShape(rawValue: shape)) {
    case (.missing, _): "missing"
    case (.unexpected, .newestDeleted?): "returned though deleted"
    case (.unexpected, .newestMoved?): "returned though moved out of the window"
    case (.unexpected, .notInTable?): "returned though not in the table"
    case (.unexpected, _): "unexpected"
    case (.doubled, _): "returned twice"
    case (.otherVersion, .olderRow?): "in an older version"
    case (.otherVersion, .noSuchRow?): "with values of no row"
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

  package var differences: [DifferenceSample] {
    get { self[DifferenceSample.self] }
    _modify { yield &self[DifferenceSample.self] }
  }
}
