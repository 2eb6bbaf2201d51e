// An engine by hand, and the commands that work on its database.

import ClickHouseClient
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct EngineTests {
    private let scratch = Scratch()

    @Test func anEngineByHandServesTheOtherCommands() async throws {
      let folder = scratch.path("engine")
      let engine = Program(["engine", "start", "--folder", folder])
      let environment = try await exports(of: engine)
      #expect(
        environment.keys.sorted() == ["CLICKHOUSE_PASSWORD", "CLICKHOUSE_URL", "CLICKHOUSE_USER"])

      for _ in 1...2 {
        let up = try await Program.run(["migrate", "up"], environment: environment)
        #expect(up.ending == .exit(0), "\(up.remarks)")
        #expect(up.output == "up   0001_export_observations_mv\n")
      }
      let generated = try await Program.run(
        ["generate", "smoke", "--rows-per-insert", "4k"], environment: environment)
      #expect(generated.ending == .exit(0), "\(generated.remarks)")
      #expect(
        generated.output.contains("rows        8,589\nunique ids  5,000\nduplicates  3,589\n"))
      #expect(generated.output.contains("current     4,480 in 30d of project-0001\n"))
      #expect(try await count("observations_export_mv", environment) == 5000)

      for _ in 1...2 {
        let down = try await Program.run(["migrate", "down"], environment: environment)
        #expect(down.ending == .exit(0) && down.output == "down 0001_export_observations_mv\n")
      }
      #expect(try await count("observations", environment) == 5000, "the table stays")

      var wrong = environment
      wrong["CLICKHOUSE_PASSWORD"] = "open-sesame"
      let refused = try await Program.run(["migrate", "up"], environment: wrong)
      #expect(refused.ending == .exit(69) && !refused.remarks.contains("open-sesame"))

      engine.send(SIGINT)
      #expect(try await engine.result().ending == .exit(130))
      #expect(!exists(folder) && processes(mentioning: folder).isEmpty)
    }

    @Test func anEngineThatDiesEndsTheCommand() async throws {
      let folder = scratch.path("engine")
      let engine = Program(["engine", "start", "--folder", folder])
      _ = try await exports(of: engine)
      let server = try #require(serverProcess(of: folder))
      kill(pid_t(server), SIGKILL)
      let result = try await engine.result()
      #expect(result.ending == .exit(69))
      #expect(result.remarks.contains("ended by itself with signal 9 (Killed)"))
      #expect(!exists(folder))
    }

    @Test func theSameSeedIsTheSameFile() async throws {
      for (name, arguments) in [
        ("a", ["--workers", "1"]), ("b", ["--workers", "5"]), ("c", ["--seed", "2"]),
      ] {
        let result = try await Program.run(
          ["generate", "smoke", "--output", scratch.path(name)] + arguments)
        #expect(result.ending == .exit(0))
      }
      let files = ["a", "b", "c"].map { FileManager.default.contents(atPath: scratch.path($0)) }
      #expect(files[0]?.isEmpty == false)
      #expect(files[0] == files[1])
      #expect(files[0] != files[2])
    }

    @Test func whatWouldComeOutIsKnownBefore() async throws {
      let planned = try await Program.run(["generate", "smoke", "--dry-run", "--windows", "1d"])
      #expect(planned.ending == .exit(0), "\(planned.remarks)")
      #expect(
        planned.output == """
          rows        8,589
          unique ids  5,000
          duplicates  3,589
          current     135 in 1d of project-0001

          """)
    }

    /// What the command prints for a shell to read.
    private func exports(of engine: Program) async throws -> [String: String] {
      try await eventually("the engine answers") {
        engine.ending != nil || engine.output.contains("CLICKHOUSE_PASSWORD=")
      }
      var environment: [String: String] = [:]
      for line in engine.output.split(separator: "\n") {
        let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
        #expect(line.hasPrefix("export ") && parts.count == 2)
        environment[String(parts[0])] = String(parts[1])
      }
      return environment
    }

    private func count(_ table: String, _ environment: [String: String]) async throws -> Int {
      struct Row: Decodable { let rows: Int }
      var endpoint = try Endpoint(try #require(environment["CLICKHOUSE_URL"]))
      endpoint.user = environment["CLICKHOUSE_USER"]
      endpoint.password = environment["CLICKHOUSE_PASSWORD"].map { Secret($0) }
      let query = Query(
        "SELECT toInt64(uniqExact(id)) AS rows FROM \(table)", database: "exportbench")
      return try #require(try await Client(endpoint).rows(query, as: Row.self).first).rows
    }
  }
}

/// The server that a program started in a folder: the process whose environment tells it so and
/// that is not the supervisor.
func serverProcess(of folder: String) -> Int? {
  processes(mentioning: folder).first {
    textOfFile("/proc/\($0)/cmdline")?.contains("engine-supervisor") == false
      && textOfFile("/proc/\($0)/environ")?.contains("EXPORTBENCH_ENGINE_DATA=\(folder)") == true
  }
}
