// Whether a path's answer was right, and what was wrong with it: the rows of verification.csv and
// differences.csv.

import Units

/// One path's answer in one window and state of merges, held by content against the ground truth.
public struct VerificationSample: Equatable, Filed {
  /// Name of the state of merges that the table was in.
  public var mergeState = ""
  /// Name of the export path.
  public var path = ""
  /// The window as written.
  public var window = ""
  /// The window's length in milliseconds.
  public var windowMs = 0
  /// `ok` where every row and column is as it must be, `wrong_rows` where not, `failed` where the
  /// check itself failed.
  public var status = Status.ok
  /// The server's error code.
  public var errorCode: Int?
  /// The server's name of the error.
  public var errorName: String?
  /// The error in one line of at most 300 characters, without secrets.
  public var errorMessage: String?
  /// How many columns of the answer were compared: those that the table has as well.
  public var columns: Int?
  /// Rows that must survive.
  public var expectedRows: Int?
  /// Rows that the path returned.
  public var returnedRows: Int?
  /// Sum of the hashes of the rows that must survive, modulo 2^64: it does not depend on their
  /// order.
  public var expectedChecksum: String?
  /// The same of the rows that the path returned.
  public var returnedChecksum: String?
  /// How many ids are missing, unexpected, doubled or in another version; nil where none were
  /// looked for.
  public var differentIDs: Int?

  /// A check of which nothing is known yet.
  public init() {}

  /// What the check found, in a few words: `12 ids differ`.
  public var finding: String {
    switch (status, differentIDs) {
    case (.ok, _): "every row and column is right"
    case (.failed, _), (.stopped, _): errorMessage ?? errorName ?? "the check failed"
    case (.wrongRows, let ids?): "\(Count(ids)) id\(ids == 1 ? "" : "s") differ"
    case (.wrongRows, nil):
      "\(returnedRows.csvText) rows instead of \(expectedRows.csvText), or others"
    }
  }

  /// The file of checks.
  public static let fileName = "verification.csv"
  /// Checks.
  public static var list: WritableKeyPath<Records, [VerificationSample]> & Sendable {
    \.verifications
  }

  /// The columns of verification.csv.
  public static let columns: [CSVColumn<VerificationSample>] = [
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
  ]
}

/// How an answer differs from the ground truth at one id.
public enum DifferenceKind: String, CSVField, Codable {
  /// It must be there and is not.
  case missing
  /// It must not be there and is: deleted, or outside of the window.
  case unexpected
  /// It is there more than once.
  case doubled
  /// It is there with the content of another version.
  case otherVersion = "other_version"
}

/// The ids of one shape at which a path's answer differs in one way, with an example.
public struct DifferenceSample: Equatable, Filed {
  /// Name of the state of merges that the table was in.
  public var mergeState = ""
  /// Name of the export path.
  public var path = ""
  /// The window as written.
  public var window = ""
  /// The window's length in milliseconds.
  public var windowMs = 0
  /// The observations' shape, by its name in the dataset: `undeleted`.
  public var shape = ""
  /// In which way the answer differs.
  public var kind = DifferenceKind.missing
  /// How many ids.
  public var ids = 0
  /// One of them.
  public var exampleID = ""
  /// How many versions it has.
  public var exampleVersions: Int?
  /// Its surviving version; nil if none survives in the window.
  public var expected: String?
  /// What the path returned of it, at most three versions; nil if nothing.
  public var returned: String?

  /// A difference of which nothing is known yet.
  public init() {}

  /// What was found, whenever: a check that a crash cut short is made again.
  var place: [String] { [mergeState, path, window, shape, kind.rawValue] }

  /// The file of differences.
  public static let fileName = "differences.csv"
  /// Differences.
  public static var list: WritableKeyPath<Records, [DifferenceSample]> & Sendable {
    \.differences
  }

  /// The columns of differences.csv.
  public static let columns: [CSVColumn<DifferenceSample>] = [
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
