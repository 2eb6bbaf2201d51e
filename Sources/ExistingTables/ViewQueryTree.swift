// Parses a view's SELECT from the output of `EXPLAIN QUERY TREE run_passes = 0`.
//
// `EXPLAIN AST` shows neither DISTINCT nor FINAL nor the clause of an expression; a query tree
// does, and without passes it is only parsed. Uses an allow-list: an unknown clause or node is an
// obstacle, so a newer server cannot add one unnoticed.

struct ViewQueryTree: Equatable {
  /// The first construct for which a result row does not correspond to one table row, such as `a
  /// JOIN`; nil if there is none.
  private(set) var obstacle: String?
  /// Nil if it has none.
  private(set) var tableAlias: String?
  /// Whether rows are filtered.
  private(set) var hasWhere = false
  /// Every called function, in text order.
  private(set) var functions: [String] = []
  /// Every column name as written: `a`, `t.a`.
  private(set) var identifiers: Set<String> = []

  init(_ lines: [String]) {
    let nodes = Node.read(lines)
    if nodes.count == 1, let root = nodes.first {
      readRoot(root)
    } else {
      refuse("no plain SELECT")
    }
  }

  private mutating func refuse(_ construct: String) { obstacle = obstacle ?? construct }

  private mutating func readRoot(_ root: Node) {
    guard root.kind == "QUERY" else { return refuse(Self.source(root)) }
    for key in root.attributes.map(\.key) where key != "id" {
      refuse(Self.flags.first { key.hasPrefix($0.prefix) }?.construct ?? "\(key)")
    }
    for clause in root.children {
      switch clause.kind {
      case "WITH", "PROJECTION": clause.children.forEach { readExpression($0) }
      case "WHERE", "PREWHERE":
        hasWhere = true
        clause.children.forEach { readExpression($0) }
      case "JOIN TREE": readSource(clause)
      case "LIMIT BY LIMIT", "LIMIT BY OFFSET": refuse("LIMIT BY")
      default: refuse(clause.kind)
      }
    }
  }

  /// Query properties, by name prefix.
  private static let flags = [
    (prefix: "is_distinct", construct: "DISTINCT"), (prefix: "is_limit", construct: "LIMIT"),
    (prefix: "is_group_by", construct: "GROUP BY"), (prefix: "group_by", construct: "GROUP BY"),
    (prefix: "is_order_by", construct: "ORDER BY"),
    (prefix: "is_recursive", construct: "WITH RECURSIVE"),
  ]

  private mutating func readSource(_ clause: Node) {
    guard clause.children.count == 1, let table = clause.children.first else {
      return refuse("no table")
    }
    guard table.kind == "IDENTIFIER" else { return refuse(Self.source(table)) }
    for (key, value) in table.attributes {
      switch key {
      case "id": break
      case "identifier": if value == "system.one" { refuse("no table") }
      case "alias": tableAlias = value
      case "final": if value != "0" { refuse("FINAL") }
      default: refuse(key.hasPrefix("sample") ? "SAMPLE" : key)
      }
    }
  }

  /// The kind of a `FROM` operand, in words.
  private static func source(_ node: Node) -> String {
    switch node.kind {
    case "QUERY": "a sub-query"
    case "JOIN": "a JOIN"
    case "ARRAY_JOIN", "ARRAY JOIN": "an ARRAY JOIN"
    case "CROSS JOIN", "CROSS_JOIN": "a JOIN"
    case "UNION":
      String(
        node.attributes.first { $0.key == "union_mode" }?.value.prefix { $0 != "_" } ?? "UNION")
    case "TABLE_FUNCTION", "TABLE FUNCTION":
      "the table function "
        + (node.attributes.first { $0.key == "table_function_name" }?.value ?? "")
    default: "\(node.kind), which exportbench does not know"
    }
  }

  private mutating func readExpression(_ node: Node) {
    switch node.kind {
    case "LIST", "ARGUMENTS", "ARGUMENT", "PARAMETERS", "EXPRESSION", "LAMBDA", "CONSTANT",
      "MATCHER", "EXCEPT COLUMN TRANSFORMER", "REPLACE COLUMN TRANSFORMER",
      "APPLY COLUMN TRANSFORMER":
      break
    // `REPLACEMENT NAME a EXPRESSION`
    case let kind where kind.hasPrefix("REPLACEMENT"): break
    case "IDENTIFIER": identifiers.insert(node.identifier)
    case "FUNCTION": readFunction(node)
    case "QUERY", "UNION": return refuse("a sub-query")
    case "WINDOW": return refuse("a window function")
    default: return refuse("\(node.kind), which exportbench does not know")
    }
    node.children.forEach { readExpression($0) }
  }

  private mutating func readFunction(_ node: Node) {
    let (name, type) = node.function
    functions.append(name)
    if type.hasPrefix("window") {
      refuse("the window function \(name)()")
    } else if type != "ordinary", !type.hasPrefix("ordinary,") {
      refuse("the \(type.prefix { $0.isLetter }) function \(name)()")
    }
    if name == "arrayJoin" { refuse("arrayJoin()") }
    // A table name is written like a column name.
    let arguments = node.children.last { $0.kind == "ARGUMENTS" }?.children.first?.children ?? []
    if Self.memberships.contains(name.lowercased()), arguments.last?.kind == "IDENTIFIER" {
      refuse("IN with the name of a table or set")
    }
  }

  private static let memberships: Set<String> = [
    "in", "notin", "globalin", "globalnotin", "nullin", "notnullin", "globalnullin",
    "globalnotnullin",
  ]
}

/// A line with its nested lines.
private struct Node {
  let text: String
  var children: [Node] = []

  /// Two more spaces are one level deeper.
  static func read(_ lines: [String]) -> [Node] {
    var place = 0
    func siblings(depth: Int) -> [Node] {
      var found: [Node] = []
      while place < lines.count {
        let line = lines[place]
        let own = line.prefix { $0 == " " }.count
        guard own >= depth else { break }
        place += 1
        var text = String(line.dropFirst(own))
        while text.last == " " { text.removeLast() }
        var node = Node(text: text)
        node.children = siblings(depth: own + 1)
        found.append(node)
      }
      return found
    }
    return siblings(depth: 0)
  }

  /// In capitals: `FUNCTION`, `JOIN TREE`, `LIMIT BY`.
  var kind: String {
    var words: [Substring] = []
    for word in text.split(separator: " ") {
      guard word.allSatisfy({ $0.isUppercase || $0 == "_" }) else { break }
      words.append(word)
    }
    return words.isEmpty ? text : words.joined(separator: " ")
  }

  /// `id: 3, alias: x` after the kind. A name that contains a comma and a space produces an unknown
  /// key.
  var attributes: [(key: String, value: String)] {
    text.dropFirst(kind.count).split(separator: ", ").map { pair in
      let colon = pair.firstRange(of: ": ")
      let key = pair[..<(colon?.lowerBound ?? pair.endIndex)].drop { $0 == " " }
      return (String(key), colon.map { String(pair[$0.upperBound...]) } ?? "")
    }
  }

  /// The column name after the alias, which may contain anything.
  var identifier: String {
    text.ranges(of: "identifier: ").last.map { String(text[$0.upperBound...]) } ?? ""
  }

  var function: (name: String, type: String) {
    guard let start = text.ranges(of: "function_name: ").last?.upperBound,
      let middle = text[start...].firstRange(of: ", function_type: ")
    else { return (text, "") }
    return (String(text[start..<middle.lowerBound]), String(text[middle.upperBound...]))
  }
}
