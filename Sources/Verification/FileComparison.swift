// Compares two Parquet files on the server, independent of row order. Both are uploaded as external
// tables of one query.
//
// Rows are matched by `id`. For each id, every column's hashes are summed over side A and
// subtracted over side B, modulo 2^64: the result is 0 if both sides have the same values,
// duplicate rows included. So the server keeps a few numbers per id and no values; a second query
// reads the values of the examples only.

import ClickHouseClient
import ExistingTables
import Failures
import Parquet
import WindowExports

struct FileComparison {
  private static let sideA = "side_a"
  private static let sideB = "side_b"
  /// The column that rows are matched by.
  private static let key = "id"
  /// Characters of a value that are read to find the first difference.
  private static let valueCharactersMax = 4096

  /// Row limit of a file: 1 million.
  static let rowsMax = 1_000_000
  /// Byte limit of a file, both compressed and uncompressed: 512 MiB.
  static let bytesMax = 512 << 20

  struct TooLarge: Error {
    let label: String
  }

  let client: Client
  let fileA: ParquetFile
  let fileB: ParquetFile
  private let sizes: [Size]
  private let columnsA: [PathColumn]
  private let columnsB: [PathColumn]
  /// Columns of both sides, without the key.
  private let shared: [(name: Identifier, typeA: String, typeB: String)]

  init(_ fileA: ParquetFile, _ fileB: ParquetFile, by client: Client) async throws {
    self.client = client
    self.fileA = fileA
    self.fileB = fileB
    columnsA = try await Self.columns(of: fileA, by: client)
    columnsB = try await Self.columns(of: fileB, by: client)
    sizes = [
      try await Self.size(of: fileA, by: client), try await Self.size(of: fileB, by: client),
    ]
    for (file, columns) in [(fileA, columnsA), (fileB, columnsB)] {
      guard columns.contains(where: { $0.name == Self.key }) else {
        throw UserError.input(
          "\(file.label): there is no column '\(Self.key)', by which rows are matched")
      }
    }
    var shared: [(Identifier, String, String)] = []
    for column in columnsA where column.name != Self.key {
      guard let other = columnsB.first(where: { $0.name == column.name }) else { continue }
      shared.append((try Identifier(column.name), column.type, other.type))
    }
    self.shared = shared
  }

  /// Refuses files whose comparison would take too much of the server's memory.
  func check(rowsMax: Int = Self.rowsMax, bytesMax: Int = Self.bytesMax) throws(TooLarge) {
    for (file, size) in zip([fileA, fileB], sizes) {
      guard size.rows <= rowsMax, max(file.bytes, size.bytes) <= bytesMax else {
        throw TooLarge(label: file.label)
      }
    }
  }

  /// - Parameter examplesMax: ids to show for each kind of difference.
  func run(examplesMax: Int) async throws -> RowDifferences {
    struct Totals: Decodable {
      let rowsA, rowsB, onlyA, onlyB, doubledA, doubledB, differing: Int
      let columns: [Int]
    }
    let perColumn = shared.indices.map { "toInt64(countIf(a > 0 AND b > 0 AND d\($0) != 0))" }
    let totals: [Totals] = try await ask(
      """
      SELECT toInt64(sum(a)) AS rowsA, toInt64(sum(b)) AS rowsB,
        toInt64(countIf(b = 0)) AS onlyA, toInt64(countIf(a = 0)) AS onlyB,
        toInt64(countIf(a > 1)) AS doubledA, toInt64(countIf(b > 1)) AS doubledB,
        toInt64(countIf(a > 0 AND b > 0 AND (a != b OR \(anyDifference)))) AS differing,
        CAST([\(perColumn.joined(separator: ", "))] AS Array(Int64)) AS columns
      FROM (\(byID))
      """)
    guard let totals = totals.first else {
      throw ClickHouseError.undecodable("the comparison of two files gave no row")
    }
    var found = RowDifferences()
    found.rowsA = totals.rowsA
    found.rowsB = totals.rowsB
    found.onlyA = totals.onlyA
    found.onlyB = totals.onlyB
    found.doubledA = totals.doubledA
    found.doubledB = totals.doubledB
    found.differing = totals.differing
    found.columns = zip(shared, totals.columns).map {
      .init(name: $0.name.name, typeA: $0.typeA, typeB: $0.typeB, ids: $1)
    }
    let (namesA, namesB) = (columnsA.map(\.name), columnsB.map(\.name))
    found.columnsOnlyA = namesA.filter { !namesB.contains($0) }
    found.columnsOnlyB = namesB.filter { !namesA.contains($0) }
    if examplesMax > 0, !found.agree || found.doubledA + found.doubledB > 0 {
      found.examples = try await examples(examplesMax)
    }
    return found
  }

