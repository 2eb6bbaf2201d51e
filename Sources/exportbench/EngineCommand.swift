// `exportbench engine`: runs an embedded server or cluster until Ctrl-C.

import ArgumentParser
import Engine
import Failures
import Foundation

struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "Run an embedded ClickHouse server.",
    discussion: """
      EXAMPLE: exportbench engine start

      \(ExitCodes.engine.help)
      """,
    subcommands: [Start.self])

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start an embedded server or cluster until Ctrl-C.",
      discussion: """
        Prints the environment variables for other commands and stays in the foreground. The \
        server listens on 127.0.0.1 only; its files are removed at the end unless --keep is given. \
        --cluster starts four servers (two shards with two replicas each) and a ZooKeeper. An \
        existing folder is refused: an older server would move parts of newer data to 'detached' \
        without an error.

        EXAMPLE: exportbench engine start --engine 25.8

        \(ExitCodes.engine.help)
        """)

    @Option(help: "Version such as 25.8, or path of a clickhouse binary.")
    var engine: String?

    @Option(help: "Folder for data; must not exist.")
    var folder: String?

    @Flag(help: "Keep the data folder at the end.")
    var keep = false

    @Flag(help: "Start two shards with two replicas each, and a ZooKeeper.")
    var cluster = false

    func run() async throws {
      let folder = folder ?? NSTemporaryDirectory() + "exportbench-engine-\(getpid())"
      let program = try await Engine.findOrInstall(engine)
      try Self.make(folder)
      do { try await keepRunning(program, in: folder) } catch {
        // Already removed, unless the server never started.
        rmdir(folder)
        throw error
      }
    }

    /// mkdir is atomic: of two processes that start at once, only one gets the folder.
    private static func make(_ folder: String) throws {
      try? FileManager.default.createDirectory(
        at: URL(fileURLWithPath: folder).deletingLastPathComponent(),
        withIntermediateDirectories: true)
      guard mkdir(folder, 0o700) != 0 else { return }
      guard errno == EEXIST else {
        throw UserError.output("cannot create \(folder): \(String(cString: strerror(errno)))")
      }
      throw UserError.usage("--folder \(folder) exists; choose another or remove it")
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
        "running as process\(servers.count > 1 ? "es" : "") \(processes) in \(folder); stop "
          + "\(servers.count > 1 ? "them" : "it") with Ctrl-C")
    }

    /// Ctrl-C ends the wait without an error.
    private static func wait(_ death: () -> ServerError?) async throws {
      while (try? await Task.sleep(for: .milliseconds(200))) != nil {
        if let death = death() { throw death }
      }
    }
  }
}
