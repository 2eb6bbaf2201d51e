// Runs that are cut short, by a person, by the system, or by their server: nothing is left running,
// and what was measured is on disk.

import Foundation
import RunStore
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct InterruptTests {
    private let scratch = Scratch()

    /// When to strike: seen by the files that a run has written.
    enum Moment: String, CaseIterable, Sendable {
      case start, load, export
    }

    /// A run that would take minutes, at that moment.
    private func program(
      at moment: Moment, _ folder: String, environment: [String: String] = [:]
    ) async throws -> Program {
      // In the load: hundreds of inserts. In the exports: hundreds of attempts.
      let file = TinyBenchmark(
        observations: 10_000, repeats: 1000, rowsPerInsert: moment == .load ? 20 : 100_000
      ).write(to: scratch)
      let program = Program(["run", file, "--output", folder], environment: environment)
      try await eventually("the run is in its \(moment)") {
        if let ending = program.ending {
          throw Unmet("it ended with \(ending): \(program.remarks)")
        }
        switch moment {
        case .start: return exists("\(folder)/engine")
        case .load: return lines("\(folder)/inserts.csv") > 3
        case .export: return lines("\(folder)/samples.csv") > 3
        }
      }
      return program
    }

    private func lines(_ file: String) -> Int {
      (textOfFile(file) ?? "").utf8.count { $0 == UInt8(ascii: "\n") }
    }

    @Test(arguments: Moment.allCases) func aKilledRunLeavesNoServer(moment: Moment) async throws {
      let folder = scratch.path("killed-in-\(moment)")
      let program = try await program(at: moment, folder)
      program.send(SIGKILL)
      #expect(try await program.result().ending == .signal(SIGKILL))
      try await expectNoEngine(of: folder)
      guard moment != .start else { return }
      #expect(try !wholeRows(InsertSample.self, "\(folder)/inserts.csv").isEmpty)
      if moment == .export {
        #expect(try wholeRows(Sample.self, "\(folder)/samples.csv").count >= 3)
      }
      let manifest = try manifest(folder)
      #expect(!manifest.complete && manifest.status == "running" && manifest.finishedAt == nil)
    }

    @Test(arguments: Moment.allCases) func aRunEndsInOrderAtCtrlC(moment: Moment) async throws {
      let folder = scratch.path("stopped-in-\(moment)")
      let program = try await program(at: moment, folder)
      program.send(SIGINT)
      let result = try await program.result()
      #expect(result.ending == .exit(130), "\(result.remarks)")
      #expect(result.output.isEmpty)
      // It waited for the server's end itself.
      #expect(processes(mentioning: folder).isEmpty && !exists("\(folder)/engine"))
      #expect(result.remarks.hasSuffix("\nexportbench: interrupted\n"))
      let isKept = result.remarks.contains(
        "the attempts so far are in \(folder); "
          + "resume with: exportbench run --resume \(folder)\n")
      #expect(isKept == (moment != .start) && exists(folder) == isKept)
      guard isKept else { return }
      let manifest = try manifest(folder)
      let samples = moment == .export ? try wholeRows(Sample.self, "\(folder)/samples.csv") : []
      #expect(!manifest.complete && manifest.finishedAt != nil)
      #expect(manifest.status == "ended early after \(samples.count) attempts: interrupted")
      #expect(samples.allSatisfy { $0.status == .ok }, "an attempt that was cut short is no sample")
      #expect(try !wholeRows(InsertSample.self, "\(folder)/inserts.csv").isEmpty)
    }

    @Test(arguments: [SIGTERM, SIGHUP]) func otherSignalsAreLikeCtrlC(number: Int32) async throws {
      let folder = scratch.path("signalled")
      let program = try await program(at: .export, folder)
      program.send(number)
      #expect(try await program.result().ending == .exit(130))
      #expect(processes(mentioning: folder).isEmpty && !exists("\(folder)/engine"))
      #expect(try manifest(folder).complete == false)
    }

    @Test func aUsersServerIsLeftAsItWas() async throws {
      let folder = scratch.path("guest")
      let program = try await program(
        at: .export, folder, environment: try await Shared.environment)
      #expect(try await Shared.databases() == ["exportbench_guest"])
      program.send(SIGINT)
      #expect(try await program.result().ending == .exit(130))
      #expect(try await Shared.databases().isEmpty)
    }

    @Test func aServerThatDiesEndsTheRunWithItsLastWords() async throws {
      let folder = scratch.path("orphan")
      let program = try await program(at: .export, folder)
      let server = try #require(serverProcess(of: folder))
      kill(pid_t(server), SIGKILL)
      let result = try await program.result()
      #expect(result.ending == .exit(69))
      #expect(result.remarks.contains("ended by itself with signal 9 (Killed)"))
      #expect(try wholeRows(Sample.self, "\(folder)/samples.csv").count >= 3)
      #expect(try manifest(folder).complete == false)
      try await expectNoEngine(of: folder)
    }

    @Test func aSupervisorThatIsKilledTakesTheServerAlong() async throws {
      let folder = scratch.path("unwatched")
      let program = try await program(at: .export, folder)
      let supervisor = try #require(
        processes(mentioning: folder).first {
          textOfFile("/proc/\($0)/cmdline")?.contains("engine-supervisor") == true
        })
      kill(pid_t(supervisor), SIGKILL)
      #expect(try await program.result().ending == .exit(69))
      try await eventually("the server ends") { processes(mentioning: folder).isEmpty }
    }
  }
}
