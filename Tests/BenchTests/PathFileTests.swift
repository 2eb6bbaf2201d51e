// Files of export paths and of settings: what they may hold, and the one sentence about a bad one.

import Foundation
import TestSupport
import Testing
@testable import ClickHouseClient
@testable import ExportPaths
@testable import Units

@Suite struct PathFileTests {
  static let head = "-- idea: a\n-- keeps in memory: b\n-- gets wrong: c\n-- reads: observations\n"

  private func path(_ body: String, head: String = head) throws -> ExportPath {
    try ExportPath(name: "p", text: head + body)
  }

  @Test func everythingThatAFileMayHold() throws {
    let path = try path(
      """
      -- slice: 7d
      -- needs: one, two
      -- A remark: not a key that anybody knows.

      SET max_threads = 2;
      SET join_algorithm = 'hash,auto'; -- since 25.3
      -- The places; of rows.
      CREATE TEMPORARY TABLE places AS
        SELECT 1 AS place;
      WITH 1 AS x
      SELECT x;
      DROP TEMPORARY TABLE places;
      DROP TEMPORARY TABLE IF EXISTS other
      """)
    #expect(path.idea == "a" && path.keepsInMemory == "b" && path.getsWrong == "c")
    #expect(path.reads == "observations" && path.needs == ["one", "two"])
    #expect(path.slice?.description == "7d")
    #expect(path.settings.map(\.name) == ["max_threads", "join_algorithm"])
    #expect(path.settings.map(\.value) == ["2", "hash,auto"])
    #expect(path.settings.map(\.since) == [nil, "25.3"])
    #expect(path.before.count == 1 && path.before[0].contains("CREATE TEMPORARY TABLE places"))
    #expect(path.sql == "WITH 1 AS x\nSELECT x")
    #expect(path.after == ["DROP TEMPORARY TABLE places", "DROP TEMPORARY TABLE IF EXISTS other"])
    #expect(path.needsSession)
    #expect(path.text.hasPrefix("SET max_threads = 2;") && path.text.hasSuffix("other"))
  }

  @Test func aPlainSelectNeedsNoSession() throws {
    for body in ["SELECT 1", "select 1;\n", "-- why\n(SELECT 1) UNION ALL (SELECT 2);"] {
      let path = try path(body)
      #expect(path.before.isEmpty && path.after.isEmpty && !path.needsSession)
      #expect(path.slice == nil && path.needs.isEmpty && path.settings.isEmpty)
    }
  }

  @Test func linesMayEndAsOnAnotherSystem() throws {
    let text = Self.head + "-- slice: 1h\nSET a = 1;\nSELECT 1;\nDROP TEMPORARY TABLE x;\n"
    let windows = try ExportPath(name: "p", text: text.replacing("\n", with: "\r\n"))
    #expect(try windows == ExportPath(name: "p", text: text))
    #expect(windows.slice?.description == "1h" && windows.after == ["DROP TEMPORARY TABLE x"])
  }

  struct Mistake: Sendable, CustomTestStringConvertible {
    let body: String
    let sentence: String
    var testDescription: String { body }
  }

  static let mistakes = [
    Mistake(body: "", sentence: "export path p.sql has no SELECT; add one"),
    Mistake(
      body: "DROP TEMPORARY TABLE x;", sentence: "export path p.sql has no SELECT; add one"),
    Mistake(
      body: "SELECT 1;\nSELECT 2;",
      sentence: "export path p.sql has 2 SELECTs, but a file can contain the rows of only one; "
        + "keep one"),
    Mistake(
      body: "-- slice: often\nSELECT 1",
      sentence:
        "export path p.sql, '-- slice: often': 'often' is not a span of time; write it like "
        + "6h"),
    Mistake(
      body: "-- slice: 500ms\nSELECT 1",
      sentence: "export path p.sql, '-- slice: 500ms': a slice is at least one second long"),
  ]

  static let settings = [
    "SET max_threads = 2", "SET max_threads 2;", "SET = 2;", "SET a = ;", "SET a = 1, b = 2;",
    "SET a-b = 1;", "SET a = 'x;", "SET a = x y;", "SET a = 'it''s';", "SET a = 'x\\'y';",
    "SET a = 1; SET b = 2;", "SET a = 1; -- since forever", "SET a = 1; -- since",
    "set a = 1; -- since 25",
  ]

