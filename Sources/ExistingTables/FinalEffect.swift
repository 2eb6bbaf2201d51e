// Effect of `FINAL` on a table, by its engine. ClickHouse ignores FINAL on an ordinary view; other
// engines refuse it. Materialized views, Buffer and Distributed tables behave like their target
// table, except that a Buffer ignores what the target would refuse.

import ClickHouseClient
import ClickHouseSQL
import ExportPaths
import Failures

package struct FinalEffect: Sendable, Equatable {
  package enum Kind: String, Sendable {
    /// Rows with the same key become one.
    case merges
    /// `FINAL` is accepted, and every row is returned.
    case ignored
    /// The query fails.
    case refused
    /// The target table is not visible.
    case unknown
  }

  package let kind: Kind
  /// Such as `an ordinary view`.
  package let what: String
  /// The engine that determines the effect.
  package let engine: String

  /// For an engine that stores rows itself, or does not support `FINAL`.
  package init(engine: String) {
    let family = engine.replacing("Replicated", with: "", maxReplacements: 1)
      .replacing("Shared", with: "", maxReplacements: 1)
    self.engine = engine
    switch family {
    case "View", "LiveView", "WindowView":
      (kind, what) = (.ignored, family == "View" ? "an ordinary view" : "a \(family)")
    case _ where Self.merging.contains(family): (kind, what) = (.merges, "a \(engine)")
    case "MergeTree", "Log", "TinyLog", "StripeLog", "Memory", "Null", "Set", "Join", "Dictionary":
      (kind, what) = (.refused, "a \(engine)")
    default: (kind, what) = (.unknown, "a \(engine)")
    }
  }

  private init(_ kind: Kind, _ what: String, _ engine: String) {
    (self.kind, self.what, self.engine) = (kind, what, engine)
  }

  private static let merging: Set<String> = [
    "ReplacingMergeTree", "CollapsingMergeTree", "VersionedCollapsingMergeTree",
    "SummingMergeTree", "AggregatingMergeTree", "GraphiteMergeTree", "CoalescingMergeTree",
  ]

  /// For a table that passes `FINAL` on to another one.
  package func behind(_ engine: String) -> FinalEffect {
    let what = "\(Self.article(engine)) \(engine) over \(self.what)"
    switch (engine, kind) {
    // A Buffer accepts what its target table would refuse.
    case ("Buffer", .refused): return FinalEffect(.ignored, what, self.engine)
    case ("MaterializedView", .unknown): return FinalEffect(.unknown, what, self.engine)
    default: return FinalEffect(kind, what, self.engine)
    }
  }

  /// For a `Merge` table over others.
  package static func over(_ tables: [FinalEffect]) -> FinalEffect {
    let other = tables.first { $0.kind != .merges }
    guard let other else {
      return FinalEffect(tables.isEmpty ? .unknown : .merges, "a Merge", "Merge")
    }
    return FinalEffect(
      other.kind == .unknown ? .unknown : .ignored, "a Merge over \(other.what)", other.engine)
  }

  private static func article(_ word: String) -> String {
    word.first.map { "AEIOU".contains($0) } == true ? "an" : "a"
  }

  /// Why `FINAL` has no effect on a table, as the end of a sentence; nil if it has one.
  package func reason(_ name: String) -> String? {
    switch kind {
    case .merges, .unknown: nil
    case .ignored:
      "\(name) is \(what), where ClickHouse accepts FINAL and ignores it: every row is returned"
    case .refused: "\(name) is \(what), which has no FINAL"
    }
  }
}

extension ObservationTables {
  private struct Entry: Decodable {
    let engine, engineFull, create, uuid: String
  }

  /// The effect of `FINAL` on a table of the database; nil if no such table is visible.
  package func finalEffect(on table: String) async throws -> FinalEffect? {
    try await finalEffect(on: table, in: database.name, depth: 0)
  }

