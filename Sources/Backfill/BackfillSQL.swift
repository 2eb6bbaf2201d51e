// Queries of a backfill.
//
// The view's query is used as stored on the server, so that a row gets the columns that an insert
// would have written; additional columns precede its own. A row's rank is one number of 256 bits,
// highest first: the view's version, the table's version, the insert's block number, and 64 bits of
// payload (the content's hash, or the day). The row of a key with the greatest rank survives; `max`
// finds it in 32 bytes per key. Keys are grouped by a 128-bit hash, which is short and practically
// free of collisions.

import ClickHouseClient
import WindowExports

/// What a backfill compares for rows with the same key and version.
package enum BackfillComparison: String, Sendable, CaseIterable {
  /// Every column of the view: reads both tables completely.
  case content
  /// Nothing more: reads only keys and versions.
  case versions
}

struct BackfillSQL {
  let table: BackfillTable

  /// Maximum of keys in one result, so that they fit into a parameter of the next query, which has
  /// 128 KiB (`http_max_field_value_size`).
  static let listedMax = 2_000

  private var viewName: String { "\(table.database).\(table.view)" }

  /// The view's query with the additional columns.
  private var source: String {
    let own = table.tableVersion.map { number("\(table.rowName).`\($0.name)`", $0.type) } ?? "0"
    return """
      (\(table.selection.with)SELECT \(table.rowName)._partition_id AS `exportbench partition`,
        toDate(\(table.rowName).start_time) AS `exportbench day`,
        \(block("\(table.rowName)._part")) AS `exportbench block`,
        \(own) AS `exportbench version`, \(table.selection.list))
      """
  }

  /// A version as 64 bits with the same order.
  private func number(_ expression: String, _ type: String) -> String {
    type.hasPrefix("DateTime64")
      ? "bitXor(reinterpretAsUInt64(\(expression)), 9223372036854775808)"
      : "toUInt64(\(expression))"
  }

  /// The number of the first insert into a part, from the part's name: for equal versions the
  /// server keeps the last inserted row. Starts at 1, so that no rank is 0.
  private func block(_ part: String) -> String {
    "toUInt64(splitByChar('_', \(part))[2]) + 1"
  }

  private var key: String { "reinterpretAsUInt128(sipHash128(\(table.key)))" }

  private var version: String {
    let column = table.version
    let value =
      column.isConverted ? "CAST(`\(column.name)` AS \(column.type))" : "`\(column.name)`"
    return number(value, column.type)
  }

  private func rank(_ parts: String...) -> String {
    let shifts = [192, 128, 64, 0]
    return zip(parts, shifts).filter { $0.0 != "0" }
      .map { "bitShiftLeft(toUInt256(\($0)), \($1))" }.reduce("") {
        $0.isEmpty ? $1 : "bitOr(\($0), \($1))"
      }
  }

  private func high(_ rank: String) -> String { "bitShiftRight(\(rank), 192)" }
  private func low(_ rank: String) -> String {
    "toUInt64(bitAnd(\(rank), toUInt256(18446744073709551615)))"
  }

  /// The hash of all columns that the view has, with the view's types.
  private func content(ofView: Bool) -> String {
    let values = table.columns.map { column in
      column.isConverted && !ofView
        ? "CAST(`\(column.name)` AS \(column.type))" : "`\(column.name)`"
    }
    // Column by column, because ClickHouse 24.8 cannot hash a tuple that contains a NULL.
    return "cityHash64(\(values.map { AnswerChecksum.hash(of: $0) }.joined(separator: ", ")))"
  }

  /// Keys `k` of a partition with the ranks `b` in the table and `v` in the view (0 if missing) and
  /// the number `n` of rows in the table.
  private func ranks(carrying: (base: String, view: String), onlyListed: Bool) -> String {
    let listed =
      onlyListed
      ? " AND \(key) IN (SELECT toUInt128(arrayJoin({keys:Array(String)})))" : ""
    return """
      SELECT _k AS k, max(_b) AS b, max(_v) AS v, sum(_n) AS n FROM (
        SELECT \(key) AS _k,
          \(rank(version, "`exportbench version`", "`exportbench block`", carrying.base)) AS _b,
          toUInt256(0) AS _v, 1 AS _n
        FROM \(source)
        WHERE `exportbench partition` = {partition:String}\(listed)
        UNION ALL
        SELECT \(key), toUInt256(0), \(rank(version, "0", block("_part"), carrying.view)), 0
        FROM \(viewName)
        WHERE _partition_id = {partition:String}\(listed))
      GROUP BY _k
      """
  }

  /// What a partition of the view lacks, by day of the table's rows.
  func survey(_ partition: String) -> Query {
    let ranks = ranks(carrying: ("`exportbench day`", "0"), onlyListed: false)
    return Query(
      """
      SELECT toInt64(\(low("b"))) AS day, toString(toDate(toUInt16(day))) AS date,
        toInt64(sum(n)) AS rows, toInt64(count()) AS ids, toInt64(countIf(v = 0)) AS missing,
        toInt64(countIf(v > 0 AND \(high("v")) < \(high("b")))) AS stale
      FROM (\(ranks)) WHERE b > 0 GROUP BY \(low("b")) ORDER BY day
      """, parameters: ["partition": Parameter(partition)])
  }

