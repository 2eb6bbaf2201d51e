// Two Parquet files compared by the server, whatever the order of their rows: both are sent with
// one question, are tables of it while it lasts, and are gone with it. Nothing of them is decoded
// here.
//
// Rows are matched by `id`. For each id every column's hashes are added up over side A and
// subtracted over side B, modulo 2^64: what is left over is 0 where both sides hold the same
// values, doubled rows included. So the server keeps some numbers per id and no value; values are
// asked for in a second question, of the examples alone, if there is anything to show.

import ClickHouse

/// What two files of rows have in common, and what not.
public struct RowDifferences: Sendable, Encodable, Equatable {
  /// Rows of side A.
  public var rowsA = 0
  /// Rows of side B.
  public var rowsB = 0
  /// Ids that only side A has.
  public var onlyA = 0
  /// Ids that only side B has.
  public var onlyB = 0
  /// Ids that side A has in more than one row.
  public var doubledA = 0
  /// Ids that side B has in more than one row.
  public var doubledB = 0
  /// Ids on both sides with other values or another number of rows.
  public var differing = 0
  /// The columns that both sides have, in order, and how many ids differ in each.
  public var columns: [Column] = []
  /// Columns that only one side has: they are not compared.
  public var columnsOnlyA: [String] = []
  /// Columns that only side B has.
  public var columnsOnlyB: [String] = []
  /// The first ids of each kind of difference.
  public var examples: [Example] = []

  /// Whether both sides hold the same rows in the columns that both have. An id that is doubled
  /// alike on both sides is no difference.
  public var agree: Bool { rowsA == rowsB && onlyA == 0 && onlyB == 0 && differing == 0 }

  /// A column, and how many ids differ in it.
  public struct Column: Sendable, Encodable, Equatable {
    /// Its name.
    public let name: String
    /// Its type in side A.
    public let typeA: String
    /// Its type in side B. Where the two differ, values are compared as texts.
    public let typeB: String
    /// Ids on both sides whose values differ.
    public var ids = 0
  }

  /// An id that differs, and how.
  public struct Example: Sendable, Encodable, Equatable {
    /// How an id can differ.
    public enum Kind: String, Sendable, Encodable, CaseIterable {
      /// Only side A has it.
      case onlyA
      /// Only side B has it.
      case onlyB
      /// It has several rows on a side.
      case doubled
      /// A value differs.
      case value
    }

    /// How it differs.
    public let kind: Kind
    /// The id.
    public let id: String
    /// The column, if it is a value that differs.
    public var column: String?
    /// The value of side A around the first difference; nil is NULL.
    public var valueA: String?
    /// The value of side B around the first difference; nil is NULL.
    public var valueB: String?
  }

  /// Adds what another window, or another pair of files, showed.
  mutating func add(_ other: RowDifferences, examplesMax: Int) {
    rowsA += other.rowsA
    rowsB += other.rowsB
    onlyA += other.onlyA
    onlyB += other.onlyB
    doubledA += other.doubledA
    doubledB += other.doubledB
    differing += other.differing
    columnsOnlyA = other.columnsOnlyA
    columnsOnlyB = other.columnsOnlyB
    let before = columns
    columns = other.columns.map { column in
      var column = column
      column.ids += before.first { $0.name == column.name }?.ids ?? 0
      return column
    }
    for kind in Example.Kind.allCases {
      var ids = Set(examples.filter { $0.kind == kind }.map(\.id))
      for example in other.examples where example.kind == kind {
        guard ids.contains(example.id) || ids.count < examplesMax else { break }
        ids.insert(example.id)
        examples.append(example)
      }
    }
  }
}

/// The question about two files.
struct FileComparison {
  private static let sideA = "side_a"
  private static let sideB = "side_b"
  /// The column that rows are matched by.
  private static let key = "id"
  /// Characters of a value that are fetched to find where two values part.
  private static let valueCharactersMax = 4096

  /// The most rows of a file: 1 million.
  static let rowsMax = 1_000_000
  /// The most bytes of a file, as it is and before its compression: 512 MiB.
  static let bytesMax = 512 << 20

  /// A file beyond the bounds.
  struct TooLarge: Error {
    let label: String
  }

  let client: Client
  let fileA: ParquetFile
  let fileB: ParquetFile
  private let sizes: [Size]
  private let columnsA: [PathColumn]
  private let columnsB: [PathColumn]
  /// What both sides have, but for the key.
  private let shared: [(name: Identifier, typeA: String, typeB: String)]

