// Reading a view's definition as the server prints it. Asks no server.

import ClickHouse

extension BackfillTable {
  /// The view's query without its first word; only one that makes a row of each row can be cut.
  static func selection(_ select: String, of name: String) throws -> String {
    let clauses = [" DISTINCT ", " GROUP BY ", " UNION ", " LIMIT ", " ORDER BY "]
    let found = clauses.first { select.uppercased().contains($0) }
    guard select.hasPrefix("SELECT "), found == nil else {
      throw BenchError(
        .server,
        "the query of \(name) has\(found ?? " no plain SELECT "); only a view that makes one row "
          + "of each row can be filled in parts")
    }
    return String(select.dropFirst("SELECT ".count))
  }

  /// The name after `TO`, or of the inner table that the server made.
  static func targetName(
    of create: String, _ uuid: String, in database: String, _ view: String
  ) -> (String, String) {
    if let target = viewTarget(of: create) { return (target.database ?? database, target.name) }
    let isAtomic = uuid != "00000000-0000-0000-0000-000000000000"
    return (database, isAtomic ? ".inner_id.\(uuid)" : ".inner.\(view)")
  }

  /// The arguments of a ReplacingMergeTree but for a replica's path and name; none of another
  /// engine.
  static func arguments(of engine: String) -> [String] {
    guard let open = engine.firstRange(of: "ReplacingMergeTree("),
      let close = engine[open.upperBound...].firstIndex(of: ")")
    else { return [] }
    return engine[open.upperBound..<close].split(separator: ",").map {
      $0.filter { $0 != " " && $0 != "`" }
    }.filter { !$0.hasPrefix("'") }
  }
}
