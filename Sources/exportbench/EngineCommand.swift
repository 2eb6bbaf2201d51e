// An embedded server for as long as the user wants one.

import ArgumentParser
import Foundation
import Server

/// `exportbench engine …`
struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "Run an embedded ClickHouse by hand.",
    discussion: "EXAMPLE: exportbench engine start",
    subcommands: [Start.self])

  /// `exportbench engine start`
  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start an embedded ClickHouse, and keep it until Ctrl-C.",
      discussion: """
        Prints what to tell other commands, and stays in the foreground. The server listens on \
        127.0.0.1 only; with it end its files, unless --keep.

        EXAMPLE: exportbench engine start --engine 25.8
        """)

    @Option(help: "A version such as 25.8, or the path of a clickhouse binary.")
    var engine: String?

    @Option(help: "The folder for its data; it must not exist.")
    var folder: String?

    @Flag(help: "Leave the folder there at the end.")
    var keep = false

    func run() async throws {
      let folder = folder ?? NSTemporaryDirectory() + "exportbench-engine-\(getpid())"
      guard !FileManager.default.fileExists(atPath: folder) else {
        throw UsageError(
          sentence: "--folder \(folder) exists already; choose another, or remove it")
      }
      let server = try await EmbeddedServer.start(
        try await Engine.findOrInstall(engine), folder: folder, keep: keep)
      defer { server.stop() }
      print("export CLICKHOUSE_URL=http://127.0.0.1:\(server.endpoint.port)")
      print("export CLICKHOUSE_USER=default")
      print("export CLICKHOUSE_PASSWORD=\(server.password)")
      fflush(nil)
      Terminal.say("running as process \(server.processID) in \(server.folder); end it with Ctrl-C")
      // Ctrl-C is the way to end this, and no failure.
      while (try? await Task.sleep(for: .milliseconds(200))) != nil {
        if let death = server.death() { throw death }
      }
    }
  }
}
