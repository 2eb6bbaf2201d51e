// `exportbench run --database` on an existing table with one unmerged tombstone: the wrong path is
// named and shuts the gate, whatever the order of `--paths`.

import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct ExistingTableTests {
    private let scratch = Scratch()

    @Test func aTombstoneShutsTheGateForThePathThatIsWrong() async throws {
      let admin = try await Administrator()
      let environment = try await Shared.environment
      let data = TinyBenchmark().write(to: scratch).replacing("tiny.yaml", with: "tiny-data.yaml")
      let made = try await Program.run(
        ["generate", data, "--database", "tombstone"], environment: environment)
      try #require(made.ending == .exit(0), "\(made.remarks)")
      try await admin.run("SYSTEM STOP MERGES tombstone.observations")
      try await admin.run(
        """
        INSERT INTO tombstone.observations
          (id, project_id, type, start_time, event_ts, updated_at, is_deleted)
        SELECT id, project_id, type, start_time, event_ts + 1, updated_at + 1, 1
        FROM tombstone.observations ORDER BY start_time DESC, event_ts DESC LIMIT 1
        """)
      func run(_ paths: String) async throws -> Program.Result {
        try await Program.run(
          [
            "run", "claim", "--database", "tombstone", "--paths", paths, "--gate", "--windows",
            "1d", "--repeats", "1", "--output", scratch.path(paths),
          ], environment: environment)
      }
      for paths in ["limit-by,newest-row@lean", "newest-row@lean,limit-by"] {
        let result = try await run(paths)
        #expect(result.ending == .exit(1), "\(result.remarks)")
        #expect(
          result.remarks.hasSuffix(
            "gate failed: answer of limit-by at 1d (as found): wrong rows: 1 id differs: "
              + "1 returned though deleted\n"), "\(result.remarks)")
        #expect(!result.remarks.contains("newest-row@lean at 1d (as found), wrong rows"))
        let summary = try #require(textOfFile(scratch.path("\(paths)/summary.csv")))
        let ratios = summary.split(separator: "\n").filter { line in
          let fields = line.split(separator: ",", omittingEmptySubsequences: false)
          return fields[0] == "export" && fields[6].contains("/")
        }
        #expect(!ratios.isEmpty && ratios.allSatisfy { $0.contains(",0,,,,,,0,0,") })
      }
      #expect(try await !run("newest-row@lean").remarks.contains("wrong rows"))
      try await admin.run("DROP DATABASE tombstone SYNC")
    }
  }
}
