// The server of a run: somebody's, or one that is started for the run and ends with it.

import ClickHouse
import Foundation
import Results
import Server

/// Which server a run uses.
public enum Target: Sendable {
  /// A server that is there already.
  case remote(Endpoint)
  /// A server of our own, started in a folder of the run.
  case embedded(Engine)

  /// Runs `work` with the server; an embedded one is gone when this returns or throws.
  ///
  /// - Parameters:
  ///   - folder: where an embedded server may put its files; it must not exist.
  ///   - keep: leave an embedded server's files there.
  ///   - work: gets the endpoint and, of a server that we may watch, the process id.
  /// - Returns: what `work` returned.
  /// - Throws: what `work` threw, or ``ServerError`` where the server ended by itself.
  public func use<Value>(
    folder: String, keep: Bool, _ work: (Endpoint, _ processID: Int?) async throws -> Value
  ) async throws -> Value {
    switch self {
    case .remote(let endpoint):
      return try await work(endpoint, nil)
    case .embedded(let engine):
      let server = try await EmbeddedServer.start(engine, folder: folder, keep: keep)
      defer { server.stop() }
      do {
        return try await work(server.endpoint, server.processID)
      } catch {
        // A server that died says why in its log, which tells more than a refused connection.
        if !(error is CancellationError), let death = await server.deathSoon() { throw death }
        throw error
      }
    }
  }

  /// The bounds within which it is used, for the manifest; nil if there are none.
  var guards: Manifest.Guards? {
    guard case .remote(let endpoint) = self, endpoint.guards != Guards() else { return nil }
    return Manifest.Guards(
      serverMemoryMaxBytes: endpoint.guards.serverMemoryMaxBytes,
      priority: endpoint.guards.priority, threadsMax: endpoint.guards.threadsMax)
  }

  /// What the manifest says of it; version and address are empty until it answers.
  var description: Manifest.Engine {
    switch self {
    case .remote:
      Manifest.Engine(kind: "remote", version: "", url: "", source: "a server of the user's")
    case .embedded(let engine):
      Manifest.Engine(
        kind: "embedded", version: "", url: "", source: "\(engine.kind.rawValue) \(engine.name)")
    }
  }
}