  @Test(arguments: mistakes) func aBadFileIsOneSentence(mistake: Mistake) async {
    #expect(await sentence { _ = try path(mistake.body) } == mistake.sentence)
  }

  @Test(arguments: settings) func aBadSettingIsOneSentence(line: String) async {
    #expect(
      await sentence { _ = try path("\(line)\nSELECT 1") }
        .hasPrefix("p.sql:5: "))
  }

  @Test(arguments: ["idea", "keeps in memory", "gets wrong", "reads"])
  func aMissingKeyIsNamed(key: String) async {
    let head = Self.head.split(separator: "\n").filter { !$0.hasPrefix("-- \(key)") }
      .joined(separator: "\n")
    #expect(
      await sentence { _ = try path("\nSELECT 1", head: head) }
        == "export path p.sql has no line '-- \(key): …' at its head; add one")
  }

  @Test func aSettingSurvivesItsOwnStatement() throws {
    let lines = ["SET a = 2;", "SET b = 0.5;", "SET c = 'zstd';", "SET d = '';", "SET e = 'x;y';"]
    let profile = try SettingsProfile(
      name: "x", text: "-- idea: y\n" + lines.joined(separator: "\n"))
    #expect(profile.settings.map(\.value) == ["2", "0.5", "zstd", "", "x;y"])
    #expect(profile.settings.map(\.statement) == lines)
    let remark = try SettingsProfile(name: "x", text: "-- idea: y\nSET a = 1; -- because; so")
    #expect(remark.settings.map(\.value) == ["1"] && remark.settings[0].since == nil)
  }

  @Test func aProfileHoldsSettingsAndNothingElse() async {
    #expect(
      await sentence { _ = try SettingsProfile(name: "x", text: "SET a = 1;") }
        == "settings profile x.sql has no line '-- idea: …' at its head; add one")
    #expect(
      await sentence { _ = try SettingsProfile(name: "x", text: "-- idea: y\nSELECT 1;") }
        == "x.sql:2: this is not a setting; write it like SET max_threads = 2;")
    #expect(
      await sentence { _ = try SettingsProfile(name: "x", text: "-- idea: y\nSET a;") }
        == "x.sql:2: this is not a setting; write it like SET max_threads = 2;")
  }
}

@Suite struct PathCatalogueTests {
  private let scratch = Scratch()
  private let own = PathFileTests.head + "SELECT 1"

