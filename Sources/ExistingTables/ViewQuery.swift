// Checks that a view's SELECT maps each table row to exactly one row, deterministically: backfill
// and row comparison require it. The server parses the text and lists its functions; nothing is
// executed.

import ClickHouseClient
import ClickHouseSQL

package struct ViewQuery: Sendable, Equatable {
  /// The effect of an obstacle on a view's rows.
  package enum Effect: Sendable {
    /// A row of the view does not correspond to one row of the table.
    case otherRows
    /// A recomputed row has other values.
    case otherValues
    /// None, but a backfill cannot run such a query for a part of the rows.
    case none
  }

  /// Why rows cannot be recomputed from the table's.
  package struct Obstacle: Sendable, Equatable {
    /// Such as `a JOIN` or `a call of now()`.
    package let construct: String
    package let effect: Effect

    package init(construct: String, effect: Effect) {
      self.construct = construct
      self.effect = effect
    }
  }

  /// The first one found; nil if there is none.
  package let obstacle: Obstacle?
  package let tableAlias: String?
  /// Whether rows are filtered.
  package let hasWhere: Bool
  /// Names of used columns.
  package let identifiers: Set<String>

  /// - Parameters:
  ///   - select: from `system.tables`.
  ///   - database: the default database.
  ///   - client: every query carries `readonly = 2`.
  /// - Throws: ``ClickHouseError``, also for a text that the server cannot parse.
  package static func read(_ select: String, in database: String, on client: Client) async throws
    -> ViewQuery
  {
    struct Line: Decodable { let explain: String }
    let lines = try await client.rows(
      Query(
        "EXPLAIN QUERY TREE run_passes = 0 \(select)",
        // Required if a profile selects the old analyzer; 24.3 and 26 know the name.
        settings: ["readonly": "2", "allow_experimental_analyzer": "1"], database: database),
      as: Line.self)
    let tree = ViewQueryTree(lines.map(\.explain))
    var obstacle = tree.obstacle.map {
      Obstacle(
        construct: $0, effect: ["ORDER BY", "SETTINGS"].contains($0) ? .none : .otherRows)
    }
    if obstacle == nil { obstacle = try await unknownFunction(tree.functions, on: client) }
    if obstacle == nil {
      obstacle = try await varyingFunction(select, tree.functions, in: database, on: client)
    }
    return ViewQuery(
      obstacle: obstacle, tableAlias: tree.tableAlias, hasWhere: tree.hasWhere,
      identifiers: tree.identifiers)
  }

  /// Any function that is not a built-in row function.
  private static func unknownFunction(
    _ functions: [String], on client: Client
  ) async throws -> Obstacle? {
    struct Known: Decodable {
      let name: String
      let aggregate: Int
    }
    guard !functions.isEmpty else { return nil }
    let known = try await client.rows(
      Query(
        """
        SELECT lower(name) AS name, toInt64(is_aggregate) AS aggregate FROM system.functions
        WHERE origin = 'System' AND (is_aggregate OR has({names: Array(String)}, lower(name)))
        """,
        parameters: ["names": Parameter(functions.map { $0.lowercased() })],
        settings: ["readonly": "2"]), as: Known.self)
    let single = Set(known.filter { $0.aggregate == 0 }.map(\.name))
    for function in functions where !single.contains(function.lowercased()) {
      // With a combinator an aggregate function is not in the list: sumIf, argMaxState.
      let isAggregate = known.contains {
        $0.aggregate == 1 && function.lowercased().hasPrefix($0.name)
      }
      return isAggregate
        ? Obstacle(construct: "the aggregate function \(function)()", effect: .otherRows)
        : Obstacle(
          construct: "the function \(function)(), which is not one of the server's own",
          effect: .otherValues)
    }
    return nil
  }

  /// A function whose value depends on more than its arguments. The query cache refuses a query
  /// that calls one, and with `LIMIT 0` no row is read.
  private static func varyingFunction(
    _ select: String, _ functions: [String], in database: String, on client: Client
  ) async throws -> Obstacle? {
    if let function = functions.first(where: { uncheckedFunctions.contains($0.lowercased()) }) {
      return Obstacle(construct: "a call of \(function)()", effect: .otherValues)
    }
    do {
      try await client.execute(
        Query(
          "SELECT * FROM (\(select)) LIMIT 0 FORMAT Null",
          settings: [
            "readonly": "2", "use_query_cache": "1", "enable_reads_from_query_cache": "0",
            // Nothing is cached: no query takes this long.
            "query_cache_min_query_duration": "1000000000",
            "query_cache_nondeterministic_function_handling": "throw",
          ], database: database))
      return nil
    } catch let error as ClickHouseError
      where [
        "QUERY_CACHE_USED_WITH_NONDETERMINISTIC_FUNCTIONS", "DEPRECATED_FUNCTION",
      ].contains(error.serverException?.name ?? "")
    {
      let names = functions.filter { function in
        varyingPrefixes.contains { function.lowercased().hasPrefix($0) }
      }
      let one = names.isEmpty ? "one of " : ""
      let all = (names.isEmpty ? Array(Set(functions)).sorted() : [names[0]]).map { "\($0)()" }
      return Obstacle(
        construct: "a call of \(one)\(all.joined(separator: ", "))", effect: .otherValues)
    }
  }

  /// Functions that the query cache accepts although their results vary.
  private static let uncheckedFunctions: Set<String> = [
    "arrayshuffle", "arraypartialshuffle", "arrayrandomsample", "runningconcurrency",
    "runningdifference", "runningdifferencestartingwithfirstvalue", "runningaccumulate", "neighbor",
    "connectionid",
  ]
  /// Name prefixes of functions that the query cache refuses, used to name the cause.
  private static let varyingPrefixes = [
    "now", "today", "yesterday", "utctimestamp", "rand", "generate", "fuzz", "dict", "joinget",
    "current", "host", "fqdn", "rownumber", "block", "uptime", "version", "server", "query",
    "initialquery", "getsetting", "timezone", "shard", "file",
  ]

  /// Splits a query into the text before its `SELECT` and the text after it.
  package static func parts(of select: String) -> (with: String, list: String)? {
    var depth = 0
    for token in SQLLexer(select) where token.isSignificant {
      if token.isSign("(") || token.isSign("[") { depth += 1 }
      if token.isSign(")") || token.isSign("]") { depth -= 1 }
      guard depth == 0, token.isWord("SELECT") else { continue }
      return (
        String(select[..<token.text.startIndex]), String(select[token.text.endIndex...].dropFirst())
      )
    }
    return nil
  }
}