  /// Asks the server what columns the files have.
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
        throw BenchError(
          .input, "\(file.label): there is no column '\(Self.key)', by which rows are matched")
      }
    }
    var shared: [(Identifier, String, String)] = []
    for column in columnsA where column.name != Self.key {
      guard let other = columnsB.first(where: { $0.name == column.name }) else { continue }
      shared.append((try Identifier(column.name), column.type, other.type))
    }
    self.shared = shared
  }

  /// Refuses files that would take more of the server's memory than somebody who only wants to
  /// compare has a right to.
  func check(rowsMax: Int = Self.rowsMax, bytesMax: Int = Self.bytesMax) throws(TooLarge) {
    for (file, size) in zip([fileA, fileB], sizes) {
      guard size.rows <= rowsMax, max(file.bytes, size.bytes) <= bytesMax else {
        throw TooLarge(label: file.label)
      }
    }
  }

  /// Compares the files.
  ///
  /// - Parameter examplesMax: how many ids to show of each kind of difference.
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

  /// The key as a text, whatever its type; a NULL is a key too.
  private static let keyText = "ifNull(toString(\(key)), 'NULL')"

  /// The hash of a shared column, or of its text where the types differ.
  private func hash(_ index: Int) -> String {
    let column = shared[index]
    let isSame = column.typeA == column.typeB
    return PathChecksum.hash(of: isSame ? "\(column.name)" : "toString(\(column.name))")
  }

  private var anyDifference: String {
    (["0"] + shared.indices.map { "d\($0) != 0" }).joined(separator: " OR ")
  }

  /// One row per id: rows on each side, and what is left over of each column's hashes.
  private var byID: String {
    let hashes = shared.indices.map { "\(hash($0)) AS h\($0)" }
    let sides = [(Self.sideA, 1), (Self.sideB, -1)].map { name, sign in
      let list = ["\(Self.keyText) AS k", "toInt8(\(sign)) AS s"] + hashes
      return "SELECT \(list.joined(separator: ", ")) FROM \(name)"
    }
    let sums = shared.indices.map { "sum(if(s = 1, h\($0), 0 - h\($0))) AS d\($0)" }
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
          .map { "\(quoted($0.name)) \($0.type)" }.joined(separator: ", "),
        source: file.source())
    }
    let query = Query(
      sql, parameters: parameters,
      settings: Subject.limits.merging(["output_format_json_validate_utf8": "1"]) { $1 },
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
      "substringUTF8(toString(\($0.name)), 1, \(Self.valueCharactersMax))"
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
      SELECT * FROM (\(sides.joined(separator: " UNION ALL "))) WHERE id IN (
        SELECT k FROM (\(byID)) WHERE a != b OR a > 1 OR \(anyDifference)
        ORDER BY k LIMIT {limit: UInt32} BY \(kinds))
      ORDER BY id, side LIMIT 2 BY id, side
      """, ["limit": Parameter(limit)])
    var found: [RowDifferences.Example] = []
    for id in rows.map(\.id).removingRepeats() {
      let a = rows.filter { $0.id == id && $0.side == "a" }
      let b = rows.filter { $0.id == id && $0.side == "b" }
      found += examples(of: id, a, b)
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

extension FileComparison {
  private struct Size: Decodable { let rows, bytes: Int }

  /// What columns a file has.
  static func columns(of file: ParquetFile, by client: Client) async throws -> [PathColumn] {
    try await client.rows(read(file, "DESCRIBE TABLE format(Parquet, ", ")"))
  }

  private static func size(of file: ParquetFile, by client: Client) async throws -> Size {
    let list = "toInt64(num_rows) AS rows, toInt64(total_uncompressed_size) AS bytes"
    let sizes: [Size] = try await client.rows(
      read(file, "SELECT \(list) FROM format(ParquetMetadata, ", ")"))
    guard let size = sizes.first else {
      throw ClickHouseError.undecodable("the footer of \(file.label) gave no row")
    }
    return size
  }

  /// A question about a file's footer, which is all that is sent, as a text in ASCII: a query is a
  /// String, and a footer is not.
  private static func read(
    _ file: ParquetFile, _ start: String, _ end: String
  ) throws(BenchError) -> Query {
    var literal = ""
    for byte in try file.footer() {
      let isPlain = (0x20..<0x7f).contains(byte) && byte != 0x27 && byte != 0x5c
      literal += isPlain ? String(UnicodeScalar(byte)) : "\\x" + hexadecimal(byte)
    }
    return Query(
      "\(start)'\(literal)'\(end)",
      settings: Subject.limits.merging(["max_query_size": "\(literal.utf8.count + 1024)"]) { $1 },
      logComment: "exportbench verify")
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
  }
}

extension [String] {
  fileprivate func removingRepeats() -> [String] {
    var seen = Set<String>()
    return filter { seen.insert($0).inserted }
  }
}

/// Two values in 60 characters at most each, around the place where they part; nil is NULL.
func shortened(_ a: String?, _ b: String?, limit: Int = 60) -> (String?, String?) {
  let (left, right) = (Array(a ?? ""), Array(b ?? ""))
  let same = zip(left, right).prefix { $0 == $1 }.count
  let start = max(left.count, right.count) <= limit ? 0 : max(0, same - limit / 3)
  func shown(_ value: [Character]) -> String {
    let part = value.dropFirst(start).prefix(limit)
    return (start > 0 ? "…" : "") + String(part)
      + (start + part.count < value.count ? "…" : "")
  }
  return (a.map { _ in shown(left) }, b.map { _ in shown(right) })
}
