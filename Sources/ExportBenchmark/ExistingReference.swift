// Reference of answers on existing tables: of each id the row with the greatest version, if it is
// not deleted and starts in the window. Independent of the measured paths.
//
// All rows that tie for the greatest version are accepted. The version is the version column of a
// ReplacingMergeTree, which determines what merges keep, otherwise `event_ts`.

import ClickHouseClient
import ExistingTables
import ExportPaths
import Failures

/// Generates SQL for ``ExistingAnswer``.
struct ExistingReference: Sendable {
  /// Version column; nil if the table has none: then all rows of an id tie.
  let version: Identifier?
  /// Column that marks tombstones; nil if the table has none.
  let deleted: Identifier?
  /// A path that returns all expected rows, including ties.
  let path: ExportPath

  /// Maximum ids per slice, which bounds memory at about 1 GiB per comparison. Each slice reads the
  /// ids and versions of the project once more.
  static let idsPerSliceMax = 2_000_000

  /// Reads the version and tombstone columns from the server.
  ///
  /// - Throws: ``UserError`` for a table without ids; ``ClickHouseError``.
  static func read(_ subject: ObservationTables) async throws -> ExistingReference {
    let (database, table) = (subject.database.name, subject.table)
    let definition = try await TableDefinition.read(table.name, in: database, of: subject)
    guard let definition, definition.columns.contains(where: { $0.name == "id" }) else {
      throw UserError.input(
        "\(database).\(table.name) has no column id, so answers cannot be compared with the newest "
          + "row of each id; give another --database")
    }
    let arguments = StoredDefinition.arguments(of: definition.engine)
    func column(_ place: Int, or name: String) throws -> Identifier? {
      if arguments.indices.contains(place) { return try Identifier(arguments[place]) }
      return definition.columns.contains { $0.name == name } ? try Identifier(name) : nil
    }
    return try ExistingReference(
      version: try column(0, or: "event_ts"), deleted: try column(1, or: "is_deleted"))
  }

  /// - Parameter version, deleted: nil if the table has no such column.
  /// - Throws: ``ExportsError`` for an unreadable file of the suite.
  init(version: Identifier?, deleted: Identifier?) throws {
    (self.version, self.deleted) = (version, deleted)
    let currentRows = """
      SELECT * FROM (
      \(try Self.newest(version, IDSlice()).sql
      ))
      WHERE \(Self.survives(deleted))
      """
    path = try Self.newest(version, IDSlice()).replacing(sql: currentRows)
  }

  /// For example `the newest row of each id (by event_ts, unless is_deleted)`.
  var words: String {
    let by = version.map { "by \($0.name)" } ?? "all rows of an id tie"
    return "the newest row of each id (\(by)\(deleted.map { ", unless \($0.name)" } ?? ""))"
  }

  /// Newest rows of the slice's ids with a row in the window, whether deleted or outside of it.
  func newest(_ slice: IDSlice) throws -> ExportPath { try Self.newest(version, slice) }

  /// Condition of an expected newest row.
  var survives: String { Self.survives(deleted) }

  /// Condition of a tombstone.
  var isTombstone: String { Self.isTombstone(deleted) }

  private static func newest(_ version: Identifier?, _ slice: IDSlice) throws -> ExportPath {
    try Catalogue.newestRows(version: version.map { "\($0)" } ?? "0", slice: slice.condition)
  }

  private static func survives(_ deleted: Identifier?) -> String {
    "\(inWindow) AND NOT \(isTombstone(deleted))"
  }

  private static func isTombstone(_ deleted: Identifier?) -> String {
    deleted.map { "(\($0) != 0)" } ?? "false"
  }

  static let inWindow =
    "start_time >= {minTimestamp: DateTime64(3)} AND start_time <= {maxTimestamp: DateTime64(3)}"
}

/// Part of a window's ids, by hash.
struct IDSlice: Sendable {
  var number = 0
  var count = 1

  static func all(ids: Int, atMost idsMax: Int) -> [IDSlice] {
    let count = max(1, (ids + idsMax - 1) / idsMax)
    return (0..<count).map { IDSlice(number: $0, count: count) }
  }

  /// Condition on `id`. The hash differs from that of sets for id lookups.
  var condition: String { count == 1 ? "true" : "cityHash64(id) % \(count) = \(number)" }
}
