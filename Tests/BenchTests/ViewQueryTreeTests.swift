// The text of EXPLAIN QUERY TREE as several versions of ClickHouse write it. What the tested engine
// writes of every construct is in IntegrationTests.

import Testing
@testable import ExistingTables
@testable import ExportBenchmark

@Suite struct ViewQueryTreeTests {
  private func tree(_ text: String) -> ViewQueryTree {
    ViewQueryTree(text.split(separator: "\n").map(String.init))
  }

  private func tree(source: String) -> ViewQueryTree {
    tree(
      """
      QUERY id: 0
        PROJECTION
          LIST id: 1, nodes: 1
            IDENTIFIER id: 2, identifier: a
        JOIN TREE
      \(source.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
      """)
  }

  @Test(arguments: [
    // 24.3 to 25.8, and 26.9.
    "ARGUMENTS \n  LIST id: 4, nodes: 1\n    IDENTIFIER id: 5, identifier: x",
    "ARGUMENTS id: 4\n  ARGUMENT id: 0, name: x",
  ])
  func aLambdaIsTaken(arguments: String) {
    let inner = arguments.split(separator: "\n").map { "              \($0)" }
    let read = tree(
      """
      QUERY id: 0
        PROJECTION
          LIST id: 1, nodes: 1
            FUNCTION id: 2, alias: m, function_name: arrayMap, function_type: ordinary
              ARGUMENTS
                LIST id: 3, nodes: 2
                  LAMBDA id: 27
      \(inner.map { "      \($0)" }.joined(separator: "\n"))
                    EXPRESSION\u{20}
                      FUNCTION id: 30, function_name: plus, function_type: ordinary
                  IDENTIFIER id: 34, identifier: w
        JOIN TREE
          IDENTIFIER id: 60, alias: o, identifier: w.t
      """)
    #expect(read.obstacle == nil && read.tableAlias == "o" && !read.hasWhere)
    #expect(read.functions == ["arrayMap", "plus"])
  }

  @Test(arguments: [
    ("JOIN id: 4, kind: COMMA", "a JOIN"), ("CROSS JOIN id: 4", "a JOIN"),
    ("CROSS_JOIN id: 4", "a JOIN"), ("ARRAY_JOIN id: 3, is_left: 0", "an ARRAY JOIN"),
    ("IDENTIFIER id: 6, identifier: w.t, final: 1", "FINAL"),
    ("IDENTIFIER id: 6, identifier: w.t, sample_size: 1 / 2", "SAMPLE"),
    ("IDENTIFIER id: 6, identifier: w.t, of_2027: 1", "of_2027"),
    ("TABLE_FUNCTION id: 3, table_function_name: numbers", "the table function numbers"),
    ("PIVOT id: 3", "PIVOT, which exportbench does not know"),
    ("IDENTIFIER id: 6, identifier: w.t\nIDENTIFIER id: 7, identifier: w.u", "no table"),
    ("IDENTIFIER id: 6, identifier: system.one", "no table"),
  ])
  func whatStandsInThePlaceOfATable(source: String, construct: String) {
    #expect(tree(source: source).obstacle == construct)
  }

  @Test func whatIsNotKnownIsAnObstacle() {
    #expect(tree("").obstacle == "no plain SELECT")
    #expect(tree("SHOW id: 0").obstacle == "SHOW, which exportbench does not know")
    #expect(tree("UNION id: 0, union_mode: EXCEPT_ALL").obstacle == "EXCEPT")
    #expect(tree("QUERY id: 0, is_distinct: 1").obstacle == "DISTINCT")
    #expect(tree("QUERY id: 0, is_new: 1").obstacle == "is_new")
    #expect(tree("QUERY id: 0\n  MATCH RECOGNIZE\n").obstacle == "MATCH RECOGNIZE")
    let node = "QUERY id: 0\n  PROJECTION\n    LIST id: 1\n      "
    #expect(tree(node + "GUESS id: 2").obstacle == "GUESS, which exportbench does not know")
    #expect(
      tree(node + "FUNCTION id: 2, function_name: f, function_type: aggregate").obstacle
        == "the aggregate function f()")
    // An alias may hold what looks like a property.
    let odd =
      "FUNCTION id: 2, alias: a, function_name: b, function_name: c, function_type: ordinary"
    #expect(tree(node + odd).functions == ["c"])
  }
}
