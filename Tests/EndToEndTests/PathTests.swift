// Paths and profiles at the command line: listed, shown, of the user's own, and run.

import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct PathTests {
    private let scratch = Scratch()

    /// A user's own path, in a folder: three slices of eight hours, something before and after.
    private func ownPaths(slice: String = "8h") -> String {
      scratch.write(
        """
        -- idea: mine
        -- keeps in memory: little
        -- gets wrong: a lot
        -- reads: observations
        -- slice: \(slice)
        SET max_block_size = 512;
        CREATE TEMPORARY TABLE wanted AS SELECT {projectId: String} AS project;

        SELECT id, project_id, updated_at
        FROM observations
        WHERE project_id IN (SELECT project FROM wanted)
          AND start_time >= {minTimestamp: DateTime64(3)}
          AND start_time <= {maxTimestamp: DateTime64(3)}
        ORDER BY event_ts DESC
        LIMIT 1 BY id;

        DROP TEMPORARY TABLE wanted;
        """, to: "own/mine.sql")
      return scratch.path("own")
    }

    @Test func profilesAreListedAsAClientTakesThem() async throws {
      let list = try await Program.run(["list", "profiles"])
      #expect(list.ending == .exit(0) && list.remarks.isEmpty)
      let folder = "\(packageFolder)/Sources/ExportPaths/SQL/profiles"
      for file in namesInFolder(folder) {
        let text = try #require(textOfFile("\(folder)/\(file)"))
        #expect(list.output.contains("  \(file.dropLast(4))\n"))
        for line in text.split(separator: "\n") where line.hasPrefix("SET ") {
          let setting = line.prefix { $0 != ";" }
          #expect(list.output.contains("      \(setting);\n"), "\(setting)")
        }
      }
    }

    @Test func pathsOfOnesOwnAreListedAndShown() async throws {
      let own = ownPaths()
      let list = try await Program.run(["list", "paths", "--paths-dir", own])
      #expect(list.ending == .exit(0))
      #expect(
        list.output.contains(
          """
            mine
                mine
                keeps in memory: little
                gets wrong: a lot
                reads: observations
                exported in slices of 8h

          """))
      #expect(list.output.contains("  limit-by\n"), "beside those of the catalogue")
      #expect(try await !Program.run(["list", "paths"]).output.contains("  mine\n"))

      let dry = try await Program.run([
        "run", "smoke", "--dry-run", "--paths-dir", own, "--paths",
        "limit-by,mine,limit-by@langfuse", "--profile", "lean",
      ])
      #expect(dry.ending == .exit(0), "\(dry.remarks)")
      let script = { (name: String) in
        try #require(dry.output.components(separatedBy: "\n\n-- ").first { $0.hasPrefix(name) })
      }
      #expect(try script("limit-by: ").contains("\nSET max_threads = 2;\n"))
      #expect(try script("limit-by@langfuse: ").contains("\nSET max_threads = 10;\n"))
      #expect(try script("mine: mine").hasPrefix("mine: mine\n-- slice: 8h\nSET "))
      #expect(try script("mine: mine").contains("\nSET max_threads = 2;\n"))
      #expect(dry.output.contains("\nSET max_block_size = 512;\nCREATE TEMPORARY TABLE wanted "))
    }

    @Test func aWindowIsNotCutIntoTooManySlices() async throws {
      let result = try await Program.run([
        "run", "claim", "--dry-run", "--paths-dir", ownPaths(slice: "4m"), "--paths", "mine",
      ])
      #expect(result.ending == .exit(65))
      #expect(
        result.remarks.contains(
          "the path mine divides the window 30d into more than 10000 slices; increase "
            + "its '-- slice: 4m', or shorten the window"), "\(result.remarks)")
    }

    @Test func aRunOfOnesOwnPathUnderAProfile() async throws {
      let folder = scratch.path("run")
      let result = try await Program.run(
        [
          "run", TinyBenchmark(repeats: 2).write(to: scratch), "--paths-dir", ownPaths(),
          "--paths", "mv-final,mine", "--profile", "lean", "--output", folder,
        ], environment: try await Shared.environment)
      #expect(result.ending == .exit(0), "\(result.remarks)")
      let samples = try wholeRows(Sample.self, "\(folder)/samples.csv")
      #expect(samples.count == 4 && samples.allSatisfy { $0.status == .ok })
      #expect(Set(samples.map(\.resultRows)).count == 1, "slices add up to the whole")
      #expect(samples.filter { $0.path == "mine" }.allSatisfy { $0.receivedBytes ?? 0 > 0 })
      let checks = try wholeRows(VerificationSample.self, "\(folder)/verification.csv")
      #expect(checks.map(\.status) == [.ok, .ok])
      let sql = try #require(try manifest(folder).paths.last).sql
      #expect(sql.hasPrefix("-- slice: 8h\nSET output_format_parquet_compression_method = 'zstd';"))
      #expect(sql.contains("\nDROP TEMPORARY TABLE wanted;"))
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func aRunIsNotResumedWithAnotherProfileOrSlice() async throws {
      let (folder, own) = (scratch.path("other-profile"), ownPaths())
      let program = Program(
        [
          "run", TinyBenchmark(repeats: 60).write(to: scratch), "--paths-dir", own,
          "--paths", "mine", "--profile", "lean", "--output", folder,
        ], environment: try await Shared.environment)
      try await eventually("there are attempts") {
        if let ending = program.ending {
          throw Unmet("it ended with \(ending): \(program.remarks)")
        }
        return (textOfFile("\(folder)/samples.csv") ?? "").count { $0 == "\n" } > 2
      }
      program.send(SIGKILL)
      _ = try await program.result()
      func expectRefusal(_ words: String) async throws {
        let result = try await Program.run(
          ["run", "--resume", folder], environment: try await Shared.environment)
        #expect(result.ending == .exit(65))
        #expect(
          result.remarks.contains(
            "exportbench: \(folder) cannot be resumed, because the SQL (path mine) has changed: "),
          "\(result.remarks)")
        #expect(result.remarks.contains(words), "\(result.remarks)")
      }
      _ = ownPaths(slice: "12h")
      try await expectRefusal("line 1 was '-- slice: 8h' and is '-- slice: 12h'")
      _ = ownPaths()
      // As if the profile had been another one when the run began.
      let file = "\(folder)/manifest.json"
      let text = try #require(textOfFile(file))
      #expect(text.contains("SET max_threads = 2;"))
      try text.replacing("SET max_threads = 2;", with: "SET max_threads = 3;")
        .write(toFile: file, atomically: true, encoding: .utf8)
      try await expectRefusal("was 'SET max_threads = 3;' and is 'SET max_threads = 2;'")
      let other = try await Program.run(["run", "--resume", folder, "--profile", "fork"])
      #expect(other.ending == .exit(64))
      #expect(other.remarks.contains("--profile cannot be used with --resume"))
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      let same = try await Program.run(
        ["run", "--resume", folder], environment: try await Shared.environment)
      #expect(same.ending == .exit(0), "\(same.remarks)")
      #expect(try wholeRows(Sample.self, "\(folder)/samples.csv").count == 60)
      #expect(try await Shared.databases().isEmpty)
    }

    /// Whatever the command is: nothing runs, and nothing is made.
    @Test func aPathThatGivesNoParquetIsRefusedBeforeAnythingRuns() async throws {
      let own = ownPaths()
      let file = scratch.path("own/mine.sql")
      let text = try #require(textOfFile(file))
      try text.replacing("LIMIT 1 BY id;", with: "LIMIT 1 BY id\n-- so\nformat JSONEachRow;").write(
        toFile: file, atomically: true, encoding: .utf8)
      let folder = scratch.path("out")
      for arguments in [
        ["list", "paths"], ["run", "smoke", "--dry-run", "--paths", "mine"],
        ["run", "smoke", "--paths", "mine", "--output", folder],
        ["load", "load-smoke", "--output", folder],
        ["export", "mine", "--url", "http://127.0.0.1:1", "--output", folder],
      ] {
        let result = try await Program.run(arguments + ["--paths-dir", own])
        #expect(result.ending == .exit(65), "\(arguments): \(result.remarks)")
        #expect(
          result.remarks == "exportbench: \(file):17: a path has no FORMAT, because every export "
            + "is Parquet; remove the clause\n")
        #expect(!exists(folder))
      }
    }

    @Test func aFileThatIsNoPathIsOneSentence() async throws {
      let own = ownPaths(slice: "never")
      let result = try await Program.run(
        ["run", "smoke", "--paths-dir", own, "--output", scratch.path("run")])
      #expect(result.ending == .exit(65))
      #expect(
        result.remarks.hasPrefix("exportbench: export path mine.sql, '-- slice: never': 'never' is")
      )
      #expect(result.remarks.count { $0 == "\n" } == 1 && !exists(scratch.path("run")))
    }
  }
}
