// An embedded server for as long as the user wants one.

import ArgumentParser
import Engine
import Failures
import Foundation

/// `exportbench engine …`
struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "Run an embedded ClickHouse by hand.",
    discussion: """
      EXAMPLE: exportbench engine start

      \(ExitCodes.engine.help)
      """,
    subcommands: [Start.self])

  /// `exportbench engine start`
  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start an embedded ClickHouse, or a cluster of them, and keep it until Ctrl-C.",
      discussion: """
        Prints what to tell other commands, and stays in the foreground. The server listens on \
        127.0.0.1 only; with it end its files, unless --keep. With --cluster there are four \
        servers, two shards with two replicas each, and a ZooKeeper. A folder that exists is never \
        opened: an older server would move parts of a newer one's data to 'detached' without an \
        error.

        EXAMPLE: exportbench engine start --engine 25.8

        \(ExitCodes.engine.help)
        """)

    @Option(help: "A version such as 25.8, or the path of a clickhouse binary.")
    var engine: String?

    @Option(help: "The folder for its data; it must not exist.")
    var folder: String?

    @Flag(help: "Leave the folder there at the end.")
    var keep = false

    @Flag(help: "Start two shards with two replicas each, and ZooKeeper.")
    var cluster = false

    func run() async throws {
      let folder = folder ?? NSTemporaryDirectory() + "exportbench-engine-\(getpid())"
      let program = try await Engine.findOrInstall(engine)
      try Self.make(folder)
      do { try await keepRunning(program, in: folder) } catch {
        // Gone already, unless the server never began.
        rmdir(folder)
        throw error
      }
    }

    /// Makes the folder; of two processes that begin at once only one gets it.
    private static func make(_ folder: String) throws {
      try? FileManager.default.createDirectory(
        at: URL(fileURLWithPath: folder).deletingLastPathComponent(),
        withIntermediateDirectories: true)
      guard mkdir(folder, 0o700) != 0 else { return }
      guard errno == EEXIST else {
        throw UserError(.output, "cannot make \(folder): \(String(cString: strerror(errno)))")
      }
      throw UsageError(sentence: "--folder \(folder) exists already; choose another, or remove it")
    }

    private func keepRunning(_ program: Engine, in folder: String) async throws {
      guard cluster else {
        let server = try await EmbeddedServer.start(program, folder: folder, keep: keep)
        let pending = PendingCleanup { server.stop() }
        defer {
          server.stop()
          pending.discharge()
        }
        try Self.say([server], in: server.folder)
        return try await Self.wait(server.death)
      }
      let running = try await EmbeddedCluster.start(program, folder: folder, keep: keep)
      let pending = PendingCleanup { running.stop() }
      defer {
        running.stop()
        pending.discharge()
      }
      try Self.say(running.servers, in: running.folder)
      try await Self.wait {
        for server in running.servers {
          if let death = server.death() { Terminal.say("\(death)") }
        }
        return running.death()
      }
    }

    private static func say(_ servers: [EmbeddedServer], in folder: String) throws {
      let urls = servers.map { "http://127.0.0.1:\($0.endpoint.port)" }
      try Output.line("export CLICKHOUSE_URL=\(urls.joined(separator: ","))")
      try Output.line("export CLICKHOUSE_USER=default")
      try Output.line("export CLICKHOUSE_PASSWORD=\(servers[0].password)")
      if servers.count > 1 {
        try Output.line("export CLICKHOUSE_CLUSTER_NAME=\(EmbeddedCluster.name)")
        try Output.line("export CLICKHOUSE_CLUSTER_ENABLED=true")
      }
      let processes = servers.map { "\($0.processID)" }.joined(separator: ", ")
      Terminal.say(
        "running as process\(servers.count > 1 ? "es" : "") \(processes) in \(folder); end "
          + "\(servers.count > 1 ? "them" : "it") with Ctrl-C")
    }

    /// Ctrl-C is the way to end this, and no failure.
    private static func wait(_ death: () -> ServerError?) async throws {
      while (try? await Task.sleep(for: .milliseconds(200))) != nil {
        if let death = death() { throw death }
      }
    }
  }
}
