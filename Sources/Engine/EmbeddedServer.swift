// Embedded server: a ClickHouse server as a child process on a free loopback port with a random
// password. It and its files are removed with its owner, however that ends.

import ClickHouseClient
import Foundation

/// End it with `stop()`; otherwise the supervisor ends it.
package final class EmbeddedServer: Sendable {
  package let endpoint: Endpoint
  /// The endpoint's password in clear, for owners that pass the server on to other programs.
  package let password: String
  /// The server's process, for probes that read `/proc`.
  package let processID: Int
  /// Configuration, data and log; removed at the end unless kept.
  package let folder: String
  package let engine: Engine

  private let process: Supervised

  /// Starts an engine and waits at most `timeout` until it responds.
  ///
  /// - Parameters:
  ///   - folder: created for the server; must not exist yet.
  ///   - keep: keep the folder at the end, and shut the server down cleanly.
  ///   - settings: additional server settings, such as `https_port`.
  ///   - supervisor: the `exportbench` executable; this process's by default.
  /// - Throws: ``ServerError`` with the engine's last log lines; `CancellationError`.
  package static func start(
    _ engine: Engine, folder: String, keep: Bool, settings: [String: String] = [:],
    supervisor: String = "/proc/self/exe", timeout: Duration = .seconds(30)
  ) async throws -> EmbeddedServer {
    try await start(
      engine, folder: folder, keep: keep, supervisor: supervisor, timeout: timeout,
      as: Place(settings: settings))
  }

  package static func start(
    _ engine: Engine, folder: String, keep: Bool, supervisor: String, timeout: Duration,
    as place: Place
  ) async throws -> EmbeddedServer {
    var last: ServerError?
    // Another process can take the free port before the server does; then a second try helps.
    for _ in 0..<3 {
      do {
        let server = try EmbeddedServer(
          engine, folder: folder, keep: keep, supervisor: supervisor, as: place)
        do {
          try await server.waitUntilReady(timeout)
          return server
        } catch {
          server.stop()
          throw error
        }
      } catch let error as ServerError where error.description.contains("Address already in use") {
        last = error
      }
    }
    throw last ?? ServerError("the engine did not start")
  }

  /// A single server, or a position in a cluster.
  package struct Place {
    /// The file in `Engine/` with its additional configuration.
    package var configuration = "alone.xml"
    /// Environment variables that the file uses.
    package var environment: [String: String] = [:]
    /// Fraction of the machine's memory that it may use.
    var memoryRatio = 0.8
    /// A cluster has one for all servers.
    package var password = randomSecret()
    /// Whether its parent folder is shared with other servers.
    package var sharesFolder = false
    package var settings: [String: String] = [:]
  }

  private init(
    _ engine: Engine, folder: String, keep: Bool, supervisor: String, as place: Place
  ) throws {
    guard engine.kind != .bridge || place.settings.isEmpty else {
      throw ServerError(
        "engine '\(engine.name)' is bridged and takes no server settings; use a server")
    }
    self.engine = engine
    self.folder = URL(fileURLWithPath: folder).path
    let port = try freePort()
    password = place.password
    var endpoint = try Endpoint("http://127.0.0.1:\(port)")
    endpoint.user = "default"
    endpoint.password = Secret(password)
    self.endpoint = endpoint

    var environment = ProcessInfo.processInfo.environment.merging(place.environment) { $1 }
    environment["CLICKHOUSE_WATCHDOG_ENABLE"] = "0"
    environment["EXPORTBENCH_ENGINE_PORT"] = "\(port)"
    environment["EXPORTBENCH_ENGINE_PASSWORD"] = password
    environment["EXPORTBENCH_ENGINE_DATA"] = "\(self.folder)/data/"
    environment["EXPORTBENCH_ENGINE_LOG"] = "\(self.folder)/server.log"
    environment["EXPORTBENCH_ENGINE_MEMORY_RATIO"] = "\(place.memoryRatio)"
    environment["EXPORTBENCH_ENGINE_PLACE"] = try Engine.resource(place.configuration)
    let configuration = try Engine.resource("config.xml")
    process = try Supervised(
      Supervised.Work(
        command: engine.command
          + (engine.kind == .bridge ? [] : ["--config-file=\(configuration)"])
          + (place.settings.isEmpty ? [] : ["--"])
          + place.settings.map { "--\($0.key)=\($0.value)" }.sorted(),
        environment: environment, folder: self.folder, keep: keep,
        sharesFolder: place.sharesFolder),
      supervisor: supervisor, named: "the engine")
    processID = process.processID
  }

  /// Ends the server and waits until it and, unless kept, its files are gone. Idempotent.
  package func stop() { process.stop() }

  /// How the server ended, with its last log lines; nil while it runs.
  package func death() -> ServerError? {
    guard let reason = process.death() else { return nil }
    return ServerError(
      "the embedded ClickHouse (\(engine.name)) ended by itself with \(reason)",
      lastWords: lastWords())
  }

  /// Like ``death()``, but waits up to a second: a connection breaks before the process is reaped.
  package func deathSoon() async -> ServerError? {
    for _ in 0..<20 {
      if let death = death() { return death }
      try? await Task.sleep(for: .milliseconds(50))
    }
    return nil
  }

  private func waitUntilReady(_ timeout: Duration) async throws {
    let client = Client(endpoint)
    let deadline = ContinuousClock.now + timeout
    while ContinuousClock.now < deadline {
      if let death = death() { throw death }
      if (try? await client.ping()) != nil { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    throw ServerError(
      "the embedded ClickHouse (\(engine.name)) was not ready within \(timeout)",
      lastWords: lastWords())
  }

  private func lastWords() -> String {
    lastLogLines(of: ["output.txt", "server.log"], in: folder)
  }
}
