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
  ) throws -> (String, String) {
    var words = Words(create[...])
    for word in ["CREATE", "MATERIALIZED", "VIEW"] {
      guard words.next() == word else {
        throw BenchError(.server, "cannot read how \(view) was made: \(create.prefix(60))")
      }
    }
    _ = words.next()
    let next = words.next()
    guard next == "TO", let name = words.next() else {
      let isAtomic = uuid != "00000000-0000-0000-0000-000000000000"
      return (database, isAtomic ? ".inner_id.\(uuid)" : ".inner.\(view)")
    }
    let parts = Words.parts(of: name)
    return parts.count == 2 ? (parts[0], parts[1]) : (database, parts[0])
  }

  /// The arguments of a ReplacingMergeTree; none of another engine.
  static func arguments(of engine: String) -> [String] {
    guard let open = engine.firstRange(of: "ReplacingMergeTree("),
      let close = engine[open.upperBound...].firstIndex(of: ")")
    else { return [] }
    return engine[open.upperBound..<close].split(separator: ",").map {
      $0.filter { $0 != " " && $0 != "`" }
    }
  }
}

/// A name in backquotes. The server's own names of inner tables are no identifiers.
func quoted(_ name: String) throws -> String {
  guard !name.contains("`"), !name.contains("\\") else {
    throw BenchError(.server, "the name '\(name)' cannot be quoted; rename the table")
  }
  return "`\(name)`"
}

/// Words of a statement that the server printed, where a name in backquotes is one.
private struct Words: IteratorProtocol {
  private var rest: Substring

  init(_ text: Substring) { rest = text }

  mutating func next() -> String? {
    rest = rest.drop { $0 == " " }
    guard !rest.isEmpty else { return nil }
    var isQuoted = false
    let end =
      rest.indices.first { index in
        if rest[index] == "`" { isQuoted.toggle() }
        return !isQuoted && rest[index] == " "
      } ?? rest.endIndex
    defer { rest = rest[end...] }
    return String(rest[..<end])
  }

  /// The names of `database.table`, without backquotes.
  static func parts(of name: String) -> [String] {
    var parts = [""]
    var isQuoted = false
    for character in name {
      switch character {
      case "`": isQuoted.toggle()
      case "." where !isQuoted: parts.append("")
      default: parts[parts.count - 1].append(character)
      }
    }
    return parts
  }
}
