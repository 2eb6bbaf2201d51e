// A wall clock that jumps by an hour and back, the driver's and the server's: names and dates
// follow it, and no figure does.

import Foundation
import RunStore
import TestSupport
import Testing

extension FaultInjectionTests {
  @Suite struct ClockTests {
    private let scratch = Scratch()

    /// A clock that programs are started with, and that the test sets.
    private final class Clock {
      let environment: [String: String]
      private let seconds: UnsafeMutablePointer<Int>

      init(in scratch: Scratch) throws {
        let (library, file) = (scratch.path("clock.so"), scratch.path("clock"))
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = [
          "clang", "-shared", "-fPIC", "-O1", "-o", library,
          "\(packageFolder)/Tests/FaultInjectionTests/Clock/clock.c",
        ]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0, "clang makes no clock")
        try Data(count: 8).write(to: URL(fileURLWithPath: file))
        let descriptor = open(file, O_RDWR | O_CLOEXEC)
        let page = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        close(descriptor)
        try #require(page != MAP_FAILED)
        seconds = try #require(page).assumingMemoryBound(to: Int.self)
        environment = ["LD_PRELOAD": library, "EXPORTBENCH_CLOCK": file]
      }

      deinit { munmap(seconds, 8) }

      /// How many seconds it is ahead from now on.
      func set(to seconds: Int) { self.seconds.pointee = seconds }
    }

    private func lines(_ file: String) -> Int {
      (textOfFile(file) ?? "").utf8.count { $0 == UInt8(ascii: "\n") }
    }

    @Test func aRunMeasuresTheSame() async throws {
      let clock = try Clock(in: scratch)
      let server = try FaultyServer(in: scratch.path("server"))
      try await server.start(environment: clock.environment)
      let file = StormBenchmark(repeats: 6, rowsPerInsert: 50).write(to: scratch)
      func start(_ folder: String) -> Program {
        Program(
          ["run", file, "--output", scratch.path(folder)],
          environment: server.environment().merging(clock.environment) { $1 })
      }
      let steady = try await start("steady").result(within: .seconds(180))
      expectSentence(steady, [0], "a steady clock")
      let (program, folder) = (start("jumping"), scratch.path("jumping"))
      var draws = Faults.draws("clocks", 1)
      // At every moment of a run, and in the middle of its queries as well.
      while program.ending == nil {
        let hours = draws.one(of: [-3_600, 3_600])
        clock.set(to: hours + draws.size(upTo: 600))
        try await Task.sleep(for: .milliseconds(20 + draws.size(upTo: 200)))
      }
      let jumping = try await program.result(within: .seconds(180))
      expectSentence(jumping, [0], "a clock that jumps")
      try expectComplete(folder, cells: 12, inserts: 8, "a clock that jumps")
      let before = try rows(Sample.self, in: scratch.path("steady"))
      let after = try rows(Sample.self, in: folder)
      func work(_ samples: [Sample]) -> [String] {
        samples.map {
          "\($0.path) \($0.repeat) \($0.status) \($0.resultRows ?? -1) \($0.readRows ?? -1) "
            + "\($0.selectedParts ?? -1)"
        }
      }
      #expect(work(after) == work(before))
      // An hour is 3,600,000 ms; no export of these rows takes a tenth of it.
      for sample in after {
        for took in [sample.clientWallMs, sample.clientFirstByteMs, sample.serverQueryMs] {
          #expect((0..<360_000).contains(try #require(took)), "\(sample.attempt)")
        }
      }
      for insert in try rows(InsertSample.self, in: folder) {
        #expect((0..<360_000).contains(try #require(insert.clientWallMs)))
        #expect(insert.status == .ok)
        #expect((0..<360_000).contains(insert.serverQueryMs ?? 0))
        #expect((0..<360_000).contains(insert.viewMs ?? 0))
      }
      let text = try #require(textOfFile("\(folder)/manifest.json"))
      let manifest = try Manifest(json: Array(text.utf8), file: "manifest.json")
      #expect((0..<360_000).contains(try #require(manifest.harness).wallMs))
    }

    @Test func aLoadKeepsToItsSchedule() async throws {
      let clock = try Clock(in: scratch)
      let server = try FaultyServer(in: scratch.path("server"))
      try await server.start(environment: clock.environment)
      StormBenchmark(observations: 4_000).writeDataset(to: scratch)
      let file = scratch.write(
        """
        name: storm-load
        description: a load for tests
        dataset: storm-data.yaml
        rows_per_insert: 250
        load: {preload: 500, duration: 3s, compare: [both], views: [with]}
        ingest: {rows_per_batch: 20, rate: 20, schedule: poisson, connections: 4}
        exports: [{path: limit-by, window: 1d, rate: 4, concurrency: 2}]
        """, to: "storm-load.yaml")
      let folder = scratch.path("load")
      let program = Program(
        ["load", file, "--output", folder],
        environment: server.environment().merging(clock.environment) { $1 })
      var draws = Faults.draws("clocks of a load", 1)
      while program.ending == nil {
        clock.set(to: draws.one(of: [-3_600, 3_600]) + draws.size(upTo: 600))
        try await Task.sleep(for: .milliseconds(20 + draws.size(upTo: 200)))
      }
      // 2: on a machine that is busy the harness may have been the limit.
      expectSentence(
        try await program.result(within: .seconds(180)), [0, 2], "a clock that jumps in a load")
      let phase = try #require(try rows(PhaseSample.self, in: folder).first)
      #expect(phase.isBalanced == true && (0..<360_000).contains(phase.elapsedMs))
      let requests = try rows(RequestSample.self, in: folder)
      #expect(requests.count == phase.plannedRequests)
      for request in requests {
        #expect(request.status == .ok || request.outcome == .abandoned, "\(request.number)")
        #expect((0..<360_000).contains(request.responseMs) && request.scheduledMs < 4_000)
      }
    }

    @Test func aBackfillLeavesOutWhatAClockMovedAway() async throws {
      let clock = try Clock(in: scratch)
      let server = try FaultyServer(in: scratch.path("server"))
      try await server.start(environment: clock.environment)
      let file = StormBenchmark(observations: 3_000, days: 28).writeDataset(to: scratch)
      for arguments in [
        ["generate", file, "--no-view", "--rows-per-insert", "1000"], ["migrate", "up"],
      ] {
        let ended = try await Program(
          arguments + ["--database", "clocked"], environment: server.environment()
        ).result(within: .seconds(180))
        try #require(ended.ending == .exit(0), "\(ended.remarks)")
      }
      let folder = scratch.path("backfill")
      let program = Program(
        [
          "backfill", "--database", "clocked", "--chunk-rows", "100", "--settle", "1s", "--output",
          folder,
        ], environment: server.environment())
      try await eventually("some is copied", within: .seconds(120)) {
        program.ending != nil || lines("\(folder)/backfill.csv") > 8
      }
      #expect(program.ending == nil, "it was over before the clock jumped")
      clock.set(to: -3_600)
      let ended = try await program.result(within: .seconds(180))
      expectSentence(ended, [0], "a clock that was put back")
      let samples = try rows(BackfillSample.self, in: folder)
      #expect(samples.contains { $0.step == .copy })
      #expect(!samples.contains { $0.step == .merge }, "merges that cannot be told apart")
      for sample in samples {
        #expect((0..<360_000).contains(sample.serverQueryMs ?? 0), "\(sample.number)")
      }
      #expect(
        try await server.number("(SELECT count() FROM clocked.observations_export_mv FINAL)")
          == 3_000)
    }
  }
}
