// The server of a run: an existing server or cluster, or one that is started for the run.

import ClickHouseClient
import Engine
import Failures
import Foundation
import RunStore

package enum Target: Sendable {
  /// An existing server.
  case remote(Endpoint)
  /// An existing cluster, by at least one of its servers.
  case cluster([Endpoint], Cluster)
  /// Started in a folder of the run, with limits.
  case embedded(Engine, Guards = Guards())
  case embeddedCluster(Engine, Guards = Guards())

  /// A reachable server or cluster.
  package struct Reached: Sendable {
    package let endpoints: [Endpoint]
    package let cluster: Cluster?
    /// Process ids of observable servers, by port.
    package let processIDs: [Int: Int]

    package func client(
      connectionsMax: Int = 16, timeouts: Timeouts = Timeouts(), readOnly: Bool = false
    ) -> Client {
      var endpoints = endpoints
      if readOnly { for place in endpoints.indices { endpoints[place].guards.isReadOnly = true } }
      return Client(endpoints, of: cluster, connectionsMax: connectionsMax, timeouts: timeouts)
    }
  }

  /// Runs `work` with the server; an embedded server ends afterwards.
  ///
  /// - Parameters:
  ///   - folder: for an embedded server's files; must not exist.
  ///   - keep: keep these files.
  ///   - work: receives the endpoint and, if observable, the process id.
  /// - Throws: errors of `work`, or ``ServerError`` if the server stopped unexpectedly.
  package func use<Value>(
    folder: String, keep: Bool, _ work: (Endpoint, _ processID: Int?) async throws -> Value
  ) async throws -> Value {
    guard cluster == nil else {
      throw UserError.usage(
        "--cluster does not apply to this command, which uses one server; remove it")
    }
    return try await reach(folder: folder, keep: keep) {
      try await work($0.endpoints[0], $0.processIDs[$0.endpoints[0].port])
    }
  }

  /// For a server or a cluster.
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
        // The log of a server that stopped is more informative than a refused connection.
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

  /// If starting fails or is interrupted, the server is stopped.
  private static func starting<Value>(_ start: () async throws -> Value) async throws -> Value {
    let pending = PendingCleanup()
    defer { pending.discharge() }
    return try await start()
  }

  /// Nil for a single server.
  package var cluster: Cluster? {
    switch self {
    case .remote, .embedded: nil
    case .cluster(_, let cluster): cluster
    case .embeddedCluster: try? Cluster(EmbeddedCluster.name)
    }
  }

  /// Whether it is started for the command.
  package var isOurs: Bool {
    switch self {
    case .remote, .cluster: false
    case .embedded, .embeddedCluster: true
    }
  }

  /// For the manifest; nil without limits.
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

  /// What a report has to say of an embedded engine.
  package var notes: [String] {
    switch self {
    case .remote, .cluster: []
    case .embedded(let program, _), .embeddedCluster(let program, _): program.notes
    }
  }

  /// For the manifest; version and address are empty until the server answers.
  package var description: Manifest.Engine {
    func engine(_ kind: String, _ source: String) -> Manifest.Engine {
      Manifest.Engine(kind: kind, version: "", url: "", source: source)
    }
    switch self {
    case .remote: return engine("remote", "an existing server")
    case .cluster(_, let cluster): return engine("cluster", "the existing cluster \(cluster)")
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
