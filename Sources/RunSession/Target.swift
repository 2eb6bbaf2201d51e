// The server of a run: somebody's, or one that is started for the run and ends with it; or a
// cluster of either kind.

import ClickHouseClient
import Engine
import Failures
import Foundation
import RunStore

/// Which server a run uses.
package enum Target: Sendable {
  /// A server that is there already.
  case remote(Endpoint)
  /// A cluster that is there already, by one or several of its servers.
  case cluster([Endpoint], Cluster)
  /// A server of our own, started in a folder of the run, and the bounds of its use.
  case embedded(Engine, Guards = Guards())
  /// A cluster of our own.
  case embeddedCluster(Engine, Guards = Guards())

  /// A server that answers, or a cluster.
  package struct Reached: Sendable {
    package let endpoints: [Endpoint]
    package let cluster: Cluster?
    /// The processes of servers that we may watch, by port.
    package let processIDs: [Int: Int]

    package func client(
      connectionsMax: Int = 16, timeouts: Timeouts = Timeouts(), readOnly: Bool = false
    ) -> Client {
      var endpoints = endpoints
      if readOnly { for place in endpoints.indices { endpoints[place].guards.isReadOnly = true } }
      return Client(endpoints, of: cluster, connectionsMax: connectionsMax, timeouts: timeouts)
    }
  }

  /// Runs `work` with the server; an embedded one is gone when this returns or throws.
  ///
  /// - Parameters:
  ///   - folder: where an embedded server may put its files; it must not exist.
  ///   - keep: leave an embedded server's files there.
  ///   - work: gets the endpoint and, of a server that we may watch, the process id.
  /// - Returns: what `work` returned.
  /// - Throws: what `work` threw, or ``ServerError`` where the server ended by itself.
  package func use<Value>(
    folder: String, keep: Bool, _ work: (Endpoint, _ processID: Int?) async throws -> Value
  ) async throws -> Value {
    guard cluster == nil else {
      throw UserError(
        .usage, "--cluster is not for this command, which asks one server; leave it out")
    }
    return try await reach(folder: folder, keep: keep) {
      try await work($0.endpoints[0], $0.processIDs[$0.endpoints[0].port])
    }
  }

  /// The same for a server or a cluster.
  package func reach<Value>(
    folder: String, keep: Bool, _ work: (Reached) async throws -> Value
  ) async throws -> Value {
    switch self {
    case .remote(let endpoint):
      return try await work(Reached(endpoints: [endpoint], cluster: nil, processIDs: [:]))
    case .cluster(let endpoints, let cluster):
      return try await work(Reached(endpoints: endpoints, cluster: cluster, processIDs: [:]))
    case .embedded(let engine, let guards):
      let server = try await Self.starting {
        try await EmbeddedServer.start(engine, folder: folder, keep: keep)
      }
      let pending = PendingCleanup { server.stop() }
      PendingCleanup.own(["\(server.endpoint)"])
      defer {
        server.stop()
        pending.discharge()
      }
      do {
        return try await work(Reached([server], of: nil, guards))
      } catch {
        // A server that died says why in its log, which tells more than a refused connection.
        if !(error is CancellationError), let death = await server.deathSoon() { throw death }
        throw error
      }
    case .embeddedCluster(let engine, let guards):
      let running = try await Self.starting {
        try await EmbeddedCluster.start(engine, folder: folder, keep: keep)
      }
      let pending = PendingCleanup { running.stop() }
      PendingCleanup.own(running.servers.map { "\($0.endpoint)" })
      defer {
        running.stop()
        pending.discharge()
      }
      do {
        return try await work(
          Reached(running.servers, of: try Cluster(EmbeddedCluster.name), guards))
      } catch {
        if !(error is CancellationError), let death = running.death() { throw death }
        throw error
      }
    }
  }

  /// A server that does not start in time is stopped again, which an interrupt waits for.
  private static func starting<Value>(_ start: () async throws -> Value) async throws -> Value {
    let pending = PendingCleanup()
    defer { pending.discharge() }
    return try await start()
  }

  /// The cluster; nil of a server by itself.
  package var cluster: Cluster? {
    switch self {
    case .remote, .embedded: nil
    case .cluster(_, let cluster): cluster
    case .embeddedCluster: try? Cluster(EmbeddedCluster.name)
    }
  }

  /// Whether it is started for the command, and nobody else's.
  package var isOurs: Bool {
    switch self {
    case .remote, .cluster: false
    case .embedded, .embeddedCluster: true
    }
  }

  /// The bounds within which it is used, for the manifest; nil if there are none.
  package var guards: Manifest.Guards? {
    let guards: Guards? =
      switch self {
      case .remote(let endpoint): endpoint.guards
      case .cluster(let endpoints, _): endpoints.first?.guards
      case .embedded(_, let guards), .embeddedCluster(_, let guards): guards
      }
    guard let guards, guards != Guards() else { return nil }
    return Manifest.Guards(
      serverMemoryMaxBytes: guards.serverMemoryMaxBytes, priority: guards.priority,
      threadsMax: guards.threadsMax)
  }

  /// What the manifest says of it; version and address are empty until it answers.
  package var description: Manifest.Engine {
    func engine(_ kind: String, _ source: String) -> Manifest.Engine {
      Manifest.Engine(kind: kind, version: "", url: "", source: source)
    }
    switch self {
    case .remote: return engine("remote", "a server of the user's")
    case .cluster(_, let cluster): return engine("cluster", "the user's cluster \(cluster)")
    case .embedded(let program, _):
      return engine("embedded", "\(program.kind.rawValue) \(program.name)")
    case .embeddedCluster(let program, _):
      return engine(
        "embedded cluster",
        "\(program.kind.rawValue) \(program.name), two shards with two replicas each")
    }
  }
}

extension Target.Reached {
  fileprivate init(_ servers: [EmbeddedServer], of cluster: Cluster?, _ guards: Guards) {
    self.init(
      endpoints: servers.map { server in
        var endpoint = server.endpoint
        endpoint.guards = guards
        return endpoint
      }, cluster: cluster,
      processIDs: Dictionary(
        servers.map { ($0.endpoint.port, $0.processID) }, uniquingKeysWith: { first, _ in first }))
  }
}
