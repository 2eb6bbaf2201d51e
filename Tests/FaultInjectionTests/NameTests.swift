// Names with quotes, line breaks, SQL, markup and every script of the world in them: bound,
// checked, or refused with a sentence.

import ClickHouseClient
import Foundation
import RunStore
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

extension FaultInjectionTests {
  @Suite struct NameTests {
    private let scratch = Scratch()

    private static let names = [
      "a'b", "a\"b", "a`b", "a\\b", "\\", "\\'", "'", "''", "a\nb", "a\r\nb", "a\tb", "\u{0}",
      "a\u{0}b", "{x:String}", "{x}", "%s%n", "'; DROP TABLE observations; --", "a/*b*/",
      "<script>alert(1)</script>", "a & b", "]]>", "a|b", "a,b", "İstanbul", "日本語", "e\u{301}",
      "\u{202e}abc", "\u{1f4a5}", "\\N", "NULL", "[a]", "a]b", " a ", "\u{feff}a", "\u{2028}",
    ]

    private struct Text: Decodable { let hex: String }

    private func hex(_ text: String) -> String {
      text.utf8.map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
    }

    @Test func valuesComeBackAsTheyWere() async throws {
      let server = try await FaultyServer.shared
      let client = try server.client()
      var texts = Self.names
      await Faults.trials("bound values", 40) { draws, _ in
        texts.append(
          String(
            (0..<draws.size(upTo: 40)).map { _ in
              Character(
                Unicode.Scalar(UInt32.random(in: 0...0x10_ffff, using: &draws)) ?? "\u{fffd}")
            }))
      }
      for text in texts {
        let query = Query(
          "SELECT hex({text:String}) AS hex, {text:String} = {list:Array(String)}[2] AS same",
          parameters: ["text": Parameter(text), "list": Parameter(["x'", text, ""])],
          logComment: text)
        let row = try #require(try await client.rows(query, as: Text.self).first)
        #expect(row.hex == hex(text), "\(text.debugDescription)")
        let array = Query(
          "SELECT hex({list:Array(String)}[2]) AS hex",
          parameters: ["list": Parameter(["x'", text, ""])])
        #expect(try await client.rows(array, as: Text.self).first?.hex == hex(text))
      }
      try await verifyProjects(on: server)
    }

    private func verifyProjects(on server: FaultyServer) async throws {
      let file = StormBenchmark(observations: 50).writeDataset(to: scratch)
      let database = ["--database", "names"]
      let loaded = try await Program(
        ["generate", file] + database, environment: server.environment()
      ).result()
      expectSentence(loaded, [0], "names")
      for (place, text) in Self.names.enumerated()
      where !text.contains("\u{0}") && (place % 3 == 0 || Faults.times > 1) {
        let result = try await Program(
          ["verify", "--project", text, "--gate"] + database, environment: server.environment()
        ).result()
        // There is no such project; what matters is that nothing else happens.
        expectSentence(result, [0, 1, 2, 64, 65, 69], "\(text.debugDescription)")
        let wrong = try await Program(
          ["generate", file, "--database", text], environment: server.environment()
        ).result()
        let isName =
          (1...255).contains(text.utf8.count)
          && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        expectSentence(wrong, isName ? [0] : [64], "\(text.debugDescription)")
      }
      #expect(try await server.number("(SELECT count() FROM names.observations)") == 50)
    }

    @Test func columnsOfAForeignTable() async throws {
      let server = try await FaultyServer.shared
      let file = StormBenchmark(observations: 50).writeDataset(to: scratch)
      let environment = server.environment()
      let loaded = try await Program(
        ["generate", file, "--database", "foreign_names"], environment: environment
      ).result()
      expectSentence(loaded, [0], "foreign names")
      let client = try server.client()
      let table = "foreign_names.observations"
      for (place, name) in ["we`ird", "a'b", "a\\b", "new\nline", "日本"].enumerated() {
        let quoted = name.replacing("\\", with: "\\\\").replacing("`", with: "\\`")
        try await client.execute(
          Query(
            "ALTER TABLE \(table) ADD COLUMN `\(quoted)` String DEFAULT '\(place)'"
          ))
      }
      let verified = try await Program(
        ["verify", "--database", "foreign_names"], environment: environment
      ).result()
      expectSentence(verified, [0], "foreign columns")
      let alters = try await Program(
        ["verify", "--database", "foreign_names", "--alters"], environment: environment
      ).result()
      expectSentence(alters, [0], "foreign columns")
      for statement in alters.output.split(separator: ";\n") {
        let text = statement.split(separator: "\n").filter { !$0.hasPrefix("--") }
          .joined(separator: "\n")
        if !text.allSatisfy(\.isWhitespace) {
          try await client.execute(Query(text, database: "foreign_names"))
        }
      }
      let profile = try await Program(
        ["profile", "--database", "foreign_names", "--output", scratch.path("profile.yaml")],
        environment: environment
      ).result()
      expectSentence(profile, [0, 64, 65, 69], "foreign columns")
    }

