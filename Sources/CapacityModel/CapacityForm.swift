// The shape of a model: which terms a path can have, by what its SQL does. And what the SQL sets.

/// What a path does with the window's rows, which decides what its memory can grow with.
package enum CapacityForm: String, Sendable, Codable, CaseIterable {
  /// It sorts all of them. Reading ends before the sorted blocks are handed on, so that the peak is
  /// the larger of the two.
  case sorts
  /// It merges parts as it reads them: `FINAL`.
  case merges
  /// It finds the newest row of each id from narrow columns, and then reads those rows.
  case keys
  /// The same, but it looks for the newest row of every id that there is: it reads a table more
  /// than once, and the window's bounds stand in the statement only once.
  case historyKeys = "history_keys"

  /// By the words of the statements, comments left out.
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

  /// The terms that are summed; besides them there is the constant.
  package var terms: [CapacityTerm] {
    switch self {
    case .sorts: [.reading]
    case .merges: [.merged, .parts, .encoded, .encodedRows]
    case .keys: [.buffers, .encoded, .ids]
    case .historyKeys: [.buffers, .encoded, .ids, .historyIDs]
    }
  }

  /// The terms of a later phase that the first ones do not overlap: the larger sum counts.
  var laterTerms: [CapacityTerm] { self == .sorts ? [.window, .handedOn] : [] }

  private static func words(of sql: String) -> [String] {
    code(of: sql).uppercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
  }

  /// The text without `-- comments`.
  private static func code(of sql: String) -> String {
    let lines = sql.split(separator: "\n").map { line -> Substring in
      guard let comment = line.firstRange(of: "--") else { return line }
      return line[..<comment.lowerBound]
    }
    return lines.joined(separator: "\n")
  }

  /// What the last `SET name = value;` says, as a number; nil where none does.
  package static func setting(_ name: String, in sql: String) -> Double? {
    code(of: sql).split(separator: "\n").compactMap { line -> Double? in
      let words = line.split { $0 == " " || $0 == "=" || $0 == ";" }
      guard words.count == 3, words[0].uppercased() == "SET", words[1] == name else { return nil }
      return Double(words[2])
    }.last
  }
}
