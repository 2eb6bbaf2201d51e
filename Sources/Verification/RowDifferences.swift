// What a comparison of rows found, side by side, and how it adds up over several windows. Pure.

/// What two files of rows have in common, and what not.
package struct RowDifferences: Sendable, Encodable, Equatable {
  /// Rows of side A.
  package var rowsA = 0
  /// Rows of side B.
  package var rowsB = 0
  /// Ids that only side A has.
  package var onlyA = 0
  /// Ids that only side B has.
  package var onlyB = 0
  /// Ids that side A has in more than one row.
  package var doubledA = 0
  /// Ids that side B has in more than one row.
  package var doubledB = 0
  /// Ids on both sides with other values or another number of rows.
  package var differing = 0
  /// The columns that both sides have, in order, and how many ids differ in each.
  package var columns: [Column] = []
  /// Columns that only one side has: they are not compared.
  package var columnsOnlyA: [String] = []
  /// Columns that only side B has.
  package var columnsOnlyB: [String] = []
  /// The first ids of each kind of difference.
  package var examples: [Example] = []

  /// Whether both sides hold the same rows in the columns that both have. An id that is doubled
  /// alike on both sides is no difference.
  package var agree: Bool { rowsA == rowsB && onlyA == 0 && onlyB == 0 && differing == 0 }

  /// A column, and how many ids differ in it.
  package struct Column: Sendable, Encodable, Equatable {
    package let name: String
    /// Its type in side A.
    package let typeA: String
    /// Its type in side B. Where the two differ, values are compared as texts.
    package let typeB: String
    /// Ids on both sides whose values differ.
    package var ids = 0
  }

  /// An id that differs, and how.
  package struct Example: Sendable, Encodable, Equatable {
    /// How an id can differ.
    package enum Kind: String, Sendable, Encodable, CaseIterable {
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
    package let kind: Kind
    package let id: String
    /// The column, if it is a value that differs.
    package var column: String?
    /// The value of side A around the first difference; nil is NULL.
    package var valueA: String?
    /// The value of side B around the first difference; nil is NULL.
    package var valueB: String?
  }

  /// Adds what another window, or another pair of files, showed.
  package mutating func add(_ other: RowDifferences, examplesMax: Int) {
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