  // MARK: - SQL

  /// The key as text; NULL is a key too.
  private static let keyText = "ifNull(toString(\(key)), 'NULL')"

  /// The hash of a shared column, or of its text if the types differ.
  private func hash(_ index: Int) -> String {
    let column = shared[index]
    let isSame = column.typeA == column.typeB
    return AnswerChecksum.hash(of: isSame ? "\(column.name)" : "toString(\(column.name))")
  }

  private var anyDifference: String {
    (["0"] + shared.indices.map { "d\($0) != 0" }).joined(separator: " OR ")
  }

  /// One row per id: the rows of each side, and the difference of each column's hashes.
  private var byID: String {
    let hashes = shared.indices.map { "\(hash($0)) AS h\($0)" }
    let sides = [(Self.sideA, 1), (Self.sideB, -1)].map { name, sign in
      let list = ["\(Self.keyText) AS k", "toInt8(\(sign)) AS s"] + hashes
      return "SELECT \(list.joined(separator: ", ")) FROM \(name)"
    }
    let sums = shared.indices.map { "sum(s * h\($0)) AS d\($0)" }
    let list = ["k", "countIf(s = 1) AS a", "countIf(s = -1) AS b"] + sums
    return """
      SELECT \(list.joined(separator: ", "))
      FROM (\(sides.joined(separator: " UNION ALL "))) GROUP BY k
      """
  }

  private func ask<Row: Decodable>(
    _ sql: String, _ parameters: [String: Parameter] = [:]
  ) async throws -> [Row] {
    func table(_ name: String, _ file: ParquetFile, _ columns: [PathColumn]) throws -> ExternalTable
    {
      let wanted = Set(shared.map(\.name.name)).union([Self.key])
      return ExternalTable(
        name: try Identifier(name), format: "Parquet",
        structure: columns.filter { wanted.contains($0.name) }
          .map { "\(Identifier.quoted($0.name)) \($0.type)" }.joined(separator: ", "),
        source: file.source())
    }
    let query = Query(
      sql, parameters: parameters, settings: ObservationTables.limits,
      logComment: "exportbench verify")
    return try await client.rows(
      query,
      with: [
        try table(Self.sideA, fileA, columnsA), try table(Self.sideB, fileB, columnsB),
      ])
  }

  // MARK: - Examples

  private struct Row: Decodable {
    let id, side: String
    let values: [String?]
    let hashes: [UInt64]
  }

  private func examples(_ limit: Int) async throws -> [RowDifferences.Example] {
    let values = shared.map {
      "toValidUTF8(substringUTF8(toString(\($0.name)), 1, \(Self.valueCharactersMax)))"
    }
    let sides = [(Self.sideA, "a"), (Self.sideB, "b")].map { name, side in
      """
      SELECT \(Self.keyText) AS id, '\(side)' AS side,
        CAST([\(values.joined(separator: ", "))] AS Array(Nullable(String))) AS values,
        CAST([\(shared.indices.map(hash).joined(separator: ", "))] AS Array(UInt64)) AS hashes
      FROM \(name)
      """
    }
    let kinds = "multiIf(b = 0, 1, a = 0, 2, a > 1 OR b > 1, 3, 4)"
    let rows: [Row] = try await ask(
      """
      SELECT toValidUTF8(id) AS id, side, values, hashes FROM (
        SELECT * FROM (\(sides.joined(separator: " UNION ALL "))) WHERE id IN (
          SELECT k FROM (\(byID)) WHERE a != b OR a > 1 OR \(anyDifference)
          ORDER BY k LIMIT {limit: UInt32} BY \(kinds))
        ORDER BY id, side LIMIT 2 BY id, side)
      """, ["limit": Parameter(limit)])
    var found: [RowDifferences.Example] = []
    for (id, both) in rows.grouped(by: \.id) {
      found += examples(of: id, both.filter { $0.side == "a" }, both.filter { $0.side == "b" })
    }
    return RowDifferences.Example.Kind.allCases.flatMap { kind in found.filter { $0.kind == kind } }
  }

  private func examples(of id: String, _ a: [Row], _ b: [Row]) -> [RowDifferences.Example] {
    guard let first = a.first else { return [.init(kind: .onlyB, id: id)] }
    guard let second = b.first else { return [.init(kind: .onlyA, id: id)] }
    guard a.count == 1, b.count == 1 else { return [.init(kind: .doubled, id: id)] }
    return shared.indices.filter { first.hashes[$0] != second.hashes[$0] }.map { index in
      let (valueA, valueB) = shortened(first.values[index], second.values[index])
      return .init(
        kind: .value, id: id, column: shared[index].name.name, valueA: valueA, valueB: valueB)
    }
  }
}