  @Test func whatShipsCanBeRead() throws {
    let paths = try Catalogue.paths()
    #expect(paths.count > 10 && paths.map(\.name) == paths.map(\.name).sorted())
    #expect(
      try Catalogue.profiles().map(\.name) == [
        "default", "fork-1-thread", "fork-2-threads", "fork", "langfuse", "lean-one-reader",
        "lean", "limit-by-after-sort", "limit-by-out-of-order", "months-together", "old-encoder",
        "one-encoder",
      ])
    for profile in try Catalogue.profiles() {
      #expect(Set(profile.settings.map(\.name)).count == profile.settings.count, "one is set twice")
    }
    let names = Set(paths.flatMap(\.needs))
    #expect(Set(try Catalogue.objects(for: paths).map(\.name)) == names)
  }

  @Test func aLabelIsAProfileOrAnotherName() throws {
    let paths = try Catalogue.paths(named: ["limit-by", "limit-by@lean", "limit-by@again"])
    #expect(paths.map(\.name) == ["limit-by", "limit-by@lean", "limit-by@again"])
    #expect(paths.map(\.profile?.name) == [nil, "lean", nil])
    #expect(Set(paths.map(\.sql)).count == 1)
    let fork = try Catalogue.profile(named: "fork")
    #expect(paths[0].script(under: fork) == paths[2].script(under: fork))
    #expect(paths[1].script(under: fork) == paths[0].script(under: paths[1].profile))
    #expect(paths[1].script(under: fork) != paths[0].script(under: fork))
  }

  @Test func howAPathIsRunIsPartOfItsScript() throws {
    func script(_ head: String) throws -> String {
      try ExportPath(name: "p", text: PathFileTests.head + head + "SELECT 1").script(under: nil)
    }
    #expect(try script("") == "SELECT 1")
    #expect(try script("-- slice: 7d\n") == "-- slice: 7d\nSELECT 1")
    #expect(try script("-- needs: a,b\n") == "-- needs: a, b\nSELECT 1")
    #expect(try script("-- slice: 7d\n") != script("-- slice: 1d\n"), "or they pass for the same")
  }

  @Test func aPathOfOnesOwnCountsMore() throws {
    scratch.write(own, to: "limit-by.sql")
    scratch.write(own.replacing("SELECT 1", with: "SELECT 2"), to: "mine.sql")
    scratch.write("no path", to: "README.md")
    let found = try Catalogue.paths(named: ["limit-by", "mine@lean"], ownPaths: scratch.path)
    #expect(found.map(\.sql) == ["SELECT 1", "SELECT 2"])
    #expect(found[1].profile?.name == "lean")
    #expect(try Catalogue.paths(ownPaths: scratch.path).count == Catalogue.paths().count + 1)
    #expect(try Catalogue.paths(named: ["limit-by"])[0].sql != "SELECT 1")
  }

  @Test func whatIsNotThereIsNamedWithWhatIs() async throws {
    let names = try Catalogue.paths().map(\.name).joined(separator: ", ")
    #expect(
      await sentence { _ = try Catalogue.paths(named: ["nope@lean"]) }
        == "there is no export path 'nope'; there are: \(names)")
    #expect(
      await sentence { _ = try Catalogue.profile(named: "nope") }
        == "there is no settings profile 'nope'; there are: default, fork-1-thread, "
        + "fork-2-threads, fork, langfuse, lean-one-reader, lean, limit-by-after-sort, "
        + "limit-by-out-of-order, months-together, old-encoder, one-encoder")
    #expect(
      await sentence { _ = try Catalogue.paths(named: ["limit-by@"]) }
        .hasPrefix("the export path 'limit-by@' names no settings profile after its '@'; there"))
    #expect(
      await sentence { _ = try Catalogue.paths(named: ["limit-by@leen"]) }
        .hasSuffix("or write limit-by@again to compare it with itself"))
    let needy = try ExportPath(
      name: "p", text: PathFileTests.head + "-- needs: more\nSELECT 1")
    #expect(
      await sentence { _ = try Catalogue.objects(for: [needy]) }.hasPrefix(
        "export path p.sql needs 'more', which does not exist; there are: "
          + "observations_block_numbers, observations_by_time, "))
  }

  @Test func aFolderThatCannotBeReadIsOneSentence() async throws {
    let nowhere = scratch.path("nowhere")
    #expect(
      await sentence { _ = try Catalogue.paths(ownPaths: nowhere) }
        == "cannot read \(nowhere): No such file or directory; check the path, or give another "
        + "--paths-dir")
    let file = scratch.path("latin.sql")
    try Data([0x2d, 0x2d, 0xe9]).write(to: URL(fileURLWithPath: file))
    #expect(
      await sentence { _ = try Catalogue.paths(ownPaths: scratch.path) }
        == "the file \(file) is not text in UTF-8; save it as such")
  }
}

@Suite struct ExportStatementTests {
  private func path(_ body: String) throws -> ExportPath {
    try ExportPath(name: "p", text: PathFileTests.head + body)
  }