    /// A run whose paths, files, models and environments have such names, to its reports.
    @Test func filesAndWordsToTheReport() async throws {
      let server = try await FaultyServer.shared
      let folder = scratch.path("it's a \"folder\" <b>&\u{1f4a5}")
      try FileManager.default.createDirectory(
        atPath: "\(folder)/paths", withIntermediateDirectories: true)
      let sql = try #require(
        textOfFile("\(packageFolder)/Sources/ExportPaths/SQL/paths/limit-by.sql"))
      let names = ["it's <b>& \"x\"|`y`", "日本\u{202e}語"]
      for name in names {
        try sql.write(
          toFile: "\(folder)/paths/\(name).sql", atomically: true, encoding: .utf8)
      }
      func text(_ words: String) -> String {
        words.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      }
      let dataset = """
        name: "\(text(names[0]))"
        observations: 300
        start: 2026-09-10
        days: 2
        environments: {"a'b\\n\\\\": 1, "'; DROP TABLE observations; --": 1}
        models: {"\\"<i>&": 1, "日本語 \u{1f4a5}": 1}
        payload: {output: 100B}
        """
      try dataset.write(toFile: "\(folder)/data's.yaml", atomically: true, encoding: .utf8)
      let benchmark = """
        name: names
        description: "\(text(names[0]))"
        note: "\(text(names[0]))"
        dataset: "data's.yaml"
        paths: ["\(text(names[0]))", "\(text(names[1]))"]
        windows: [1d]
        repeats: 3
        rows_per_insert: 300
        """
      let file = "\(folder)/bench mark's.yaml"
      try benchmark.write(toFile: file, atomically: true, encoding: .utf8)
      let run = "\(folder)/run's <i>"
      let result = try await Program(
        ["run", file, "--paths-dir", "\(folder)/paths", "--output", run],
        environment: server.environment()
      ).result(within: .seconds(180))
      expectSentence(result, [0], "a run with such names")
      let samples = try rows(Sample.self, in: run)
      #expect(Set(samples.map(\.path)) == Set(names) && samples.allSatisfy { $0.status == .ok })
      let page = try #require(textOfFile("\(run)/report.html"))
      #expect(!page.contains("<b>& ") && !page.contains("<b>&amp; ") && !page.contains("run's <i>"))
      #expect(page.contains("it&#39;s &lt;b&gt;") || page.contains("it's &lt;b&gt;"))
      let markdown = try #require(textOfFile("\(run)/report.md"))
      let table = markdown.split(separator: "\n").filter { $0.hasPrefix("|") }
      #expect(table.contains { $0.contains("it's") })
      try await compare(run)
    }

    private func compare(_ run: String) async throws {
      let xml = scratch.path("junit.xml")
      let result = try await Program([
        "compare", run, "\(fixtures)/claim", "--junit", xml,
      ]).result()
      expectSentence(result, [65], "runs that cannot be compared")
      let same = try await Program(["compare", run, run, "--junit", xml]).result()
      expectSentence(same, [0, 1, 2], "a run beside itself")
      let data = try #require(FileManager.default.contents(atPath: xml))
      #expect(XMLParser(data: data).parse(), "\(String(decoding: data, as: UTF8.self))")
    }

    @Test func pathsThatCannotBeNamedAreRefused() async throws {
      let sql = try #require(
        textOfFile("\(packageFolder)/Sources/ExportPaths/SQL/paths/limit-by.sql"))
      for name in ["a,b", "a@b", "a\nb", "a\u{1b}[31mb"] {
        let paths = Scratch()
        paths.write(sql, to: "\(name).sql")
        let result = try await Program(["list", "paths", "--paths-dir", paths.path]).result()
        expectSentence(result, [64], "\(name.debugDescription)")
        #expect(result.remarks.contains("rename the file"))
      }
    }
  }
}
