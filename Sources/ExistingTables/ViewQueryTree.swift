// A view's SELECT as the server's parser sees it: reads the text of `EXPLAIN QUERY TREE
// run_passes = 0` and asks no server.
//
// `EXPLAIN AST` shows neither DISTINCT nor FINAL nor which clause an expression belongs to. A query
// tree names all of them; without passes it is parsed only. The list is of what is allowed: a
// clause or a node that is not known is an obstacle, so a newer server cannot add one unnoticed.

/// What a SELECT is made of.
struct ViewQueryTree: Equatable {
  /// The first construct by which a row of the result is not made from one row of the table, such
  /// as `a JOIN`; nil if there is none.
  private(set) var obstacle: String?
  /// The alias of the table; nil if it has none.
  private(set) var tableAlias: String?
  /// Whether rows are filtered.
  private(set) var hasWhere = false
  /// Every function that is called, in the order of the text.
  private(set) var functions: [String] = []
  /// Every name of a column, as it is written: `a`, `t.a`.
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

  /// Properties of a query, by the beginning of their names.
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

  /// What stands in the place of a table, in words.
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
    // The name of a table is written as that of a column is.
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

/// A line of the text with the lines below it.
private struct Node {
  let text: String
  var children: [Node] = []

  /// The lines as a tree: two blanks more are a level deeper.
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

  /// What it is, in capitals: `FUNCTION`, `JOIN TREE`, `LIMIT BY`.
  var kind: String {
    var words: [Substring] = []
    for word in text.split(separator: " ") {
      guard word.allSatisfy({ $0.isUppercase || $0 == "_" }) else { break }
      words.append(word)
    }
    return words.isEmpty ? text : words.joined(separator: " ")
  }

  /// `id: 3, alias: x` behind the kind. A name with a comma and a blank in it gives a key that
  /// nobody knows.
  var attributes: [(key: String, value: String)] {
    text.dropFirst(kind.count).split(separator: ", ").map { pair in
      let colon = pair.firstRange(of: ": ")
      let key = pair[..<(colon?.lowerBound ?? pair.endIndex)].drop { $0 == " " }
      return (String(key), colon.map { String(pair[$0.upperBound...]) } ?? "")
    }
  }

  /// Of a column: behind the alias, which may hold anything.
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
