// What is right on existing tables: of each id the row with the greatest version, if it is not
// deleted and starts in the window. It does not depend on any path that is measured.
//
// Rows that tie for the greatest version are all accepted: the table does not say which of them
// came last. The version is the version column of a ReplacingMergeTree, which is what merges keep,
// or else `event_ts`.

import Analysis
import ClickHouseClient
import ExistingTables
import ExportPaths
import Failures

/// The reference of a run on existing tables. It only makes SQL; ``ExistingAnswer`` asks it.
struct ExistingReference: Sendable {
  /// The column whose greatest value marks the newest row; nil where the table has none: then all
  /// rows of an id tie.
  package let version: Identifier?
  /// The column that marks a tombstone; nil where the table has none.
  package let deleted: Identifier?
  /// Every row that an export must return, as a path: of an id whose newest rows tie, all of them.
  package let path: ExportPath

  /// More ids of a window than this are compared in slices, so that memory is bounded: about 1 GiB
  /// for the comparison of a slice. Each slice reads the ids and versions of the project once more.
  static let idsPerSliceMax = 2_000_000

  /// Asks the server how the table marks versions and tombstones.
  ///
  /// - Throws: ``UserError`` for a table without ids; ``ClickHouseError``.
  package static func read(_ subject: ObservationTables) async throws -> ExistingReference {
    let (database, table) = (subject.database.name, subject.table)
    let definition = try await TableDefinition.read(table.name, in: database, of: subject)
    guard let definition, definition.columns.contains(where: { $0.name == "id" }) else {
      throw UserError(
        .input,
        "\(database).\(table.name) has no column id, so its rows cannot be compared with the "
          + "newest of each id; name another database with --database")
    }
    let arguments = StoredDefinition.arguments(of: definition.engine)
    func column(_ place: Int, or name: String) throws -> Identifier? {
      if arguments.indices.contains(place) { return try Identifier(arguments[place]) }
      return definition.columns.contains { $0.name == name } ? try Identifier(name) : nil
    }
    return try ExistingReference(
      version: try column(0, or: "event_ts"), deleted: try column(1, or: "is_deleted"))
  }

  /// - Parameters:
  ///   - version: the version column; nil if there is none.
  ///   - deleted: the column of tombstones; nil if there is none.
  /// - Throws: ``ExportsError`` for a file of the suite that cannot be read.
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

  /// What it is, in words: `the newest row of each id (by event_ts, unless is_deleted)`.
  package var words: String {
    let by = version.map { "by \($0.name)" } ?? "all rows of an id tie"
    return "the newest row of each id (\(by)\(deleted.map { ", unless \($0.name)" } ?? ""))"
  }

  /// The newest rows of the ids of a slice that have a row in the window: in or outside of the
  /// window, deleted or not.
  package func newest(_ slice: IDSlice) throws -> ExportPath { try Self.newest(version, slice) }

  /// Whether a newest row must be returned, as a condition.
  var survives: String { Self.survives(deleted) }

  /// Whether a row is a tombstone, as a condition.
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

  package static let inWindow =
    "start_time >= {minTimestamp: DateTime64(3)} AND start_time <= {maxTimestamp: DateTime64(3)}"
}

/// A part of a window's ids, by a hash.
struct IDSlice: Sendable {
  package var number = 0
  package var count = 1

  /// The slices of a window with so many ids.
  package static func all(ids: Int, atMost idsMax: Int) -> [IDSlice] {
    let count = max(1, (ids + idsMax - 1) / idsMax)
    return (0..<count).map { IDSlice(number: $0, count: count) }
  }

  /// The condition on `id`. Its hash is not the one of the sets that ids are looked up in.
  package var condition: String { count == 1 ? "true" : "cityHash64(id) % \(count) = \(number)" }
}
