// Form of a capacity model: the terms that a path can have according to its SQL, and the SQL's
// settings.

/// How a path processes the window's rows, which determines the growth of memory.
package enum CapacityForm: String, Sendable, Codable, CaseIterable {
  /// Sorts all rows. Reading ends before sorted blocks are passed on, so the peak is the larger of
  /// both phases.
  case sorts
  /// Merges parts while reading: `FINAL`.
  case merges
  /// Finds the newest row of each id from narrow columns, then reads those rows.
  case keys
  /// The same for every id of the table: the table is read more than once, and the window's bounds
  /// occur only once.
  case historyKeys = "history_keys"

  /// From keywords, ignoring comments.
  init(sql: String) {
    let words = Self.words(of: sql)
    if words.contains("FINAL") {
      self = .merges
    } else if zip(words, words.dropFirst()).contains(where: { $0 == "GROUP" && $1 == "BY" }) {
      let reads = zip(words, words.dropFirst()).count { $0 == "FROM" && $1 != "SELECT" }
      self = reads > 1 && words.count { $0 == "MINTIMESTAMP" } == 1 ? .historyKeys : .keys
    } else {
      self = .sorts
    }
  }

  /// Terms besides the constant, which are summed.
  package var terms: [CapacityTerm] {
    switch self {
    case .sorts: [.reading]
    case .merges: [.merged, .parts, .encoded, .encodedRows]
    case .keys: [.buffers, .encoded, .ids]
    case .historyKeys: [.buffers, .encoded, .ids, .historyIDs]
    }
  }

  /// Terms of a later phase that does not overlap the first: the larger sum counts.
  var laterTerms: [CapacityTerm] { self == .sorts ? [.window, .handedOn] : [] }

  private static func words(of sql: String) -> [String] {
    code(of: sql).uppercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
  }

  /// Removes `-- comments`.
  private static func code(of sql: String) -> String {
    let lines = sql.split(separator: "\n").map { line -> Substring in
      guard let comment = line.firstRange(of: "--") else { return line }
      return line[..<comment.lowerBound]
    }
    return lines.joined(separator: "\n")
  }

  /// Value of the last `SET name = value;`; nil without one.
  package static func setting(_ name: String, in sql: String) -> Double? {
    code(of: sql).split(separator: "\n").compactMap { line -> Double? in
      let words = line.split { $0 == " " || $0 == "=" || $0 == ";" }
      guard words.count == 3, words[0].uppercased() == "SET", words[1] == name else { return nil }
      return Double(words[2])
    }.last
  }
}
