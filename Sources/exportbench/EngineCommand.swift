// An embedded server for as long as the user wants one.

import ArgumentParser
import Foundation
import Server

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
        127.0.0.1 only; with it end its files, unless --keep. With --cluster there are four servers,
        two shards with two replicas each, and a ZooKeeper.

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
      guard !FileManager.default.fileExists(atPath: folder) else {
        throw UsageError(
          sentence: "--folder \(folder) exists already; choose another, or remove it")
      }
      let program = try await Engine.findOrInstall(engine)
      guard cluster else {
        let server = try await EmbeddedServer.start(program, folder: folder, keep: keep)
        defer { server.stop() }
        Self.say([server], in: server.folder)
        return try await Self.wait(server.death)
      }
      let running = try await EmbeddedCluster.start(program, folder: folder, keep: keep)
      defer { running.stop() }
      Self.say(running.servers, in: running.folder)
      try await Self.wait {
        for server in running.servers {
          if let death = server.death() { Terminal.say("\(death)") }
        }
        return running.death()
      }
    }

    private static func say(_ servers: [EmbeddedServer], in folder: String) {
      let urls = servers.map { "http://127.0.0.1:\($0.endpoint.port)" }
      print("export CLICKHOUSE_URL=\(urls.joined(separator: ","))")
      print("export CLICKHOUSE_USER=default")
      print("export CLICKHOUSE_PASSWORD=\(servers[0].password)")
      if servers.count > 1 {
        print("export CLICKHOUSE_CLUSTER_NAME=\(EmbeddedCluster.name)")
        print("export CLICKHOUSE_CLUSTER_ENABLED=true")
      }
      fflush(nil)
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
