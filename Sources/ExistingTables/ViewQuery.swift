// Whether a view's SELECT makes one row of each row of its table, and the same row whenever it is
// evaluated: what a backfill needs, and what a comparison of rows rests on. The server takes the
// text apart and knows its functions; nothing is executed.

import ClickHouseClient
import ClickHouseSQL

/// What is known of a view's SELECT.
package struct ViewQuery: Sendable, Equatable {
  /// What an obstacle does to the rows of a view.
  package enum Effect: Sendable {
    /// A row of the view is not made from one row of the table.
    case otherRows
    /// A row that is made again has other values.
    case otherValues
    /// Nothing, but a backfill cannot ask for a part of such a query.
    case none
  }

  /// Why rows cannot be made again from the table's.
  package struct Obstacle: Sendable, Equatable {
    /// What the query has, such as `a JOIN` or `a call of now()`.
    package let construct: String
    /// What it does to the rows.
    package let effect: Effect

    package init(construct: String, effect: Effect) {
      self.construct = construct
      self.effect = effect
    }
  }

  /// The first one that was found; nil if there is none.
  package let obstacle: Obstacle?
  package let tableAlias: String?
  /// Whether rows are filtered.
  package let hasWhere: Bool
  /// The names of columns that it uses.
  package let identifiers: Set<String>

  /// Takes a query apart.
  ///
  /// - Parameters:
  ///   - select: the text, as `system.tables` has it.
  ///   - database: of names without one.
  ///   - client: the server; every question carries `readonly = 2`.
  /// - Returns: what is known of it.
  /// - Throws: ``ClickHouseError``, also for a text that the server cannot read.
  package static func read(_ select: String, in database: String, on client: Client) async throws
    -> ViewQuery
  {
    struct Line: Decodable { let explain: String }
    let lines = try await client.rows(
      Query(
        "EXPLAIN QUERY TREE run_passes = 0 \(select)",
        // Needed where a profile has the old analyzer; the name is known to 24.3 and to 26.
        settings: ["readonly": "2", "allow_experimental_analyzer": "1"], database: database),
      as: Line.self)
    let tree = ViewQueryTree(lines.map(\.explain))
    var obstacle = tree.obstacle.map {
      Obstacle(
        construct: $0, effect: ["ORDER BY", "SETTINGS"].contains($0) ? .none : .otherRows)
    }
    if obstacle == nil { obstacle = try await strange(tree.functions, on: client) }
    if obstacle == nil {
      obstacle = try await unsteady(select, tree.functions, in: database, on: client)
    }
    return ViewQuery(
      obstacle: obstacle, tableAlias: tree.tableAlias, hasWhere: tree.hasWhere,
      identifiers: tree.identifiers)
  }

  /// A function that is not one of the server's own for single rows.
  private static func strange(
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
  private static func unsteady(
    _ select: String, _ functions: [String], in database: String, on client: Client
  ) async throws -> Obstacle? {
    if let function = functions.first(where: { overlooked.contains($0.lowercased()) }) {
      return Obstacle(construct: "a call of \(function)()", effect: .otherValues)
    }
    do {
      try await client.execute(
        Query(
          "SELECT * FROM (\(select)) LIMIT 0 FORMAT Null",
          settings: [
            "readonly": "2", "use_query_cache": "1", "enable_reads_from_query_cache": "0",
            // Nothing is kept: no query takes so long.
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
        suspects.contains { function.lowercased().hasPrefix($0) }
      }
      let one = names.isEmpty ? "one of " : ""
      let all = (names.isEmpty ? Array(Set(functions)).sorted() : [names[0]]).map { "\($0)()" }
      return Obstacle(
        construct: "a call of \(one)\(all.joined(separator: ", "))", effect: .otherValues)
    }
  }

  /// What the query cache lets pass, although rows come out otherwise the next time.
  private static let overlooked: Set<String> = [
    "arrayshuffle", "arraypartialshuffle", "arrayrandomsample", "runningconcurrency",
    "runningdifference", "runningdifferencestartingwithfirstvalue", "runningaccumulate", "neighbor",
    "connectionid",
  ]
  /// How the names begin of functions that the query cache refuses: by these they are named.
  private static let suspects = [
    "now", "today", "yesterday", "utctimestamp", "rand", "generate", "fuzz", "dict", "joinget",
    "current", "host", "fqdn", "rownumber", "block", "uptime", "version", "server", "query",
    "initialquery", "getsetting", "timezone", "shard", "file",
  ]

  /// A query in two: what stands before its `SELECT`, and behind it.
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