  func verify(
    _ partition: String, _ comparison: BackfillComparison, only keys: [String]?
  ) -> Query {
    var query = Query(
      """
      SELECT toInt64(countIf(b > 0)) AS tableIDs, toInt64(countIf(v > 0)) AS viewIDs,
        toInt64(countIf(is_missing)) AS missing, toInt64(countIf(is_stale)) AS stale,
        toInt64(countIf(is_different)) AS different,
        toInt64(countIf(b > 0 AND \(high("v")) > \(high("b")))) AS ahead,
        toInt64(countIf(b = 0)) AS extra,
        groupArrayIf(\(Self.listedMax))(
          toString(k), is_missing OR is_stale OR is_different) AS wrong
      FROM (\(judged(comparison, onlyListed: keys != nil)))
      """, parameters: ["partition": Parameter(partition)])
    if let keys { query.parameters["keys"] = Parameter(keys) }
    return query
  }

  private func judged(_ comparison: BackfillComparison, onlyListed: Bool) -> String {
    let carried =
      comparison == .content ? (content(ofView: false), content(ofView: true)) : ("0", "0")
    return """
      SELECT k, b, v, b > 0 AND v = 0 AS is_missing,
        v > 0 AND \(high("v")) < \(high("b")) AS is_stale,
        v > 0 AND b > 0 AND \(high("v")) = \(high("b"))
          AND \(low("v")) != \(low("b")) AS is_different
      FROM (\(ranks(carrying: carried, onlyListed: onlyListed)))
      """
  }

  /// Keys that a read with `FINAL` returns more than once.
  func doubled(_ partition: String) -> Query {
    Query(
      """
      SELECT toInt64(sum(n - 1)) AS doubled FROM (
        SELECT \(key) AS _k, count() AS n FROM \(viewName) FINAL
        WHERE _partition_id = {partition:String} GROUP BY _k)
      """, parameters: ["partition": Parameter(partition)])
  }

  /// Readable names of a few keys.
  func names(_ partition: String, of keys: [String]) -> Query {
    Query(
      """
      SELECT DISTINCT toString(tuple(\(table.key))) AS name FROM \(source)
      WHERE `exportbench partition` = {partition:String}
        AND \(key) IN (SELECT toUInt128(arrayJoin({keys:Array(String)}))) LIMIT 5
      """, parameters: ["partition": Parameter(partition), "keys": Parameter(keys)])
  }

  /// Reads what ``copy(_:)`` would insert of a chunk, and discards it.
  func read(_ chunk: BackfillChunk) -> Query {
    var query = copy(chunk)
    query.sql = "\(lackingRows) FORMAT Null"
    return query
  }

  /// Inserts the surviving row of each key of a chunk that the view lacks or has an older version
  /// of. Of rows that tie in both versions all are inserted, in any order; the comparison detects
  /// them.
  func copy(_ chunk: BackfillChunk) -> Query {
    Query(
      "INSERT INTO \(viewName) (\(columnList)) \(lackingRows)",
      parameters: [
        "partition": Parameter(chunk.partition), "first": Parameter(chunk.days.lowerBound),
        "last": Parameter(chunk.days.upperBound), "slice": Parameter(chunk.slice),
        "slices": Parameter(chunk.slices),
      ])
  }

  private var columnList: String {
    table.columns.map { "`\($0.name)`" }.joined(separator: ", ")
  }

  private var lackingRows: String {
    let chunk = """
      `exportbench partition` = {partition:String}
        AND `exportbench day` >= toDate({first:UInt16})
        AND `exportbench day` <= toDate({last:UInt16})
        AND ({slices:UInt32} = 1 OR cityHash64(\(table.key)) % {slices:UInt32} = {slice:UInt32})
      """
    let mask = "toUInt256(18446744073709551615)"
    return """
      SELECT \(columnList) FROM \(source)
      WHERE \(chunk)
        AND cityHash64(\(key), \(version), `exportbench version`) IN (
          SELECT cityHash64(k, toUInt64(\(high("b"))),
            toUInt64(bitAnd(bitShiftRight(b, 128), \(mask))))
          FROM (SELECT _k AS k, max(_b) AS b, max(_v) AS v FROM (
            SELECT \(key) AS _k,
              \(rank(version, "`exportbench version`", "1")) AS _b, toUInt256(0) AS _v
            FROM \(source) WHERE \(chunk)
            UNION ALL
            SELECT \(key), toUInt256(0), \(rank(version, "0", "1"))
            FROM \(viewName) WHERE _partition_id = {partition:String}
              AND cityHash64(\(table.key)) IN (
                SELECT cityHash64(\(table.key)) FROM \(source) WHERE \(chunk)))
            GROUP BY _k)
          WHERE b > 0 AND (v = 0 OR \(high("v")) < \(high("b"))))
      """
  }

  /// Inserts the surviving row of each key of a partition that is missing, older or different in
  /// the view.
  func repair(_ partition: String, _ comparison: BackfillComparison, only keys: [String]?)
    -> Query
  {
    let listed =
      keys == nil ? "" : " AND \(key) IN (SELECT toUInt128(arrayJoin({keys:Array(String)})))"
    let carried = comparison == .content ? content(ofView: false) : "0"
    let rank = rank(version, "`exportbench version`", "`exportbench block`", carried)
    var query = Query(
      """
      INSERT INTO \(viewName) (\(columnList))
      SELECT \(columnList) FROM \(source)
      WHERE `exportbench partition` = {partition:String}\(listed)
        AND \(key) IN (
          SELECT k FROM (\(judged(comparison, onlyListed: keys != nil)))
          WHERE is_missing OR is_stale OR is_different)
      ORDER BY \(key), \(rank) DESC LIMIT 1 BY \(key)
      """, parameters: ["partition": Parameter(partition)])
    if let keys { query.parameters["keys"] = Parameter(keys) }
    return query
  }
}
