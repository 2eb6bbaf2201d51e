// One statement of a path file as tokens, and its validation. The server may still reject a
// statement that passes.

import ClickHouseSQL

struct SQLStatement {
  /// By its first words.
  enum Kind {
    case setting
    case select
    case create
    case insert
    case drop
    case other
  }

  /// A significant token and its position.
  private struct Place {
    let token: SQLToken
    let line: Int
    /// Number of open brackets.
    let depth: Int
    /// Whether an operand or clause is complete with it, so that a clause can follow.
    let closesOperand: Bool
  }

  /// From the first token to the last, without surrounding comments.
  private(set) var text = ""
  private var places: [Place] = []
  private var lastLine = 0
  private let file: String

  /// First line, from 1.
  var line: Int { places.first?.line ?? lastLine }
  var isOnOneLine: Bool { line == lastLine }

  /// At most its first two words, for an error.
  var opening: String {
    let words = places.prefix(2).prefix { $0.token.kind == .word }
    return words.isEmpty
      ? "statement like this" : words.map { $0.token.text.uppercased() }.joined(separator: " ")
  }

  var kind: Kind {
    guard let first = places.first?.token else { return .other }
    if first.isSign("(") || ["SELECT", "WITH", "FROM"].contains(where: first.isWord) {
      return .select
    }
    if first.isWord("SET") { return .setting }
    if first.isWord("INSERT") { return .insert }
    if first.isWord("CREATE") { return .create }
    return first.isWord("DROP") ? .drop : .other
  }

  /// An error at the statement's beginning.
  func error(_ sentence: String) -> ExportsError { error(line, sentence) }

  private func error(_ line: Int, _ sentence: String) -> ExportsError {
    .inFile("\(file):\(line): \(sentence)")
  }

  private func error(at place: Place, _ sentence: String) -> ExportsError {
    error(place.line, sentence)
  }
}

extension SQLStatement {
  /// Splits a text at its semicolons.
  ///
  /// - Throws: ``ExportsError`` with the line for an unterminated string or comment, an invalid
  ///   character, and two statements on one line.
  static func all(
    of body: String, firstLine: Int, file: String
  ) throws(ExportsError) -> [SQLStatement] {
    var found: [SQLStatement] = []
    var statement = SQLStatement(file: file)
    var line = firstLine
    var spaces = ""
    func end() {
      if !statement.places.isEmpty { found.append(statement) }
      statement = SQLStatement(file: file)
    }
    for token in SQLLexer(body) {
      guard token.isComplete else {
        throw statement.error(line, "what begins here has no closing quote or end of comment")
      }
      guard token.kind != .other, !token.isSign("\\G") else {
        throw statement.error(line, "this character is not SQL; remove it")
      }
      let first = line
      line += token.text.utf8.count { $0 == UInt8(ascii: "\n") }
      if !token.isSignificant {
        spaces += token.text
      } else if token.isSign(";") {
        end()
        spaces = ""
      } else {
        if statement.places.isEmpty {
          if let last = found.last, last.lastLine == first {
            throw statement.error(
              first, "a second statement begins on the line where one ends; write it on its own")
          }
          spaces = ""
        }
        statement.append(token, at: first, until: line, after: spaces)
        spaces = ""
      }
    }
    end()
    return found
  }

  private mutating func append(
    _ token: SQLToken, at line: Int, until last: Int, after spaces: String
  ) {
    let previous = places.last
    var depth = previous?.depth ?? 0
    if ["(", "[", "{"].contains(where: token.isSign) { depth += 1 }
    if [")", "]", "}"].contains(where: token.isSign) { depth -= 1 }
    let closes: Bool
    switch token.kind {
    case .word:
      let isKeyword = Self.openers.contains(token.text.uppercased())
      closes = !isKeyword || previous?.token.isSign(".") == true
    case .sign:
      // An asterisk means all columns, or a product whose second operand follows.
      closes =
        [")", "]", "}"].contains(where: token.isSign)
        || (token.isSign("*") && previous?.closesOperand != true)
    default: closes = true
    }
    places.append(Place(token: token, line: line, depth: depth, closesOperand: closes))
    text += spaces + token.text
    lastLine = last
  }

  /// Words after which an operand or statement begins, so that the next word is no clause.
  private static let openers: Set<String> = [
    "ALL", "AND", "AS", "BETWEEN", "BY", "CASE", "DISTINCT", "DIV", "ELSE", "EXISTS", "FROM",
    "HAVING", "ILIKE", "IN", "INTERVAL", "JOIN", "LIKE", "LIMIT", "MOD", "NOT", "OFFSET", "ON",
    "OR", "PREWHERE", "QUALIFY", "REGEXP", "SELECT", "STEP", "THEN", "TO", "USING", "WHEN",
    "WHERE", "WITH", "XOR",
  ]
}

