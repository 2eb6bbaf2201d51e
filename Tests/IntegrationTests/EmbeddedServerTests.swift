// Starting, watching and ending an embedded server: nothing of it may outlive its owner.

import ClickHouseClient
import Engine
import Foundation
import TestSupport
import Testing

extension IntegrationTests {
  @Suite struct EmbeddedServerTests {
    private let scratch = Scratch()

    @Test func itAnswersItsOwnerAndNobodyElse() async throws {
      let server = try await Shared.server
      #expect(try await Client(server.endpoint).serverVersion() >= ServerVersion(24, 3))
      #expect(server.endpoint.host == "127.0.0.1")
      #expect(server.password.utf8.count == 32)

      var stranger = server.endpoint
      for password in [nil, Secret(""), Secret("wrong")] {
        stranger.password = password
        let words = await sentence { try await Client(stranger).execute(Query("SELECT 1")) }
        #expect(words.hasPrefix("the server refused the user or the password"))
      }
    }

    @Test func itListensOnLoopbackOnly() async throws {
      let server = try await Shared.server
      // The kernel tells both tables in pieces: what others open and close meanwhile moves their
      // lines. So they are read until the server's own port has been seen, and some times more.
      var listening: Set<String> = []
      for look in 1...200 where look <= 5 || listening.isEmpty {
        if look > 5 { try await Task.sleep(for: .milliseconds(20)) }
        let descriptors = "/proc/\(server.processID)/fd"
        let mine = Set(
          namesInFolder(descriptors).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(descriptors)/\($0)")
          })
        for table in ["tcp", "tcp6"] {
          for line in (textOfFile("/proc/net/\(table)") ?? "").split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            let isListening = fields.count > 9 && fields[3] == "0A"
            if isListening, mine.contains("socket:[\(fields[9])]") {
              listening.insert("\(table) \(fields[1])")
            }
          }
        }
      }
      let port = String(server.endpoint.port, radix: 16, uppercase: true)
      let padded = String(repeating: "0", count: 4 - port.count) + port
      #expect(listening == ["tcp 0100007F:\(padded)"])
    }

    @Test func theLogsThatTheProbesReadFill() async throws {
      try await withWorkspace("logs") { workspace in
        try await workspace.run(
          "CREATE TABLE t (x Int64) ENGINE = MergeTree ORDER BY x")
        try await workspace.run(
          "CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY x AS SELECT x FROM t")
        try await workspace.run("INSERT INTO t SELECT number FROM numbers(10)")
        try await workspace.run("SYSTEM FLUSH LOGS", inDatabase: false)
        for (log, column) in [
          ("query_log", "current_database"), ("part_log", "database"),
          ("query_views_log", "splitByChar('.', view_name)[1]"),
        ] {
          let rows: Int = try await workspace.value(
            "SELECT toInt64(count()) AS value FROM system.\(log) WHERE \(column) = {name: String}",
            ["name": Parameter(workspace.database.name)])
          #expect(rows > 0, "system.\(log) stays empty")
        }
      }
    }

    @Test func thePasswordIsInNoFileAndNoArgument() async throws {
      let server = try await Shared.server
      let words = textOfFile("/proc/\(server.processID)/cmdline") ?? server.password
      #expect(!words.contains(server.password))
      for name in namesInFolder(server.folder) {
        #expect(textOfFile("\(server.folder)/\(name)")?.contains(server.password) != true)
      }
      let rights = try FileManager.default.attributesOfItem(atPath: server.folder)
      #expect(rights[.posixPermissions] as? Int == 0o700)
    }

    @Test func stopRemovesProcessPortAndFiles() async throws {
      let server = try await startEngine(folder: scratch.path("deep/engine"))
      #expect(exists(server.folder))
      #expect(server.death() == nil)
      server.stop()
      server.stop()
      #expect(!exists("/proc/\(server.processID)"))
      #expect(!exists(server.folder))
      #expect(processes(mentioning: scratch.path).isEmpty)
      let words = await sentence { try await Client(server.endpoint).ping() }
      #expect(words.hasPrefix("cannot connect to http://127.0.0.1:"))
    }

    @Test func itHoldsNothingOfItsOwners() async throws {
      // A pipe that passes to children, as libcurl's sockets do.
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      let server = try await startEngine(folder: scratch.path("engine"))
      close(ends[1])
      _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
      var byte: UInt8 = 0
      #expect(read(ends[0], &byte, 1) == 0, "somebody else holds the other end")
      close(ends[0])
      server.stop()
    }

    @Test func filesThatAreKeptCanBeStartedFrom() async throws {
      let server = try await startEngine(folder: scratch.path("engine"), keep: true)
      try await Client(server.endpoint).execute(
        Query("CREATE TABLE default.kept (x UInt8) ENGINE = MergeTree ORDER BY x"))
      server.stop()
      #expect(!exists("/proc/\(server.processID)"))
      #expect(exists("\(scratch.path("engine"))/data/metadata/default/kept.sql"))
    }

    @Test func aServerThatDiesSaysHow() async throws {
      let server = try await startEngine(folder: scratch.path("engine"))
      kill(pid_t(server.processID), SIGKILL)
      let death = try #require(await server.deathSoon())
      #expect(
        death.description.hasPrefix(
          "the embedded ClickHouse (\(server.engine.name)) ended by itself with signal 9 (Killed)"))
      server.stop()
      #expect(!exists(server.folder))
    }

    @Test func anEngineThatCannotStartGivesItsLastWords() async throws {
      let program = scratch.write(
        "#!/bin/sh\necho 'no license for this moon phase' >&2\nexit 3\n", to: "clickhouse",
        executable: true)
      let words = await sentence {
        _ = try await startEngine(try Engine.find(program), folder: scratch.path("engine"))
      }
      #expect(
        words
          == "the embedded ClickHouse (\(program)) ended by itself with exit code 3\n"
          + "the engine's last log lines:\n  no license for this moon phase")
      #expect(scratch.names == ["clickhouse"])
    }

    @Test func anEngineThatNeverAnswersIsGivenUp() async throws {
      let program = scratch.write(
        "#!/bin/sh\necho 'thinking'\nexec sleep 600\n", to: "clickhouse", executable: true)
      let words = await sentence {
        _ = try await EmbeddedServer.start(
          try Engine.find(program), folder: scratch.path("engine"), keep: false,
          supervisor: Program.path, timeout: .milliseconds(500))
      }
      #expect(words.hasPrefix("the embedded ClickHouse (\(program)) was not ready within 0.5 sec"))
      #expect(words.hasSuffix("\n  thinking"))
      #expect(scratch.names == ["clickhouse"])
      #expect(processes(mentioning: scratch.path).isEmpty)
    }

    @Test func aFolderThatCannotBeMadeIsTold() async throws {
      let file = scratch.write("", to: "file")
      let words = await sentence { _ = try await startEngine(folder: "\(file)/engine") }
      #expect(words.hasPrefix("cannot make \(file)/engine: "))
    }
  }
}
