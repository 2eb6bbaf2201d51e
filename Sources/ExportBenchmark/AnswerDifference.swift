// The ids at which a path's answer differs from the correct one, found by the server: missing,
// unexpected, doubled, or with other values.

import ClickHouseClient
import RunStore
import WindowExports

/// An id at which an answer differs.
struct AnswerDifference: Decodable {
  let id: String
  /// Rows of the correct answer that must be returned, that are tombstones, and that are outside of
  /// the window.
  let survivingRows, deletedRows, movedRows: Int
  let returnedRows: Int
  /// What distinguishes versions: of a surviving row, and of those that were returned.
  let expected, returned: String
  /// The hash of a returned row, in decimal digits.
  let returnedHash: String
  /// The observation's shape; the source of the correct answer says it.
  var shape = ""
  /// How many versions the generator made of it; nil where that is unknown.
  var versions: Int?

  private enum CodingKeys: String, CodingKey {
    case id, survivingRows, deletedRows, movedRows, returnedRows, expected, returned, returnedHash
  }

  /// The most ids that one query returns.
  static let idsMax = 100_000

  var kind: DifferenceKind {
    if returnedRows == 0 { return .missing }
    if survivingRows == 0 { return .unexpected }
    return returnedRows == 1 ? .otherVersion : .doubled
  }

  /// Rows as a query, with the conditions that say what must become of each.
  struct CorrectRows {
    /// What stands after `FROM`.
    let source: String
    /// Whether a row must be returned. Of an id with several such rows any one is right.
    var survives = "true"
    /// Whether a row is a tombstone.
    var isTombstone = "false"
  }

  /// The query for the ids that differ.
  ///
  /// Both sides are read by one query, so that what is inserted between two queries is no
  /// difference.
  ///
  /// - Parameters:
  ///   - correct: the rows to compare with.
  ///   - answer: the path's rows: what stands after `FROM`.
  ///   - columns: those that are compared, `id` among them.
  /// - Returns: a statement of at most ``idsMax`` rows of this type.
  static func sql(_ correct: CorrectRows, _ answer: String, _ columns: [Identifier]) -> String {
    func side(_ isReturned: Int, _ rows: CorrectRows) -> String {
      """
      SELECT \(isReturned) AS is_returned, toString(id) AS row_id, \(rows.survives)
          AS row_survives, \(rows.isTombstone) AS row_deleted,
        \(AnswerChecksum.hash(of: columns)) AS row_hash, \(version(of: columns)) AS row_version
      FROM \(rows.source)
      """
    }
    let answer = CorrectRows(source: answer, survives: "false")
    return """
      SELECT row_id AS id,
        toInt64(countIf(is_returned = 0 AND row_survives)) AS survivingRows,
        toInt64(countIf(is_returned = 0 AND row_deleted)) AS deletedRows,
        toInt64(countIf(is_returned = 0 AND NOT row_deleted AND NOT row_survives)) AS movedRows,
        toInt64(countIf(is_returned = 1)) AS returnedRows,
        anyIf(row_version, is_returned = 0 AND row_survives) AS expected,
        arrayStringConcat(
          arraySort(groupArrayIf(3)(row_version, is_returned = 1)), '; ') AS returned,
        toString(anyIf(row_hash, is_returned = 1)) AS returnedHash
      FROM (\(side(0, correct)) UNION ALL \(side(1, answer)))
      GROUP BY row_id
      HAVING NOT (
        returnedRows = 0 AND (survivingRows = 0 OR deletedRows + movedRows > 0)
        OR returnedRows = 1 AND has(
          groupUniqArrayIf(row_hash, is_returned = 0 AND row_survives),
          anyIf(row_hash, is_returned = 1)))
      ORDER BY id LIMIT \(idsMax)
      """
  }

  /// What distinguishes one version of an observation from another, as an expression.
  private static func version(of columns: [Identifier]) -> String {
    let names = Set(columns.map(\.name))
    let telling = [
      ("updated_at", "toString(updated_at, 'UTC')"), ("start_time", "toString(start_time, 'UTC')"),
      ("type", "toString(type)"), ("output", "concat(toString(length(output)), ' bytes')"),
    ]
    .filter { names.contains($0.0) }
    .map { "concat('\($0.0) ', ifNull(\($0.1), 'NULL'))" }.joined(separator: ", ', ', ")
    return telling.isEmpty ? "''" : "concat('', \(telling))"
  }
}

extension DifferenceSample {
  /// One record for each shape and kind of difference of one check, with an example.
  static func summaries(
    of differences: [AnswerDifference], in check: VerificationSample
  ) -> [DifferenceSample] {
    differences.grouped { [$0.shape, $0.kind.rawValue] }.map { _, same in
      let difference = same[0]
      var sample = DifferenceSample()
      (sample.mergeState, sample.path) = (check.mergeState, check.path)
      (sample.window, sample.windowMs) = (check.window, check.windowMs)
      (sample.shape, sample.kind, sample.ids) = (difference.shape, difference.kind, same.count)
      sample.exampleID = difference.id
      sample.exampleVersions = difference.versions
      sample.expected = difference.survivingRows == 0 ? nil : difference.expected
      sample.returned = difference.returnedRows == 0 ? nil : difference.returned
      return sample
    }.sorted { ($0.shape, $0.kind.rawValue) < ($1.shape, $1.kind.rawValue) }
  }
}
