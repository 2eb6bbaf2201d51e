// `exportbench verify` as a user meets it: mistakes, gates, files, and what programs read.

import Analysis
import ClickHouseClient
import Foundation
import Statistics
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct VerifyTests {
    private let scratch = Scratch()

    private static let nowhere = "--url http://127.0.0.1:1"

    static let mistakes: [(String, Int32, String)] = [
      ("", 64, "this needs a server: give --url or CLICKHOUSE_URL, or start"),
      (nowhere, 69, "cannot connect to http://127.0.0.1:1/"),
      ("\(nowhere) --database a\nb", 64, "'a\\nb' is not a name; a name"),
      ("\(nowhere) --table a\tb", 64, "'a\\tb' is not a name; a name"),
      ("\(nowhere) --paths limit-by", 64, "--paths limit-by does not name two paths; write it"),
      ("\(nowhere) --paths limit-by,nope", 64, "there is no export path 'nope'; there are: "),
      (
        "\(nowhere) --checks counts,nope", 64,
        "--checks has 'nope'; known checks: counts, "
          + "checksums"
      ),
      ("\(nowhere) --checks ,", 64, "--checks is empty; give at least one"),
      ("\(nowhere) --from yesterday", 64, "--from 'yesterday' is not a date or time; write it"),
      ("\(nowhere) --to 2026-13-01", 64, "--to '2026-13-01' is a date that does not exist"),
      ("\(nowhere) --window 5", 64, "'5' is not a span of time; write it like 20m"),
      ("\(nowhere) --window 0s", 64, "--window is 0ms; it must be longer than 0"),
      (
        "\(nowhere) --from 2026-09-01 --to 2026-09-02 --window 1d", 64,
        "--from, --to and --window exclude each other; give at most two of them"
      ),
      ("\(nowhere) --examples 5000", 64, "--examples is 5000; it must be from 0 to 1000"),
      ("\(nowhere) --json --alters", 64, "--json and --alters exclude each other; give one"),
      ("\(nowhere) --parquet /nope", 64, "--parquet needs two files, and 1 were given"),
      ("\(nowhere) --parquet /nope /nope", 65, "cannot read /nope: No such file"),
    ]

    @Test(arguments: mistakes)
    func aMistakeIsOneSentence(arguments: String, code: Int32, said: String) async throws {
      let result = try await Program.run(
        ["verify"] + arguments.split(separator: " ").map(String.init))
      expect(result, code, said)
    }

    private func expect(_ result: Program.Result, _ code: Int32, _ said: String) {
      #expect(result.ending == .exit(code), "\(result.remarks)")
      let lines = result.remarks.split(separator: "\n")
      #expect(lines.last?.hasPrefix("exportbench: \(said)") == true, "\(result.remarks)")
      #expect(lines.count { $0.hasPrefix("exportbench:") } == 1)
    }

    /// What programs read, in part.
    private struct Findings: Decodable {
      struct Sum: Decodable { let path, checksum: String }
      struct Files: Decodable { let slices: [[Int64]] }
      struct Drift: Decodable { let lostToTheExport, statements: [String] }
      let checksums: [Sum]
      let files: Files
      let drift: Drift
      let project: String
      let window: [Int64]
    }

    @Test func aGateOpensAndShuts() async throws {
      let environment = try await Shared.environment
      let database = ["--database", "exportbench_verify"]
      func verify(_ arguments: [String]) async throws -> Program.Result {
        try await Program.run(["verify"] + database + arguments, environment: environment)
      }
      expect(
        try await verify([]), 69,
        "there is no exportbench_verify.observations that the user may see; give --database")
      let made = try await Program.run(
        ["generate", "smoke", "--rows-per-insert", "2k"] + database, environment: environment)
      #expect(made.ending == .exit(0))

      let good = try await verify(["--window", "40d", "--gate"])
      #expect(good.ending == .exit(0), "\(good.remarks)")
      #expect(good.output.contains("have the same 4,480 rows in 18 columns"))
      #expect(good.output.contains("Table and view have the same number of ids"))
      #expect(try await verify(["--checks", "drift", "--gate"]).ending == .exit(0))
      expect(
        try await verify(["--checks", "drift", "--gate-drift"]), 1,
        "gate failed: 21 differences between the columns of table and view")

      let files = scratch.path("new/files")
      let kept = try await verify(["--json", "--to", "2026-09-08", "--files", files])
      let found = try JSONDecoder().decode(Findings.self, from: Data(kept.output.utf8))
      #expect(found.checksums[0].checksum == found.checksums[1].checksum)
      #expect(found.drift.lostToTheExport.contains("environment"))
      #expect(found.files.slices == [found.window] && found.project == "project-0001")
      #expect(found.window == [1_788_739_200_001, 1_788_825_600_000])
      #expect(namesInFolder(files) == ["a-limit-by-0001.parquet", "b-mv-final-0001.parquet"])
      let again = try await verify(["--to", "2026-09-08", "--files", files])
      expect(again, 73, "cannot write \(files)/a-limit-by-0001.parquet: File exists")

      try await expectExported(like: "\(files)/a-limit-by-0001.parquet", database, environment)

      // The script alone, for a client to run.
      let script = try await verify(["--alters"])
      #expect(script.output.hasPrefix("-- Brings the view"))
      #expect(script.output.hasSuffix("FROM exportbench_verify.observations;\n"))

      let client = Client(try await Shared.server.endpoint)
      try await client.execute(
        Query(
          """
          INSERT INTO observations_export_mv SELECT * REPLACE ('\\n\\x1b[2J' AS level)
          FROM observations_export_mv FINAL WHERE project_id = 'project-0001' ORDER BY id LIMIT 1
          """, database: "exportbench_verify"))
      let bad = try await verify(["--window", "40d", "--gate", "--checks", "files"])
      expect(bad, 1, "gate failed: the files of limit-by and mv-final differ")
      #expect(bad.output.contains("    1 ids that differ\n      1 in level\n"))
      #expect(bad.output.contains("      B '\\n\\u{1b}[2J'\n"), "and the terminal is left alone")
      try await client.execute(Query("DROP DATABASE exportbench_verify SYNC"))
      try await expectFilesCompared(files)
    }

    /// A window as a file: whole under its name, with the rows that another export has, and never
    /// over one that is there.
    private func expectExported(
      like other: String, _ database: [String], _ environment: [String: String]
    ) async throws {
      let file = scratch.path("day.parquet")
      let arguments = ["export", "newest-row@lean", "--to", "2026-09-08", "--output", file]
      let made = try await Program.run(arguments + database, environment: environment)
      #expect(made.ending == .exit(0), "\(made.remarks)")
      #expect(made.output.hasPrefix("project  project-0001\nwindow   2026-09-07T00:00:00.001Z to"))
      let same = try await Program.run(
        ["verify", "--gate", "--parquet", file, other], environment: environment)
      #expect(same.ending == .exit(0), "\(same.output)\(same.remarks)")
      expect(
        try await Program.run(arguments + database, environment: environment), 73,
        "\(file) exists already; choose another --output, or remove it")
      expect(
        try await Program.run(
          ["export", "--output", file + "2", "--project", "nobody"] + database,
          environment: environment), 65,
        "exportbench_verify.observations has no row of the project; see --database and")
      #expect(scratch.names == ["day.parquet", "new"])
      try FileManager.default.removeItem(atPath: file)
    }

    /// Without a server, one is started for the two files.
    private func expectFilesCompared(_ files: String) async throws {
      let names = namesInFolder(files).map { "\(files)/\($0)" }
      let same = try await Program.run(
        ["verify", "--gate", "--parquet"] + names, environment: ["TMPDIR": scratch.path])
      #expect(same.ending == .exit(0), "\(same.remarks)")
      #expect(same.output.contains("in any order"))
      #expect(scratch.names == ["new"] && processes(mentioning: scratch.path).isEmpty)
    }
  }
}
