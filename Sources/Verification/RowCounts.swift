// Row and id counts of table and view: the first check of the design document's view, with the
// numbers that explain a difference while merges are pending.

import ClickHouseClient
import ExistingTables
import Statistics

package struct RowCounts: Sendable, Encodable {
  package struct Side: Sendable, Encodable {
    package var rows: Int
    /// `count()` with `FINAL`; nil if that has no effect.
    package var finalRows: Int?
    /// Why `FINAL` has no effect, as a clause; nil if it has.
    package var finalReason: String?
    /// Ordinary views store no rows.
    package var isOrdinaryView = false
    /// `count(DISTINCT id)`: exact.
    package var ids: Int
    /// Active parts; nil if not readable.
    package var parts: Int?
    /// Running merges; nil if not readable.
    package var merges: Int?
    /// Parts with rows hidden by `DELETE FROM`; nil if not readable.
    package var partsWithDeletedRows: Int?
  }

  /// A project whose id counts differ.
  package struct Project: Sendable, Encodable {
    package let project: String
    /// `uniqExact(id)` of the table.
    package let tableIDs: Int
    /// `uniqExact(id)` of the view.
    package let viewIDs: Int
  }

  package let table: Side
  package let view: Side
  package let projects: Int
  /// Number of projects whose id counts differ.
  package let differingProjects: Int
  /// The largest differences.
  package let examples: [Project]

  /// Whether the id counts are equal in every project.
  package var agree: Bool { differingProjects == 0 }
}

extension RowCounts {
  package static func read(_ subject: ObservationTables, examples: Int) async throws -> RowCounts {
    struct Projects: Decodable { let projects, differing: Int }
    struct Difference: Decodable {
      let project: String
      let inTable, inView: Int
    }
    let ids = "toInt64(uniqExact(id))"
    let byProject = """
      SELECT project_id, sum(t) AS inTable, sum(v) AS inView FROM (
        SELECT project_id, \(ids) AS t, toInt64(0) AS v FROM \(subject.table) GROUP BY project_id
        UNION ALL
        SELECT project_id, toInt64(0) AS t, \(ids) AS v FROM \(subject.view) GROUP BY project_id)
      GROUP BY project_id
      """
    let totals = try await subject.client.rows(
      subject.query(
        """
        SELECT toInt64(count()) AS projects, toInt64(countIf(inTable != inView)) AS differing
        FROM (\(byProject))
        """), as: Projects.self)
    let differing = totals.first?.differing ?? 0
    var found: [Difference] = []
    if differing > 0 {
      found = try await subject.client.rows(
        subject.query(
          """
          SELECT toString(project_id) AS project, inTable, inView FROM (\(byProject))
          WHERE inTable != inView
          ORDER BY abs(inTable - inView) DESC, project LIMIT {limit: UInt32}
          """, ["limit": Parameter(examples)]))
    }
    return RowCounts(
      table: try await side(subject.table, of: subject),
      view: try await side(subject.view, of: subject),
      projects: totals.first?.projects ?? 0, differingProjects: differing,
      examples: found.map {
        Project(project: $0.project, tableIDs: $0.inTable, viewIDs: $0.inView)
      })
  }

  private static func side(_ name: Identifier, of subject: ObservationTables) async throws -> Side {
    func value(_ expression: String, _ final: String = "") async throws -> Int {
      let sql = "SELECT toInt64(\(expression)) AS value FROM \(name)\(final)"
      return try await subject.client.values(subject.query(sql), as: Int.self).first ?? 0
    }
    var side = Side(
      rows: try await value("count()"), ids: try await value("count(DISTINCT id)"))
    let effect = try await subject.finalEffect(on: name.name)
    side.finalReason = effect?.reason("\(subject.database.name).\(name.name)")
    side.isOrdinaryView = effect?.what == "an ordinary view"
    if side.finalReason == nil {
      do { side.finalRows = try await value("count()", " FINAL") } catch let error
        as ClickHouseError where error.serverException?.name == "ILLEGAL_FINAL"
      {
        side.finalReason = "the server has no FINAL on \(name.name)"
      }
    }
    guard !side.isOrdinaryView else { return side }
    let storage = try await storage(of: name, in: subject)
    side.parts = storage?.parts
    side.partsWithDeletedRows = storage?.deleted
    side.merges = storage?.merges
    return side
  }

  private struct Storage: Decodable { let parts, deleted, merges: Int }

  /// Parts and merges; nil without access to `system.parts` or `system.merges`.
  private static func storage(
    of name: Identifier, in subject: ObservationTables
  ) async throws -> Storage? {
    let stored = try await TableDefinition.stored(name, in: subject)
    let here = "database = {database: String} AND table = {table: String}"
    let parts = subject.client.everyShard("system.parts")
    let query = subject.query(
      """
      SELECT
        (SELECT toInt64(count()) FROM \(parts) WHERE active AND \(here)) AS parts,
        (SELECT toInt64(sum(has_lightweight_delete)) FROM \(parts) WHERE active AND \(here))
          AS deleted,
        (SELECT toInt64(count()) FROM \(subject.client.everyShard("system.merges")) WHERE \(here))
          AS merges
      """,
      ["database": Parameter(stored.database), "table": Parameter(stored.name)],
      subject.client.passingOverTheLost)
    do {
      return try await subject.client.rows(query, as: Storage.self).first
    } catch let error as ClickHouseError where error.serverException?.name == "ACCESS_DENIED" {
      return nil
    }
  }
}
