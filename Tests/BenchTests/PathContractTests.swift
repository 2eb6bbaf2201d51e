// What a path file may hold: everything else is one sentence with file and line, and SQL that
// stands in a text, a comment or a name is none.

import Foundation
import Testing
@testable import ExportPaths

@Suite struct PathContractTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let body: String
    let sentence: String
    var testDescription: String { body }

    init(_ body: String, _ sentence: String) { (self.body, self.sentence) = (body, sentence) }
  }

  private static let format =
    "a path has no FORMAT, because every export is Parquet; remove the clause"
  private static let outfile =
    "a path has no INTO OUTFILE, because exportbench receives the rows; remove the clause"
  private static let clause =
    "a path has no SETTINGS; write lines like SET max_threads = 2; at the head of the file, which "
    + "a benchmark can override"
  private static func noPath(_ words: String) -> String {
    "a path file cannot contain \(words); it contains SET lines, CREATE TEMPORARY TABLE, "
      + "INSERT INTO such a table, one SELECT and DROP TEMPORARY TABLE"
  }
  private static func noValue(_ name: String) -> String {
    "the parameter '\(name)' has no value; a path has projectId: String, "
      + "minTimestamp: DateTime64(3) and maxTimestamp: DateTime64(3)"
  }
  private static let target =
    "a path inserts only into temporary tables that it has created before"
  private static let temporary =
    "a path creates and drops only temporary tables; write TEMPORARY TABLE"
  private static let made = "CREATE TEMPORARY TABLE t (x Int8);\n"

  static let formats = [
    "SELECT 1 FORMAT JSONEachRow", "SELECT 1\nfOrMaT Null", "SELECT * FROM t FORMAT CSV",
    "SELECT t.* FORMAT CSV", "SELECT count(*) FORMAT CSV", "SELECT [1] FORMAT CSV",
    "SELECT 'a' FORMAT CSV", "SELECT `a` FORMAT CSV", "SELECT $$a$$ FORMAT CSV",
    "SELECT {projectId: String} FORMAT CSV", "SELECT 1 AS format FORMAT CSV",
    "SELECT 1 -- a\n/* b */ FORMAT CSV", "SELECT 1 FORMAT", "SELECT 1/* */FORMAT/* */Parquet",
    "(SELECT 1 FORMAT CSV) UNION ALL (SELECT 2)", "SELECT 1 UNION ALL SELECT 2 FORMAT CSV",
    "SELECT x FROM t FINAL FORMAT CSV", "SELECT x FROM t ORDER BY x DESC FORMAT CSV",
    "WITH 1 AS x SELECT x FORMAT CSV", "FROM t SELECT x FORMAT CSV", "SELECT x IS NULL FORMAT CSV",
    "SELECT x FROM t LIMIT 1 BY x FORMAT CSV", "SELECT x::String FORMAT CSV",
  ]

  @Test(arguments: formats) func aFormatIsRefusedWhereverItStands(body: String) async throws {
    let clause = try #require(body.range(of: "FORMAT", options: [.caseInsensitive, .backwards]))
    let first = body.range(of: "FORMAT CSV)")?.lowerBound ?? clause.lowerBound
    let line = 5 + body[..<first].count { $0 == "\n" }
    #expect(await said(body) == "p.sql:\(line): \(Self.format)")
  }

  static let refused = [
    Case("SELECT 1\nINTO OUTFILE 'a' FORMAT CSV", "6: \(outfile)"),
    Case("SELECT *\nFROM t into\n outfile 'a'", "6: \(outfile)"),
    Case("SELECT 1 SETTINGS max_threads = 1", "5: \(clause)"),
    Case("SELECT 1\nFROM (SELECT 2 settings x = 1)", "6: \(clause)"),
    Case("INSERT INTO FUNCTION s3('a', 'b') SELECT 1", "5: \(target)"),
    Case("INSERT INTO other SELECT 1;\nSELECT 1", "5: \(target)"),
    Case("\(made)INSERT INTO db.t SELECT 1;\nSELECT 1", "6: \(target)"),
    Case("\(made)INSERT INTO t.t SELECT 1;\nSELECT 1", "6: \(target)"),
    Case("\(made)INSERT INTO t FORMAT CSV;\nSELECT 1", "6: \(format)"),
    Case(
      "\(made)INSERT INTO t FROM INFILE 'a';\nSELECT 1",
      "6: a path has no FROM INFILE; insert the rows of a SELECT"),
    Case(
      "WITH a AS (SELECT 1) INSERT INTO t SELECT 1",
      "5: a statement cannot contain another one; write it separately"),
    Case(
      "\(made)INSERT INTO t SELECT 1\nPARALLEL WITH INSERT INTO FUNCTION file('a') SELECT 1;",
      "7: a statement cannot contain another one; write it separately"),
    Case("CREATE TABLE t (x Int8);\nSELECT 1", "5: \(temporary)"),
    Case("SELECT 1;\nDROP TABLE observations", "6: \(temporary)"),
    Case("SELECT 1;\nDROP DATABASE mine", "6: \(temporary)"),
    Case(
      "CREATE TEMPORARY TABLE t ENGINE = URL('http://a', 'CSV') AS SELECT 1;\nSELECT 1",
      "5: a temporary table keeps its rows on the server; use the engine Memory or MergeTree"),
    Case(
      "CREATE TEMPORARY TABLE t\nENGINE ReplicatedMergeTree AS SELECT 1;\nSELECT 1",
      "6: a temporary table keeps its rows on the server; use the engine Memory or MergeTree"),
    Case(
      "CREATE TEMPORARY TABLE t AS s3('a');\nSELECT 1",
      "5: a temporary table must be created AS SELECT"),
    Case("EXPLAIN SELECT 1", "5: \(noPath("EXPLAIN SELECT"))"),
    Case("OPTIMIZE TABLE t;\nSELECT 1", "5: \(noPath("OPTIMIZE TABLE"))"),
    Case("SELECT 1;\nSYSTEM FLUSH LOGS", "6: \(noPath("SYSTEM FLUSH"))"),
    Case("ALTER TABLE t DELETE WHERE 1;\nSELECT 1", "5: \(noPath("ALTER TABLE"))"),
    Case("'a'", "5: \(noPath("statement like this"))"),
    Case(
      "\(made)SELECT 1; DROP TEMPORARY TABLE t;",
      "6: a second statement begins on the line where one ends; write it on its own"),
    Case("SELECT {ids: Array(String)}", "5: \(noValue("ids"))"),
    Case("SELECT 1,\n  { projectid :String}", "6: \(noValue("projectid"))"),
    Case(
      "SELECT {projectId: UInt64}", "5: the parameter 'projectId' is a String; write that type"),
    Case(
      "SELECT {minTimestamp: DateTime}",
      "5: the parameter 'minTimestamp' is a DateTime64(3); write that type"),
    Case("SELECT 'a\n", "5: what begins here has no closing quote or end of comment"),
    Case("SELECT 1 /* a", "5: what begins here has no closing quote or end of comment"),
    Case("SELECT 1\n\\G", "6: this character is not SQL; remove it"),
    Case(
      "\(made)SET a = 1;\nSELECT 1",
      "6: a SET line comes before all other statements; move it up"),
    Case(
      "SET default_format = 'CSV';\nSELECT 1",
      "5: exportbench sends default_format itself, so it cannot be set; remove the line"),
    Case(
      "SET compress = 1;\nSELECT 1",
      "5: exportbench sends compress itself, so it cannot be set; remove the line"),
    Case(
      "SET param_ids = 'x';\nSELECT 1",
      "5: exportbench sends param_ids itself, so it cannot be set; remove the line"),
    Case("SET a =\n 1;\nSELECT 1", "5: this is not a setting; write it like SET max_threads = 2;"),
    Case(
      "SET s3_key = 'SECRET'x;\nSELECT 1",
      "5: this is not a setting; write it like SET max_threads = 2;"),
  ]

  @Test(arguments: refused) func everythingElseIsOneSentence(example: Case) async {
    #expect(await said(example.body) == "p.sql:\(example.sentence)")
  }

  static let allowed = [
    "SELECT 'FORMAT CSV; INTO OUTFILE ''a''; {ids: UInt8}' AS x",
    "SELECT 1 -- FORMAT CSV; SETTINGS a = 1\n/* INTO OUTFILE 'a'; */ AS x",
    "SELECT `FORMAT`, \"SETTINGS\" FROM t",
    "SELECT format, settings FROM t WHERE format = 'a' AND settings != 1 ORDER BY format",
    "SELECT t.format, 2 * format, format('{} {}', a, b) AS format FROM format(CSV, '1,2') AS t",
    "SELECT a FROM t JOIN format(JSONEachRow, '{}') USING (format)",
    "SELECT formatDateTime(now(), '%F') AS x, insert('abc', 1, 1, 'x') AS into",
    "SELECT name FROM system.settings WHERE name IN (SELECT format FROM t)",
    "SELECT map('a', 1) AS m, {'a': 1} AS n, 1 AS x WHERE {projectId:String} = ''",
    "SELECT { minTimestamp : DateTime64( 3 ) } AS a, {maxTimestamp: DateTime64(3)} AS b",
    "FROM t SELECT x",
    "CREATE OR REPLACE TEMPORARY TABLE t (x Int8) ENGINE = MergeTree ORDER BY x\n"
      + "SETTINGS index_granularity = 64 AS SELECT 1;\nINSERT INTO t VALUES (1), (2);\n"
      + "INSERT INTO TABLE t (x) SELECT 3; -- more\nSELECT x FROM t;\nDROP TEMPORARY TABLE t;",
    "create temporary table if not exists `t` engine Memory as with 1 as x select x;\nselect 1;",
    "SELECT 1;\n;\n-- the end; of it",
  ]

  @Test(arguments: allowed) func whatOnlyLooksLikeItIsAllowed(body: String) async {
    #expect(await said(body) == "no error")
  }

  @Test func statementsEndAtTheServersSemicolons() throws {
    let path = try ExportPath(
      name: "p",
      text: PathFileTests.head
        + "CREATE TEMPORARY TABLE t (x String) -- a; b\n;\n"
        + "SELECT ';' AS x /* ; */,\n 2 AS y -- z\n;\n"
        + "DROP TEMPORARY TABLE t")
    #expect(path.before == ["CREATE TEMPORARY TABLE t (x String)"])
    #expect(path.sql == "SELECT ';' AS x /* ; */,\n 2 AS y")
    #expect(path.after == ["DROP TEMPORARY TABLE t"])
  }

  @Test func linesAreTheFilesOwn() async {
    let text = PathFileTests.head + "\n\n  \nSELECT 1 -- slice: no key\nFORMAT CSV"
    for text in [text, text.replacing("\n", with: "\r\n")] {
      let sentence = await sentence {
        _ = try ExportPath(name: "p", text: text, file: "mine/p.sql")
      }
      #expect(sentence == "mine/p.sql:9: \(Self.format)")
    }
  }

  private func said(_ body: String) async -> String {
    await sentence { _ = try ExportPath(name: "p", text: PathFileTests.head + body) }
  }
}
