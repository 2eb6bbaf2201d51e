// ClickHouse rules for SchemaDrift: allowed type changes, and the meaning of engines and keys for
// readers.

import ClickHouseClient
import ClickHouseSQL

extension SchemaDrift {
  /// Type, default and codec of a column in a view's table. The view stores the values of a
  /// computed column (`ALIAS`, `MATERIALIZED`).
  package static func description(of column: TableColumn) -> String {
    var words = [column.type]
    if column.defaultKind == "DEFAULT" { words.append(`default`(of: column)) }
    if !column.codec.isEmpty { words.append(column.codec) }
    return words.joined(separator: " ")
  }

  /// Such as `DEFAULT 'x'`, or empty.
  package static func `default`(of column: TableColumn) -> String {
    column.defaultKind.isEmpty ? "" : "\(column.defaultKind) \(column.defaultExpression)"
  }

  /// Why the type of a column cannot be changed in place, and what to do; nil if it can.
  package static func obstacle(from old: String, to new: String, isKey: Bool) -> String? {
    if isKey {
      return "its table is sorted, partitioned or versioned by it: create a new view with this "
        + "type, and backfill it"
    }
    if old.contains("Nullable("), !new.contains("Nullable(") {
      return "a NULL in it would stop the mutation: check that there is none, then ALTER TABLE … "
        + "MODIFY COLUMN by hand"
    }
    return nil
  }

  /// The view's `SELECT` with additional columns; nil if an additional column would change its
  /// meaning, or if it has no column list.
  package static func select(_ select: String, adding names: [String]) -> String? {
    var depth = 0
    var listEnd: String.Index?
    var hasStar = false
    for token in SQLLexer(select) where token.isSignificant {
      switch token.text.uppercased() {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "DISTINCT", "GROUP", "UNION", "INTERSECT", "EXCEPT", "JOIN", "WITH", "LIMIT":
        if depth == 0 { return nil }
      case "*": if depth == 0, listEnd == nil { hasStar = true }
      case "FROM": if depth == 0, listEnd == nil { listEnd = token.text.startIndex }
      default: break
      }
    }
    if names.isEmpty { return select }
    guard let listEnd, !hasStar else { return hasStar ? select : nil }
    var head = select[..<listEnd]
    while head.last?.isWhitespace == true { head.removeLast() }
    return "\(head), \(names.map(Identifier.quoted).joined(separator: ", ")) \(select[listEnd...])"
  }

  /// Differences in meaning between the engines and keys of two tables.
  package static func remarks(_ table: TableDefinition, _ stored: TableDefinition) -> [String] {
    var found: [String] = []
    let (own, other) = (table.engineArguments, stored.engineArguments)
    let effect = FinalEffect(engine: String(stored.engine.prefix { $0.isLetter }))
    let tableEffect = FinalEffect(engine: String(table.engine.prefix { $0.isLetter }))
    let keepsVersions = effect.kind == .refused && tableEffect.kind == .merges
    if keepsVersions {
      found.append(
        "the view's rows are in \(effect.what), which keeps every version of a row and has no "
          + "FINAL; an engine cannot be altered, so create a new view and backfill it")
    } else if own.first != other.first {
      let (ours, theirs) = (own.first ?? "time of insertion", other.first ?? "time of insertion")
      found.append(
        "the table keeps the version of a row with the greatest \(ours), the view that with the "
          + "greatest \(theirs): where the two disagree they keep different versions; an engine "
          + "cannot be altered, so create a new view and backfill it")
    }
    if let flag = own.dropFirst().first, other.dropFirst().first != flag, !keepsVersions {
      found.append(
        "the view's engine does not know \(flag): FINAL returns tombstones, so every query of it "
          + "needs WHERE \(flag) = 0; an engine cannot be altered")
    }
    if table.sortingKey != stored.sortingKey {
      found.append(
        "the table is sorted by (\(table.sortingKey)), the view by (\(stored.sortingKey)): a query "
          + "skips other data in each, and what replaces a row in one may be kept with it in the "
          + "other; such a key cannot be altered, so create a new view and backfill it")
    }
    if table.partitionKey != stored.partitionKey {
      found.append(
        "the table is partitioned by (\(table.partitionKey)), the view by "
          + "(\(stored.partitionKey)); a partition key cannot be altered")
    }
    if table.timeToLive != stored.timeToLive {
      let (ours, theirs) = (table.timeToLive ?? "(none)", stored.timeToLive ?? "(none)")
      found.append(
        "the table drops rows by TTL \(ours), the view by TTL \(theirs), so one of them keeps what "
          + "the other lost: ALTER TABLE … MODIFY TTL")
    }
    if stored.engine.hasPrefix("Replicated") {
      found.append(
        "the tables are replicated: run the ALTER … MODIFY QUERY on every replica, or ON CLUSTER")
    }
    return found
  }

  /// The whole script: purpose, statements, and remaining steps.
  package func script(of view: String, from table: String) -> String {
    if let obstacle { return "-- nothing to alter: \(obstacle)\n" }
    guard !statements.isEmpty else { return "-- nothing to alter\n" }
    var lines = [
      "-- Brings the view \(view)",
      "-- up to the columns of \(table). Inserts may continue meanwhile.",
      "-- A changed codec holds for parts written from now on. Rows that the view has already get",
      "-- the defaults in new columns, until they are inserted again (a backfill).",
    ]
    lines += statements.map { "\($0);" }
    // A column with a secret would be created with the mask instead.
    lines += remarks.filter { $0.contains(SecretMask.replacement) }.map { "-- \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The statement, without a semicolon, that adds the alias required by the design document's
  /// view; nil if the table has the column.
  package static func modelAlias(for table: TableDefinition) -> String? {
    let names = table.columns.map(\.name)
    guard !names.contains("model"), names.contains("provided_model_name") else { return nil }
    return "ALTER TABLE \(table.qualifiedName) ADD COLUMN model Nullable(String) "
      + "ALIAS provided_model_name"
  }
}
