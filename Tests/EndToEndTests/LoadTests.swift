// Loads from end to end, and cut short by a person and by the end of their server.

import Analysis
import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct LoadTests {
    private let scratch = Scratch()

    /// A dataset and a load in a folder.
    private func benchmark(seconds: Int, rest: String = "") -> String {
      scratch.write(
        """
        name: tiny
        observations: 20k
        start: 2026-09-01
        days: 2
        versions: {1: 0.5, 2: 0.5}
        lag: {median: 6h, p99: 12h, max: 1d}
        payload: {output: 100B}
        """, to: "data.yaml")
      return scratch.write(
        """
        name: tiny
        description: a load for tests
        dataset: data.yaml
        load: {preload: 500, duration: \(seconds)s}
        ingest: {rows_per_batch: 20, rate: 20, connections: 4, async_insert: false}
        exports: [{path: mv-final, window: 1d, rate: 4, concurrency: 2}]
        \(rest)
        """, to: "tiny.yaml")
    }

    private struct Summary: Decodable {
      struct Line: Decodable {
        let requests: Int
        let errors: [String: Int]
      }
      struct Verdict: Decodable { let outcome: String }
      struct Audit: Decodable { let isBalanced: Bool? }
      let lines: [Line]
      let verdicts: [Verdict]
      let audits: [Audit]
      let harnessLimits: [String]
    }

    @Test func aLoadFromEndToEnd() async throws {
      let folder = scratch.path("load")
      let file = benchmark(
        seconds: 2, rest: "thresholds: [{figure: p50, of: mv-final, at_most: 1ms}]")
      let result = try await Program(
        ["load", file, "--output", folder, "--json"], environment: try await Shared.environment
      ).result()
      let summary = try JSONDecoder().decode(Summary.self, from: Data(result.output.utf8))
      // On a machine that is busy with something else the harness may have been the limit.
      let outcome = try #require(summary.verdicts.first?.outcome)
      #expect(outcome == (summary.harnessLimits.isEmpty ? "refuted" : outcome))
      #expect(result.ending == .exit(outcome == "refuted" ? 1 : 2), "\(result.remarks)")
      #expect(
        namesInFolder(folder) == [
          "charts", "latency.csv", "manifest.json", "phases.csv", "report.html", "report.md",
          "requests.csv", "seconds.csv", "summary.csv",
        ])
      #expect(try await Shared.databases().isEmpty)

      let phases = try wholeRows(PhaseSample.self, "\(folder)/phases.csv")
      #expect(phases.count == 3 && phases.allSatisfy { $0.isBalanced == true })
      #expect(summary.audits.count == 3 && summary.lines.count == 4)
      let requests = try wholeRows(RequestSample.self, "\(folder)/requests.csv")
      for phase in phases {
        let own = requests.filter { $0.phase == phase.phase }
        #expect(own.count == phase.plannedRequests)
        // A machine that is busy with something else may let some wait for too long.
        #expect(own.allSatisfy { $0.status == .ok || $0.outcome == .abandoned })
        for (_, stream) in Dictionary(grouping: own, by: \.stream) {
          #expect(stream.map(\.number).sorted() == Array(1...stream.count))
        }
        let batches = own.filter { $0.stream == "ingest" && $0.status == .ok }
        #expect(phase.acknowledgedBatches == batches.count)
        #expect(phase.acknowledgedRows == 20 * batches.count)
      }
      #expect(try !wholeRows(SecondSample.self, "\(folder)/seconds.csv").isEmpty)
      #expect(try manifest(folder).complete)

      let page = try #require(textOfFile("\(folder)/report.html"))
      let again = try await Program.run(["report", folder])
      #expect(again.ending == .exit(0))
      #expect(textOfFile("\(folder)/report.html") == page)
      let resumed = try await Program.run(["run", "--resume", folder])
      #expect(resumed.ending == .exit(65) && resumed.remarks.contains("is a load"))
    }

    /// Batches at a constant rate without the view and with it: the report compares the two.
    @Test func batchesAloneAreComparedWithAndWithoutTheView() async throws {
      _ = benchmark(seconds: 1)
      let file = scratch.write(
        """
        name: ingest
        description: batches alone
        dataset: data.yaml
        load: {preload: 100, duration: 2s, views: [without, with]}
        ingest: {rows_per_batch: 20, rate: 30, connections: 2, async_insert: false}
        thresholds:
          - {figure: errors, at_most: 0}
          - {figure: p50_view_ratio, of: ingest, at_least: 0}
          - {figure: start_delay, of: ingest, at_most: 1h}
        """, to: "ingest.yaml")
      let folder = scratch.path("ingest")
      let result = try await Program(
        ["load", file, "--output", folder], environment: try await Shared.environment
      ).result()
      // On a machine that is busy with something else the harness may have been the limit, or
      // requests may have waited for too long.
      #expect([.exit(0), .exit(1), .exit(2)].contains(result.ending), "\(result.remarks)")
      let phases = try wholeRows(PhaseSample.self, "\(folder)/phases.csv")
      let requests = try wholeRows(RequestSample.self, "\(folder)/requests.csv")
      let seconds = try wholeRows(SecondSample.self, "\(folder)/seconds.csv")
      #expect(Set(phases.map(\.target)) == [.plain, .withView] && phases.count == 2)
      for phase in phases {
        #expect(phase.plannedRequests == 60 && phase.isBalanced == true)
        let batches = requests.filter { $0.phase == phase.phase }
        let done = batches.count { $0.status == .ok }
        #expect(batches.count == 60 && done > 0 && phase.acknowledgedBatches == done)
        #expect(batches.allSatisfy { $0.status == .ok || $0.outcome == .abandoned })
        // Without the preloaded rows, about as much as was sent; the view's parts come on top.
        let inserted = try #require(phase.insertedBytes)
        #expect(inserted > 0 && phase.mergedBytes != nil)
        let last = try #require(seconds.last { $0.phase == phase.phase })
        #expect(last.succeeded <= done && last.acknowledgedRows == 20 * last.succeeded)
        #expect((last.tableParts ?? 0) > 0 && last.failed == 0)
        #expect((last.serverResidentBytes ?? 0) > 0 && last.mergingBytes != nil)
        #expect((last.viewParts != nil) == (phase.target == .withView))
      }
      for words in [
        "Ingestion alone, ", "batches acknowledged", "start delay, at most", "ratio: with the view",
        "p50 view ratio of ingest, at least", "start delay of ingest, at most",
      ] {
        #expect(result.output.contains(words), "\(words) is not in\n\(result.output)")
      }
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func driversShareALoad() async throws {
      let file = benchmark(seconds: 3)
      let environment = try await Shared.environment
      let folders = (1...3).map { scratch.path("part-\($0)") }
      // The first one comes last: the others wait for it.
      let drivers = [3, 2, 1].map { number in
        Program(
          [
            "load", file, "--driver", "\(number)/3", "--shared", "night",
            "--output", folders[number - 1],
          ], environment: environment)
      }
      for driver in drivers.reversed() {
        let result = try await driver.result()
        // On a machine that is busy with something else the harness may have been the limit.
        #expect([.exit(0), .exit(2)].contains(result.ending), "\(result.remarks)")
      }
      #expect(try await Shared.databases().isEmpty)
      let parts = try folders.map { try wholeRows(PhaseSample.self, "\($0)/phases.csv") }
      #expect(parts.allSatisfy { $0.count == 3 })
      #expect(parts[0].allSatisfy { $0.isBalanced == true })
      #expect((parts[1] + parts[2]).allSatisfy { $0.isBalanced == nil && $0.auditError == nil })

      let whole = scratch.path("whole")
      let merged = try await Program.run(["merge", "--output", whole] + folders.reversed())
      #expect(merged.ending == .exit(0), "\(merged.remarks)")
      let phases = try wholeRows(PhaseSample.self, "\(whole)/phases.csv")
      let requests = try wholeRows(RequestSample.self, "\(whole)/requests.csv")
      for (place, phase) in phases.enumerated() {
        #expect(phase.isBalanced == true)
        #expect(phase.plannedRequests == parts.map { $0[place].plannedRequests }.reduce(0, +))
        let own = requests.filter { $0.phase == phase.phase }
        #expect(own.count == phase.plannedRequests)
        for (_, stream) in Dictionary(grouping: own, by: \.stream) {
          #expect(stream.map(\.number) == Array(1...stream.count))
        }
        let batches = own.filter { $0.stream == "ingest" && $0.status == .ok }
        #expect(phase.acknowledgedBatches == batches.count)
        #expect(phase.acknowledgedRows == 20 * batches.count)
      }
      #expect(phases.contains { $0.acknowledgedBatches >= 40 })
      let twice = try await Program.run(
        ["merge", "--output", scratch.path("no"), folders[0], folders[0]])
      #expect(twice.ending == .exit(65) && twice.remarks.contains("are both of driver 1/3"))
    }

    @Test func aDriverThatIsKilledIsNotWaitedForLong() async throws {
      let file = benchmark(seconds: 3)
      let environment = try await Shared.environment
      let drivers = (1...2).map { number in
        Program(
          [
            "load", file, "--driver", "\(number)/2", "--shared", "short", "--rounds", "9",
            "--output", scratch.path("short-\(number)"),
          ], environment: environment)
      }
      try await eventually("requests are under way", within: .seconds(60)) {
        drivers.contains { $0.ending != nil } || exists(scratch.path("short-2/requests.csv"))
      }
      drivers[1].send(SIGKILL)
      let left = try await drivers[0].result(within: .seconds(120))
      #expect(left.ending == .exit(69), "\(left.remarks)")
      #expect(left.remarks.contains("driver 2/2 ended early"))
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func driversOfDifferentPlansDoNotMeet() async throws {
      let environment = try await Shared.environment
      let file = benchmark(seconds: 2)
      func driver(_ part: String, _ more: String...) -> Program {
        Program(
          [
            "load", file, "--driver", part, "--shared", "odd", "--output",
            scratch.path("driver-\(part.prefix(1))"),
          ]
            + more, environment: environment)
      }
      let first = driver("1/2")
      let second = driver("2/2", "--rounds", "2")
      let told = try await second.result()
      #expect(told.ending == .exit(65) && told.remarks.contains("has a different plan"))
      let left = try await first.result()
      #expect(left.ending == .exit(69) && left.remarks.contains("driver 2/2 ended early"))
      #expect(try await Shared.databases().isEmpty)
      for (arguments, words) in [
        (["--driver", "1/2"], "--driver and --shared go together"),
        (["--shared", "x"], "--driver and --shared go together"),
        (["--driver", "3/2", "--shared", "x"], "is not a share"),
        (["--part", "3/2", "--shared", "x"], "is not a share"),
        (["--part", "1/2", "--driver", "1/2"], "--part is the former name of --driver"),
      ] {
        let result = try await Program.run(["load", file] + arguments, environment: environment)
        #expect(result.ending == .exit(64) && result.remarks.contains(words), "\(result.remarks)")
      }
      let alone = try await Program.run(["load", file, "--driver", "1/2", "--shared", "x"])
      #expect(alone.ending == .exit(64) && alone.remarks.contains("name it with --url"))
    }

    @Test func aLoadIsNoRunAndARunIsNoLoad() async throws {
      let run = try await Program.run(["run", "load-smoke", "--dry-run"])
      #expect(run.ending == .exit(65) && run.remarks.contains("exportbench load load-smoke"))
      let load = try await Program.run(["load", "smoke", "--dry-run"])
      #expect(load.ending == .exit(65) && load.remarks.contains("run it with: exportbench run"))
      let server = FakeServer([.stall])
      let dry = try await Program.run(
        ["load", benchmark(seconds: 5), "--dry-run", "--output", scratch.path("dry")],
        environment: ["CLICKHOUSE_URL": server.url])
      #expect(dry.ending == .exit(0) && server.connections == 0 && !exists(scratch.path("dry")))
      #expect(
        dry.output.contains("ingest + mv-final 1d x2, with view: 100 × ingest, 20 × mv-final"))
      let long = try await Program.run(["load", benchmark(seconds: 500), "--dry-run"])
      #expect(long.ending == .exit(65) && long.remarks.contains("but the data has"))
    }

    @Test func anUnreachableServerLeavesNothing() async throws {
      let folder = scratch.path("nobody")
      let result = try await Program.run(
        ["load", benchmark(seconds: 2), "--output", folder],
        environment: ["CLICKHOUSE_URL": "http://127.0.0.1:\(unusedPort())"])
      #expect(result.ending == .exit(69) && result.remarks.contains("cannot connect"))
      #expect(!exists(folder) && result.output.isEmpty)
    }

    @Test func ctrlCKeepsAndReportsWhatWasMeasured() async throws {
      let folder = scratch.path("stopped")
      let program = Program(
        ["load", benchmark(seconds: 30), "--output", folder],
        environment: try await Shared.environment)
      try await eventually("requests are recorded") { exists("\(folder)/requests.csv") }
      program.send(SIGINT)
      let result = try await program.result()
      #expect(result.ending == .exit(130), "\(result.remarks)")
      #expect(result.output.contains("was interrupted after") && exists("\(folder)/report.html"))
      let phase = try #require(try wholeRows(PhaseSample.self, "\(folder)/phases.csv").first)
      #expect(phase.outcome == .interrupted && phase.isBalanced == true)
      let requests = try wholeRows(RequestSample.self, "\(folder)/requests.csv")
      #expect(!requests.isEmpty)
      #expect(requests.allSatisfy { $0.status == .ok || $0.errorName == "INTERRUPTED" })
      let acknowledged = requests.count { $0.stream == "ingest" && $0.status == .ok }
      #expect(phase.acknowledgedBatches == acknowledged)
      #expect(try manifest(folder).status == "ended early after 1 phases: interrupted")
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func aServerThatDiesIsToldByCode() async throws {
      let folder = scratch.path("orphan")
      let program = Program(["load", benchmark(seconds: 4), "--output", folder])
      try await eventually("requests are recorded") {
        if let ending = program.ending {
          throw Unmet("it ended with \(ending): \(program.remarks)")
        }
        return exists("\(folder)/requests.csv")
      }
      kill(pid_t(try #require(serverProcess(of: folder))), SIGKILL)
      let result = try await program.result()
      #expect(result.ending == .exit(69), "\(result.remarks)")
      #expect(result.remarks.contains("ended by itself with signal 9 (Killed)"))
      #expect(result.output.contains("× CANNOT_CONNECT"))
      let phase = try #require(try wholeRows(PhaseSample.self, "\(folder)/phases.csv").first)
      // Every request that was planned has one row, whatever became of it.
      let requests = try wholeRows(RequestSample.self, "\(folder)/requests.csv")
      #expect(phase.outcome == .whole && requests.count == phase.plannedRequests)
      #expect(Set(requests.map { "\($0.stream) \($0.number)" }).count == requests.count)
      #expect(requests.contains { $0.status == .ok } && requests.contains { $0.outcome == .unsent })
      #expect(phase.isBalanced == nil && phase.auditError?.isEmpty == false)
      try await expectNoEngine(of: folder)
    }
  }
}
