// Result of a row comparison, and its sum over several windows.

package struct RowDifferences: Sendable, Encodable, Equatable {
  package var rowsA = 0
  package var rowsB = 0
  /// Ids only on side A.
  package var onlyA = 0
  /// Ids only on side B.
  package var onlyB = 0
  /// Ids with more than one row on side A.
  package var doubledA = 0
  /// Ids with more than one row on side B.
  package var doubledB = 0
  /// Ids on both sides with other values or another number of rows.
  package var differing = 0
  /// The columns of both sides, in order, with the number of differing ids.
  package var columns: [Column] = []
  /// Not compared.
  package var columnsOnlyA: [String] = []
  package var columnsOnlyB: [String] = []
  /// The first ids of each kind of difference.
  package var examples: [Example] = []

  /// Whether both sides have the same rows in the shared columns. An id with the same duplicates on
  /// both sides is no difference.
  package var agree: Bool { rowsA == rowsB && onlyA == 0 && onlyB == 0 && differing == 0 }

  package struct Column: Sendable, Encodable, Equatable {
    package let name: String
    /// On side A.
    package let typeA: String
    /// On side B. If the types differ, values are compared as text.
    package let typeB: String
    /// Ids on both sides whose values differ.
    package var ids = 0
  }

  package struct Example: Sendable, Encodable, Equatable {
    package enum Kind: String, Sendable, Encodable, CaseIterable {
      case onlyA
      case onlyB
      /// It has several rows on a side.
      case doubled
      /// A value differs.
      case value
    }

    package let kind: Kind
    package let id: String
    /// For a differing value.
    package var column: String?
    /// Side A's value around the first difference; nil is NULL.
    package var valueA: String?
    /// Side B's value around the first difference; nil is NULL.
    package var valueB: String?
  }

  /// Adds the result of another window, or of another pair of files.
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

/// Two values of at most `limit` characters each, around the first difference; nil is NULL.
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