  private func finalEffect(
    on table: String, in database: String, depth: Int
  ) async throws -> FinalEffect? {
    let entry = try await client.rows(
      query(
        """
        SELECT engine, engine_full AS engineFull, create_table_query AS create,
          toString(uuid) AS uuid
        FROM system.tables WHERE database = {database: String} AND name = {table: String}
        """, ["database": Parameter(database), "table": Parameter(table)]), as: Entry.self
    ).first
    // Tables can refer to each other in a cycle.
    guard let entry, depth < 8 else { return nil }
    let arguments = Self.arguments(of: entry.engineFull)
    let behind: (database: String, name: String)
    switch entry.engine {
    case "MaterializedView":
      let target = StoredDefinition.targetName(of: entry.create, entry.uuid, in: database, table)
      behind = (target.0, target.1)
    case "Buffer" where arguments.count > 1:
      behind = (arguments[0].isEmpty ? database : arguments[0], arguments[1])
    case "Distributed" where arguments.count > 2:
      behind = (arguments[1].isEmpty ? database : arguments[1], arguments[2])
    case "Merge" where arguments.count > 1:
      return .over(try await engines(matching: arguments[1], in: arguments[0]))
    default: return FinalEffect(engine: entry.engine)
    }
    let target = try await finalEffect(on: behind.name, in: behind.database, depth: depth + 1)
    return (target ?? FinalEffect(engine: "table that cannot be seen")).behind(entry.engine)
  }

  private func engines(matching pattern: String, in database: String) async throws
    -> [FinalEffect]
  {
    let engines = try await client.values(
      query(
        """
        SELECT DISTINCT engine FROM system.tables
        WHERE database = {database: String} AND match(name, {pattern: String})
          AND engine != 'Merge' ORDER BY engine
        """, ["database": Parameter(database), "pattern": Parameter(pattern)]), as: String.self)
    return engines.map { FinalEffect(engine: $0) }
  }

  /// The engine's arguments that are strings or names, unquoted.
  private static func arguments(of engine: String) -> [String] {
    guard let open = engine.firstIndex(of: "("), !engine[..<open].contains(" ") else { return [] }
    return SQLLexer(String(engine[engine.index(after: open)...])).filter(\.isSignificant)
      .prefix { !$0.isSign(")") }.filter { !$0.isSign(",") }
      .map { $0.value ?? $0.name ?? String($0.text) }
  }

  /// Refuses paths that use `FINAL` on a table that ignores or refuses it: they would return every
  /// version.
  ///
  /// - Throws: ``UserError`` of kind `input`; ``ClickHouseError``.
  package func refusePointlessFinal(of paths: [ExportPath]) async throws {
    for path in paths {
      guard let found = try await pointlessFinal(of: path) else { continue }
      throw UserError.input(
        "the path \(path.name) reads with FINAL, and \(found.reason); choose a path without FINAL, "
          + "such as limit-by, or scan-view for a view whose own query removes older versions")
    }
  }

  /// Why the `FINAL` of a path has no effect, and whether the server refuses it; nil if it has one,
  /// or the path has none.
  package func pointlessFinal(
    of path: ExportPath
  ) async throws -> (reason: String, isRefused: Bool)? {
    let text = (path.before + [sql(of: path)]).joined(separator: ";\n")
    for table in Self.tablesWithFinal(in: text) {
      let name = "\(database.name).\(table)"
      if let effect = try await finalEffect(on: table), let reason = effect.reason(name) {
        return (reason, effect.kind == .refused)
      }
    }
    return nil
  }

  /// The unqualified tables that a statement reads with `FINAL`.
  static func tablesWithFinal(in sql: String) -> [String] {
    var found: [String] = []
    // The name after the last FROM or JOIN, as long as only an alias has followed.
    var table: String?
    var tokens = SQLLexer(sql).lazy.filter(\.isSignificant).makeIterator()
    while let token = tokens.next() {
      if token.isWord("FROM") || token.isWord("JOIN") {
        table = tokens.next()?.name
      } else if token.isWord("FINAL") {
        if let table, !found.contains(table) { found.append(table) }
        table = nil
      } else if token.kind == .sign || clauses.contains(where: token.isWord) {
        table = nil
      }
    }
    return found
  }

  private static let clauses = ["WHERE", "PREWHERE", "SELECT", "GROUP", "ORDER", "LIMIT", "SAMPLE"]
}