  @Test func settingsAreThoseThatTheServerKnows() throws {
    let path = try path("SET a = 1; -- since 25.6\nSET b = 2;\nSELECT 1")
    let profile = try SettingsProfile(
      name: "x", text: "-- idea: y\nSET b = 9;\nSET c = 3; -- since 24.8\nSET d = 4;")
    let (old, new) = (ServerVersion(24, 8), ServerVersion(25, 6, 1))
    let workaround = ["output_format_parquet_write_page_index": "0"]
    #expect(
      path.settings(under: profile, on: new)
        == ["a": "1", "b": "2", "c": "3", "d": "4"].merging(workaround) { $1 },
      "a path's own count more")
    #expect(path.settings(under: profile, on: old) == ["b": "2", "c": "3", "d": "4"])
    #expect(path.unknownSettings(under: profile, on: old) == ["a"])
    #expect(path.unknownSettings(under: profile, on: ServerVersion(24, 3)) == ["c", "a"])
    #expect(
      path.settings(under: nil, on: new) == ["a": "1", "b": "2"].merging(workaround) { $1 })
  }

  @Test func aPathSaysWhatItIsWrongWithout() throws {
    let path = try path("SET a = 1; -- since 25.6, needed\nSET b = 2; -- since 25.6\nSELECT 1")
    #expect(path.settings.map(\.isNeeded) == [true, false])
    #expect(path.settings.map(\.since) == ["25.6", "25.6"])
    for name in [
      "newest-row", "newest-row-whole", "newest-row-in-window", "newest-row-sliced",
      "newest-row-numbered",
    ] {
      #expect(try Catalogue.paths(named: [name])[0].settings.contains { $0.isNeeded }, "\(name)")
    }
  }

  @Test func aProfileOfItsOwnTakesThePlaceOfTheBenchmarks() throws {
    let lean = try Catalogue.paths(named: ["limit-by@lean"])[0]
    let fork = try Catalogue.profile(named: "fork")
    let version = ServerVersion(25, 8)
    #expect(lean.settings(under: fork, on: version) == lean.settings(under: nil, on: version))
    #expect(lean.settings(under: fork, on: version)["max_threads"] == "2")
  }

  static let spans: [(slice: Int, length: Int)] = [
    (1000, 1), (1000, 999), (1000, 1000), (1000, 1001), (1000, 2000), (1000, 2001), (1500, 4499),
    (1500, 4500), (86_400_000, 30 * 86_400_000), (86_400_000, 86_400_001),
  ]

  @Test(arguments: spans) func slicesCoverAWindow(slice: Int, length: Int) throws {
    let path = try path("-- slice: \(TimeSpan(milliseconds: slice))\nSELECT 1")
    #expect(path.slice?.milliseconds == slice)
    for start: Int64 in [0, 1, 1_788_220_800_123, -5_000] {
      let window = start...(start + Int64(length) - 1)
      let slices = path.slices(of: window)
      #expect(slices.count == (length + slice - 1) / slice)
      #expect(slices.first?.lowerBound == window.lowerBound)
      #expect(slices.last?.upperBound == window.upperBound)
      #expect(slices.allSatisfy { $0.count <= slice })
      for (one, next) in zip(slices, slices.dropFirst()) {
        #expect(next.lowerBound == one.upperBound + 1, "no gap, no overlap")
      }
    }
  }

  @Test func withoutASliceAWindowIsOnePiece() throws {
    #expect(try path("SELECT 1").slices(of: 5...9) == [5...9])
  }

  @Test func statementsHaveNumbersAndShareASession() throws {
    let path = try path(
      "-- slice: 1s\nCREATE TEMPORARY TABLE a (x Int8);\nSELECT 1;\nDROP TEMPORARY TABLE a;")
    let window = ExportWindow(project: "x", range: 1000...2999)
    let statements = path.statements(
      for: window, id: "id", settings: ["s": "1"], in: try Identifier("db"))
    #expect(
      statements.map(\.query.sql) == [
        "CREATE TEMPORARY TABLE a (x Int8)", "SELECT 1", "SELECT 1", "DROP TEMPORARY TABLE a",
      ])
    #expect(statements.map(\.query.queryID) == ["id-1", "id-2", "id-3", "id-4"])
    #expect(statements.map(\.returnsRows) == [false, true, true, false])
    for statement in statements {
      #expect(statement.query.settings == ["s": "1", "session_id": "id"])
      #expect(statement.query.database == "db")
    }
    let bounds = statements.map { $0.query.parameters["maxTimestamp"] }
    #expect(bounds == [Parameter("2.999"), Parameter("1.999"), Parameter("2.999"), "2.999"])
  }

  @Test func aSingleStatementHasThePlainIdAndNoSession() throws {
    let statements = try path("SELECT 1").statements(
      for: ExportWindow(project: "x", range: 0...1), id: "id", settings: [:],
      in: try Identifier("db"))
    #expect(statements.map(\.query.queryID) == ["id"])
    #expect(statements[0].query.settings.isEmpty)
  }
}
