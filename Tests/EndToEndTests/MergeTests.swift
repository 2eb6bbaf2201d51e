// Several drivers that share a dataset or a plan: their parts are the whole, and nothing else is.

import ClickHouseClient
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct MergeTests {
    private let scratch = Scratch()

    @Test func partsOfADatasetAreTheWhole() async throws {
      var rows = 0
      let environment = try await Shared.environment
      for number in 1...3 {
        let part = try await Program.run(
          [
            "generate", "smoke", "--rows-per-insert", "500", "--driver", "\(number)/3",
            "--database",
            "exportbench_parts",
          ], environment: environment)
        #expect(part.ending == .exit(0), "\(part.remarks)")
        let line = try #require(part.output.split(separator: "\n").first { $0.hasPrefix("this") })
        rows += try #require(
          Int(line.dropFirst(12).prefix { $0 != " " }.replacing(",", with: "")))
      }
      #expect(rows == 8_589)
      struct Row: Decodable { let ids: Int }
      let client = Client(try await Shared.server.endpoint)
      let found = try await client.rows(
        Query("SELECT toInt64(uniqExact(id)) AS ids FROM exportbench_parts.observations"),
        as: Row.self)
      #expect(found.first?.ids == 5_000)
      try await client.execute(Query("DROP DATABASE exportbench_parts SYNC"))
      for wrong in ["0/3", "4/3", "2", "a/b"] {
        let refused = try await Program.run(
          ["generate", "smoke", "--driver", wrong], environment: environment)
        #expect(refused.ending == .exit(64) && refused.remarks.contains("is not a share"))
      }
    }

    @Test func driversShareTheTablesThatTheyFilled() async throws {
      let environment = try await Shared.environment
      // All at once: each may be the one that makes the tables.
      try await withThrowingTaskGroup { group in
        for number in 1...3 {
          group.addTask {
            let part = try await Program.run(
              [
                "generate", "smoke", "--rows-per-insert", "500", "--driver", "\(number)/3",
                "--database", "shared_parts",
              ], environment: environment)
            #expect(part.ending == .exit(0), "\(part.remarks)")
          }
        }
        try await group.waitForAll()
      }
      for number in 1...2 {
        let run = try await Program.run(
          [
            "run", "smoke", "--database", "shared_parts", "--repeats", "4", "--windows", "1d,30d",
            "--driver", "\(number)/2", "--output", scratch.path("found-\(number)"),
          ], environment: environment)
        #expect(run.ending == .exit(0), "\(run.remarks)")
      }
      let merged = try await Program.run(
        [
          "merge", scratch.path("found-1"), scratch.path("found-2"), "--output",
          scratch.path("found"),
        ])
      #expect(merged.ending == .exit(0), "\(merged.remarks)")
      let samples = try wholeRows(Sample.self, scratch.path("found/samples.csv"))
      let counted = samples.filter { $0.period == .measured }
      #expect(counted.count == 16 && counted.allSatisfy { $0.mergeState == "as found" })
      #expect(samples.allSatisfy { $0.status == .ok && ($0.resultRows ?? 0) > 0 })
      #expect(merged.output.contains("4 of 4 answers compared with the newest row of each id"))
      // What another driver asked about is not the same once the windows end elsewhere.
      let other = try await Program.run(
        [
          "run", "smoke", "--database", "shared_parts", "--repeats", "4", "--windows", "1d,30d",
          "--driver", "2/2", "--to", "2026-09-20", "--output", scratch.path("other"),
        ], environment: environment)
      #expect(other.ending == .exit(0), "\(other.remarks)")
      let refused = try await Program.run(
        [
          "merge", scratch.path("found-1"), scratch.path("other"), "--output", scratch.path("no"),
        ])
      #expect(refused.remarks.contains("the dataset is not the same"), "\(refused.remarks)")
      try await Client(try await Shared.server.endpoint).execute(
        Query("DROP DATABASE shared_parts SYNC"))
    }

    @Test func partsOfARunBecomeOne() async throws {
      let benchmark = TinyBenchmark(repeats: 4, claims: TinyBenchmark.claim(atMost: 2)).write(
        to: scratch)
      let environment = try await Shared.environment
      for number in 1...2 {
        let run = try await Program.run(
          [
            "run", benchmark, "--driver", "\(number)/2", "--output", scratch.path("part-\(number)"),
          ],
          environment: environment)
        #expect(run.ending == .exit(0), "\(run.remarks)")
      }
      let lonely = try await Program.run(
        ["merge", scratch.path("part-1"), "--output", scratch.path("whole")])
      #expect(lonely.ending == .exit(65) && lonely.remarks.contains("driver 2/2 is missing"))
      #expect(!exists(scratch.path("whole")))

      let merged = try await Program.run(
        [
          "merge", scratch.path("part-2"), scratch.path("part-1"), "--output",
          scratch.path("whole"),
        ])
      #expect(merged.ending == .exit(0), "\(merged.remarks)")
      let samples = try wholeRows(Sample.self, scratch.path("whole/samples.csv"))
      #expect(samples.map(\.attempt) == Array(1...8))
      for path in ["limit-by", "mv-final"] {
        #expect(samples.filter { $0.path == path }.map(\.repeat).sorted() == [1, 2, 3, 4])
      }
      let inserts = try wholeRows(InsertSample.self, scratch.path("whole/inserts.csv"))
      #expect(Set(inserts.map { "\($0.pair) \($0.target)" }).count == inserts.count)
      #expect(try manifest(scratch.path("whole")).driver == nil)
      #expect(merged.output.contains("merged from 2 drivers"))
    }
  }
}