extension SQLStatement {
  /// The name of the temporary table that `CREATE` creates or `DROP` removes.
  func temporaryTable() throws(ExportsError) -> String {
    var rest = places.dropFirst()
    func take(_ words: String...) -> Bool {
      let isThere = zip(words, rest).allSatisfy { $1.token.isWord($0) } && rest.count >= words.count
      if isThere { rest = rest.dropFirst(words.count) }
      return isThere
    }
    let isCreate = kind == .create
    if isCreate { _ = take("OR", "REPLACE") }
    guard take("TEMPORARY", "TABLE") else {
      throw error("a path creates and drops only temporary tables; write TEMPORARY TABLE")
    }
    _ = isCreate ? take("IF", "NOT", "EXISTS") : take("IF", "EXISTS")
    guard let name = rest.first?.token.name else { throw error("the table has no name") }
    if isCreate { try checkStorage() }
    return name
  }

  /// A temporary table must keep its rows on the server.
  private func checkStorage() throws(ExportsError) {
    for index in places.indices.dropLast() where places[index].depth == 0 {
      let (token, next) = (places[index].token, places[index + 1])
      if token.isWord("AS") {
        let begins =
          next.token.isSign("(")
          || ["SELECT", "WITH", "FROM"].contains(where: next.token.isWord)
        guard begins else {
          throw error(at: next, "a temporary table must be created AS SELECT")
        }
        return
      }
      guard token.isWord("ENGINE") else { continue }
      let engine = places[(index + 1)...].first { !$0.token.isSign("=") }?.token.name ?? ""
      let isLocal =
        ["Join", "Log", "Memory", "Set", "StripeLog", "TinyLog"].contains(engine)
        || (engine.hasSuffix("MergeTree") && !engine.hasPrefix("Replicated")
          && !engine.hasPrefix("Shared"))
      guard isLocal else {
        throw error(
          at: next,
          "a temporary table keeps its rows on the server; use the engine Memory or MergeTree")
      }
    }
  }

  /// An `INSERT` must go into a temporary table of the file.
  func checkTarget(in tables: Set<String>) throws(ExportsError) {
    var rest = places.dropFirst().drop { $0.token.isWord("INTO") }
    if rest.first?.token.isWord("TABLE") == true { rest = rest.dropFirst() }
    let name = rest.first.flatMap { $0.token.isWord("FUNCTION") ? nil : $0.token.name }
    guard let name, tables.contains(name), rest.dropFirst().first?.token.isSign(".") != true else {
      throw error(
        "a path inserts only into temporary tables that it has created before")
    }
  }

  /// Refuses clauses that redirect rows or override exportbench's settings, and unknown parameters.
  func checkClauses() throws(ExportsError) {
    var isStorage = kind == .create
    for index in places.indices {
      let place = places[index]
      let next = index + 1 < places.count ? places[index + 1].token : nil
      let mayBeClause = index > 0 && places[index - 1].closesOperand
      let token = place.token
      if place.depth == 0, token.isWord("AS") { isStorage = false }
      if let parameter = token.parameter { try check(parameter, at: place) }
      guard mayBeClause, token.kind == .word else { continue }
      if token.isWord("FORMAT") {
        throw error(
          at: place, "a path has no FORMAT, because every export is Parquet; remove the clause")
      }
      if token.isWord("SETTINGS"), !isStorage {
        throw error(
          at: place,
          "a path has no SETTINGS; write lines like SET max_threads = 2; at the head of the "
            + "file, which a benchmark can override")
      }
      let pair = { (first: String, second: String) in
        token.isWord(first) && next?.isWord(second) == true
      }
      if pair("INTO", "OUTFILE") {
        throw error(
          at: place,
          "a path has no INTO OUTFILE, because exportbench receives the rows; remove the clause")
      }
      if pair("FROM", "INFILE") {
        throw error(at: place, "a path has no FROM INFILE; insert the rows of a SELECT")
      }
      if pair("INSERT", "INTO") || pair("PARALLEL", "WITH") {
        throw error(at: place, "a statement cannot contain another one; write it separately")
      }
    }
  }

  /// Parameters that an export binds.
  private static let parameters = [
    "projectId": "String", "minTimestamp": "DateTime64(3)", "maxTimestamp": "DateTime64(3)",
  ]

  private func check(
    _ parameter: (name: String, type: String), at place: Place
  ) throws(ExportsError) {
    guard let type = Self.parameters[parameter.name] else {
      throw error(
        at: place,
        "the parameter '\(parameter.name)' has no value; a path has projectId: String, "
          + "minTimestamp: DateTime64(3) and maxTimestamp: DateTime64(3)")
    }
    guard parameter.type.filter({ $0 != " " }) == type else {
      throw error(at: place, "the parameter '\(parameter.name)' is a \(type); write that type")
    }
  }
}
