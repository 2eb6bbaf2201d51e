// A real ClickHouse server as a child of this process: started on a free loopback port with a
// random password, and gone with all its files when its owner is gone, however that ends.

import ClickHouseClient
import Foundation

/// One running embedded server. End it with `stop()`; the supervisor ends it if nobody does.
package final class EmbeddedServer: Sendable {
  /// Where and as whom to talk to it.
  package let endpoint: Endpoint
  /// The password in it, for an owner who hands the server on to other programs.
  package let password: String
  /// The server's process, for the witnesses that read `/proc`.
  package let processID: Int
  /// Its configuration, data and log; removed at the end unless kept.
  package let folder: String
  /// The program that runs.
  package let engine: Engine

  private let process: Supervised

  /// Starts an engine and waits until it answers, `timeout` at most.
  ///
  /// - Parameters:
  ///   - engine: the program.
  ///   - folder: a folder that does not exist yet; it becomes the server's.
  ///   - keep: leave the folder there at the end, and stop the server in order.
  ///   - settings: settings of the server's beside its configuration, such as `https_port`.
  ///   - supervisor: the `exportbench` executable; this process's own by default.
  ///   - timeout: how long the engine may take until it answers.
  /// - Returns: a server that answers.
  /// - Throws: ``ServerError`` with the engine's last words; `CancellationError`.
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

  /// Whether a server stands by itself, or where in a cluster it is.
  package struct Place {
    /// The file of `Engine/` with what its configuration has besides.
    package var configuration = "alone.xml"
    /// What that file takes from the environment.
    package var environment: [String: String] = [:]
    /// Which part of the machine's memory it may use.
    var memoryRatio = 0.8
    /// The user's password; a cluster has one for all.
    package var password = randomSecret()
    /// Whether its folder lies in one that others share.
    package var sharesFolder = false
    package var settings: [String: String] = [:]
  }

  private init(
    _ engine: Engine, folder: String, keep: Bool, supervisor: String, as place: Place
  ) throws {
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
        command: engine.command + ["--config-file=\(configuration)"]
          + (place.settings.isEmpty ? [] : ["--"])
          + place.settings.map { "--\($0.key)=\($0.value)" }.sorted(),
        environment: environment, folder: self.folder, keep: keep,
        sharesFolder: place.sharesFolder),
      supervisor: supervisor, named: "the engine")
    processID = process.processID
  }

  /// Ends the server and waits until it and, unless kept, its files are gone. Safe to call twice.
  package func stop() { process.stop() }

  /// If the server has ended by itself: how, with its last words. Nil while it runs.
  package func death() -> ServerError? {
    guard let reason = process.death() else { return nil }
    return ServerError(
      "the embedded ClickHouse (\(engine.name)) ended by itself with \(reason)",
      lastWords: lastWords())
  }

  /// Like ``death()``, with a second's patience: a broken connection is seen before the process is
  /// reaped.
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
