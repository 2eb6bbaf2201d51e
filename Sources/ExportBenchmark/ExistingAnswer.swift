// The correct answer on existing tables: the newest row of each id.
//
// Count and checksum need little memory beside that of the path. Only where these differ, or where
// newest rows tie, ids are compared one by one.

import ClickHouseClient
import ExistingTables
import ExportPaths
import RunStore
import WindowExports
import Workspace

/// The newest rows of existing tables.
struct ExistingAnswer: CorrectAnswer {
  let reference: ExistingReference
  let workspace: Workspace
  var idsPerSliceMax = ExistingReference.idsPerSliceMax

  /// Of so many ids with other values older rows are read, to tell stale rows from rows that the
  /// table never had.
  private static let olderRowsMax = 500

  var isOfExistingTables: Bool { true }

  func prepare() async throws {}

  /// The columns that have the same type in the table, because a path may write a column in another
  /// form.
  func comparable(_ columns: [PathColumn], _ window: ExportWindow) async throws -> [PathColumn] {
    let known = try await PathColumn.all(
      of: reference.path.sql, for: window, settings: settings(of: reference.path),
      in: workspace.front, from: workspace.client)
    return columns.filter { column in
      known.contains { $0.name == column.name && $0.plainType == column.plainType }
    }
  }

  /// The count, the checksum and the ties of what is right.
  func expected(_ window: ExportWindow, _ columns: [Identifier]) async throws -> ExpectedAnswer {
    struct Row: Decodable {
      let rows: Int
      let checksum: UInt64
      let undecidable: Int
    }
    var sums = AnswerChecksum()
    var undecidable = 0
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
              AS row_survives, \(AnswerChecksum.hash(of: columns)) AS row_hash
            FROM (\(newest.sql)))
          GROUP BY row_key)
        """, parameters: window.parameters,
        settings: settings(of: newest).merging(
          ["max_memory_usage": "\(ObservationTables.memoryMaxBytes)"]
        ) { $1 }, database: workspace.front.name)
      guard let row = try await workspace.client.rows(query, as: Row.self).first else {
        throw ClickHouseError.undecodable("the checksum of the newest rows returned no row")
      }
      sums.add(AnswerChecksum(rows: row.rows, checksum: row.checksum))
      undecidable += row.undecidable
    }
    return ExpectedAnswer(sums: sums, undecidable: undecidable)
  }

  func differences(
    _ path: ExportPath, _ window: ExportWindow, _ columns: [Identifier],
    _ settings: [String: String]
  ) async throws -> [AnswerDifference] {
    var found: [AnswerDifference] = []
    for piece in window.slices(for: path) {
      for slice in try await slices(of: piece) {
        let newest = try reference.newest(slice)
        let sql = AnswerDifference.sql(
          .init(
            source: "(\(newest.sql))", survives: reference.survives,
            isTombstone: reference.isTombstone),
          "(\(path.sql)) WHERE \(slice.condition)", columns)
        found += try await workspace.client.rows(
          Query(
            sql, parameters: piece.parameters,
            settings: self.settings(of: newest).merging(settings) { $1 },
            database: workspace.front.name))
      }
    }
    try await describe(&found, window, columns)
    return found
  }

  /// Sets the shapes; of the first ids with other values, whether an older row has them.
  private func describe(
    _ differences: inout [AnswerDifference], _ window: ExportWindow, _ columns: [Identifier]
  ) async throws {
    for place in differences.indices { differences[place].shape = shape(of: differences[place]) }
    struct Row: Decodable {
      let id: String
      let hashes: [String]
    }
    let places = differences.indices.filter { differences[$0].kind == .otherVersion }
      .prefix(Self.olderRowsMax)
    guard !places.isEmpty else { return }
    var parameters = window.parameters
    parameters["ids"] = Parameter(places.map { differences[$0].id })
    let query = Query(
      """
      SELECT toString(row_id) AS id, groupUniqArray(toString(row_hash)) AS hashes FROM (
        SELECT id AS row_id, \(AnswerChecksum.hash(of: columns)) AS row_hash FROM observations
        WHERE project_id = {projectId: String}
          AND toString(id) IN (SELECT arrayJoin({ids: Array(String)})))
      GROUP BY row_id
      """, parameters: parameters, settings: settings(of: reference.path),
      database: workspace.front.name)
    let hashes = Dictionary(
      try await workspace.client.rows(query, as: Row.self).map { ($0.id, $0.hashes) }
    ) { first, _ in first }
    for place in places {
      let known = hashes[differences[place].id] ?? []
      let isOlder = known.contains(differences[place].returnedHash)
      differences[place].shape = (isOlder ? ExistingShape.olderRow : .noSuchRow).rawValue
    }
  }

  private func shape(of difference: AnswerDifference) -> String {
    guard difference.kind == .unexpected else { return ExistingShape.newestSurvives.rawValue }
    let shape: ExistingShape =
      difference.deletedRows > 0
      ? .newestDeleted : difference.movedRows > 0 ? .newestMoved : .notInTable
    return shape.rawValue
  }

  /// The slices of a window, by how many ids have a row in it.
  private func slices(of window: ExportWindow) async throws -> [IDSlice] {
    let query = Query(
      """
      SELECT toInt64(uniq(sipHash64(id))) AS ids FROM observations
      WHERE \(ExportWindow.condition)
      """, parameters: window.parameters, settings: settings(of: reference.path),
      database: workspace.front.name)
    let ids = try await workspace.client.values(query, as: Int.self).first
    return IDSlice.all(ids: ids ?? 0, atMost: idsPerSliceMax)
  }

  /// The reference's settings; what does not fit into a GiB while it is grouped goes to disk.
  private func settings(of newest: ExportPath) -> [String: String] {
    newest.settings(under: nil, on: workspace).merging(
      ["max_bytes_before_external_group_by": "\(1 << 30)"]
    ) { $1 }
  }
}
