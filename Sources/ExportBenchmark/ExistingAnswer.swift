// Compares an answer on existing tables with the newest row of each id.
//
// First by count and checksum, which need little memory. If these differ, or if newest rows tie, by
// id in a single query over both sides, so that rows inserted between queries are not reported as
// differences.

import Analysis
import ClickHouseClient
import ExistingTables
import ExportPaths
import RunStore
import Statistics
import WindowExports
import Workspace

struct ExistingAnswer {
  package let reference: ExistingReference
  package let workspace: Workspace
  var idsPerSliceMax = ExistingReference.idsPerSliceMax

  /// Maximum number of ids compared individually.
  package static let idsMax = 100_000
  /// Maximum number of differing ids for which older rows are read, to distinguish stale from
  /// unknown rows.
  private static let olderRowsMax = 500

  /// Expected rows of a window; of tied newest rows one counts.
  package struct Expected: Equatable, Decodable {
    package var rows = 0
    package var checksum: UInt64 = 0
    /// Ids with differing tied newest rows, or tied rows of which only some are expected.
    package var undecidable = 0

    package var sum: PathChecksum { PathChecksum(rows: rows, checksum: checksum) }
  }

  package struct Difference: Decodable {
    package let id: String
    /// Newest rows that are expected, deleted, or outside of the window.
    package let survivingRows, deletedRows, movedRows: Int
    package let returnedRows: Int
    /// Version descriptions of expected and returned rows.
    package let expected, returned: String
    /// Hash of a returned row, in decimal digits.
    let returnedHash: String
    /// Whether the returned values are those of an older row; nil if not checked.
    var isOlderRow: Bool?

    private enum CodingKeys: String, CodingKey {
      case id, survivingRows, deletedRows, movedRows, returnedRows, expected, returned, returnedHash
    }

    package var kind: DifferenceKind {
      if returnedRows == 0 { return .missing }
      if survivingRows == 0 { return .unexpected }
      return returnedRows == 1 ? .otherVersion : .doubled
    }

    package var shape: ExistingShape {
      if kind == .unexpected {
        return deletedRows > 0 ? .newestDeleted : movedRows > 0 ? .newestMoved : .notInTable
      }
      guard kind == .otherVersion, let isOlderRow else { return .newestSurvives }
      return isOlderRow ? .olderRow : .noSuchRow
    }
  }

  package func expected(_ window: ExportWindow, _ columns: [Identifier]) async throws -> Expected {
    var total = Expected()
    for slice in try await slices(of: window) {
      let newest = try reference.newest(slice)
      let query = Query(
        """
        SELECT toInt64(countIf(is_expected)) AS rows, sumIf(any_hash, is_expected) AS checksum,
          toInt64(countIf(is_open)) AS undecidable
        FROM (
          SELECT max(row_survives) AS is_expected, minIf(row_hash, row_survives) AS any_hash,
            min(row_survives) != max(row_survives)
              OR minIf(row_hash, row_survives) != maxIf(row_hash, row_survives) AS is_open
          FROM (
            SELECT reinterpretAsUInt128(sipHash128(id)) AS row_key, \(reference.survives)
              AS row_survives, \(PathChecksum.hash(of: columns)) AS row_hash
            FROM (\(newest.sql)))
          GROUP BY row_key)
        """, parameters: window.parameters,
        settings: settings(of: newest).merging(
          ["max_memory_usage": "\(ObservationTables.memoryMaxBytes)"]
        ) { $1 }, database: workspace.front.name)
      guard let row = try await workspace.client.rows(query, as: Expected.self).first else {
        throw ClickHouseError.undecodable("the checksum of the newest rows returned no row")
      }
      total.rows += row.rows
      total.checksum &+= row.checksum
      total.undecidable += row.undecidable
    }
    return total
  }

  /// Ids with differences; runs between the path's preparation and clean-up.
  ///
  /// - Parameter columns: those compared, including `id`.
  /// - Returns: at most ``idsMax`` per slice.
  /// - Throws: ``ClickHouseError``.
  package func differences(
    _ path: ExportPath, _ window: ExportWindow, _ columns: [Identifier],
    _ settings: [String: String]
  ) async throws -> [Difference] {
    var found: [Difference] = []
    for piece in window.slices(for: path) {
      for slice in try await slices(of: piece) {
        let query = Query(
          try differencesSQL(path, columns, slice), parameters: piece.parameters,
          settings: self.settings(of: try reference.newest(slice)).merging(settings) { $1 },
          database: workspace.front.name)
        found += try await workspace.client.rows(query, as: Difference.self)
      }
    }
    return try await compareWithOlderRows(found, window, columns)
  }

  private func differencesSQL(
    _ path: ExportPath, _ columns: [Identifier], _ slice: IDSlice
  ) throws -> String {
    func side(_ isReturned: Int, _ survives: String, _ tombstone: String, _ source: String)
      -> String
    {
      """
      SELECT \(isReturned) AS is_returned, toString(id) AS row_id, \(survives) AS row_survives,
        \(tombstone) AS row_deleted, \(PathChecksum.hash(of: columns)) AS row_hash,
        \(AnswerCheck.version(of: columns)) AS row_version
      FROM \(source)
      """
    }
    let newest = side(
      0, reference.survives, reference.isTombstone, "(\(try reference.newest(slice).sql))")
    let returned = side(1, "false", "false", "(\(path.sql)) WHERE \(slice.condition)")
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
      FROM (\(newest) UNION ALL \(returned))
      GROUP BY row_id
      HAVING NOT (
        returnedRows = 0 AND (survivingRows = 0 OR deletedRows + movedRows > 0)
        OR returnedRows = 1 AND has(
          groupUniqArrayIf(row_hash, is_returned = 0 AND row_survives),
          anyIf(row_hash, is_returned = 1)))
      ORDER BY id LIMIT \(Self.idsMax)
      """
  }

  /// For the first differing ids, looks for the returned values in older rows.
  private func compareWithOlderRows(
    _ differences: [Difference], _ window: ExportWindow, _ columns: [Identifier]
  ) async throws -> [Difference] {
    struct Row: Decodable {
      let id: String
      let hashes: [String]
    }
    let places = differences.indices.filter { differences[$0].kind == .otherVersion }
      .prefix(Self.olderRowsMax)
    guard !places.isEmpty else { return differences }
    var parameters = window.parameters
    parameters["ids"] = Parameter(places.map { differences[$0].id })
    let query = Query(
      """
      SELECT toString(row_id) AS id, groupUniqArray(toString(row_hash)) AS hashes FROM (
        SELECT id AS row_id, \(PathChecksum.hash(of: columns)) AS row_hash FROM observations
        WHERE project_id = {projectId: String}
          AND toString(id) IN (SELECT arrayJoin({ids: Array(String)})))
      GROUP BY row_id
      """, parameters: parameters, settings: settings(of: reference.path),
      database: workspace.front.name)
    let hashes = Dictionary(
      try await workspace.client.rows(query, as: Row.self).map { ($0.id, $0.hashes) }
    ) { first, _ in first }
    var marked = differences
    for place in places {
      let known = hashes[differences[place].id] ?? []
      marked[place].isOlderRow = known.contains(differences[place].returnedHash)
    }
    return marked
  }

  /// Slices by number of ids in the window.
  private func slices(of window: ExportWindow) async throws -> [IDSlice] {
    struct Row: Decodable { let ids: Int }
    let query = Query(
      """
      SELECT toInt64(uniq(sipHash64(id))) AS ids FROM observations
      WHERE project_id = {projectId: String} AND \(ExistingReference.inWindow)
      """, parameters: window.parameters, settings: settings(of: reference.path),
      database: workspace.front.name)
    let row = try await workspace.client.rows(query, as: Row.self).first
    return IDSlice.all(ids: row?.ids ?? 0, atMost: idsPerSliceMax)
  }

  /// Settings of the reference; grouping spills to disk above 1 GiB.
  private func settings(of newest: ExportPath) -> [String: String] {
    newest.settings(under: nil, on: workspace).merging(
      ["max_bytes_before_external_group_by": "\(1 << 30)"]
    ) { $1 }
  }
}
