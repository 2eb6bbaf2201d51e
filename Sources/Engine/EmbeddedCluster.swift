// Embedded cluster on this machine: two shards with two replicas each, and ZooKeeper, on free ports
// of 127.0.0.1. Each process has its own supervisor, so that one can end while the others continue;
// all end with their owner.

import ClickHouseClient
import Foundation

package final class EmbeddedCluster: Sendable {
  /// Both replicas of the first shard, then those of the second.
  package let servers: [EmbeddedServer]
  /// Parent folder of all files; removed at the end unless kept.
  package let folder: String
  private let keeper: ZooKeeper

  /// What is missing on this machine to start a cluster, with a remedy; nil if nothing is.
  package static func lack(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> ServerError? {
    do {
      _ = try ZooKeeper.Program.find(environment)
      return nil
    } catch { return error }
  }

  /// The name in `remote_servers`.
  package static let name = "default"
  /// Fraction of the machine's memory that each server may use.
  static let memoryRatio = 0.2

  /// Starts a cluster and waits until all servers respond.
  ///
  /// - Parameters:
  ///   - folder: must not exist yet.
  ///   - keep: keep the folder at the end, and shut the servers down cleanly.
  ///   - supervisor: the `exportbench` executable; this process's by default.
  /// - Throws: ``ServerError`` if ZooKeeper or Java is missing, or with the last log lines of a
  ///   process that ended; `CancellationError`.
  package static func start(
    _ engine: Engine, folder: String, keep: Bool, supervisor: String = "/proc/self/exe",
    timeout: Duration = .seconds(60)
  ) async throws -> EmbeddedCluster {
    guard engine.kind != .bridge else {
      throw ServerError(
        "engine '\(engine.name)' is bridged and cannot form a cluster; give --engine 25.8")
    }
    let folder = URL(fileURLWithPath: folder).path
    var last: ServerError?
    // Another process can take a free port before a server does; then a second try helps.
    for _ in 0..<3 {
      do {
        return try await attempt(
          engine, folder: folder, keep: keep, supervisor: supervisor, timeout: timeout)
      } catch let error as ServerError where error.description.contains("Address already in use") {
        last = error
      }
    }
    throw last ?? ServerError("the embedded cluster did not start")
  }

  private static func attempt(
    _ engine: Engine, folder: String, keep: Bool, supervisor: String, timeout: Duration
  ) async throws -> EmbeddedCluster {
    let keeper = try await ZooKeeper.start(
      folder: "\(folder)/zookeeper", keep: keep, supervisor: supervisor, timeout: timeout)
    let places: [(name: String, place: EmbeddedServer.Place)]
    do { places = try self.places(keeper) } catch {
      keeper.stop()
      throw error
    }
    let results = await withTaskGroup(of: (Int, Result<EmbeddedServer, any Error>).self) { group in
      for (number, one) in places.enumerated() {
        group.addTask {
          do {
            return (
              number,
              .success(
                try await EmbeddedServer.start(
                  engine, folder: "\(folder)/\(one.name)", keep: keep, supervisor: supervisor,
                  timeout: timeout, as: one.place))
            )
          } catch { return (number, .failure(error)) }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    let servers = results.compactMap { try? $0.get() }
    do {
      for result in results { _ = try result.get() }
      let cluster = EmbeddedCluster(servers, keeper, folder: folder)
      try await cluster.waitUntilWhole(timeout)
      return cluster
    } catch {
      for server in servers { server.stop() }
      keeper.stop()
      throw error
    }
  }

  private init(_ servers: [EmbeddedServer], _ keeper: ZooKeeper, folder: String) {
    (self.servers, self.keeper, self.folder) = (servers, keeper, folder)
  }

  /// Ends all processes and waits until they and, unless kept, the files are gone. Idempotent.
  package func stop() {
    for server in servers { server.stop() }
    keeper.stop()
  }

  /// Why ZooKeeper ended, without which nothing can be written; nil while it runs. The end of one
  /// server does not end the cluster.
  package func death() -> ServerError? { keeper.death() }

  private static func places(
    _ keeper: ZooKeeper
  ) throws(ServerError) -> [(name: String, place: EmbeddedServer.Place)] {
    var shared = [
      "EXPORTBENCH_CLUSTER_SECRET": randomSecret(),
      "EXPORTBENCH_CLUSTER_ZOOKEEPER_PORT": "\(keeper.port)",
    ]
    var ports: [Int] = []
    for number in 1...4 {
      ports.append(try freePort())
      shared["EXPORTBENCH_CLUSTER_PORT_\(number)"] = "\(ports[number - 1])"
    }
    let password = randomSecret()
    var found: [(String, EmbeddedServer.Place)] = []
    for number in 0..<4 {
      let (shard, replica) = (number / 2 + 1, number % 2 + 1)
      var own = shared
      own["EXPORTBENCH_CLUSTER_TCP_PORT"] = "\(ports[number])"
      own["EXPORTBENCH_CLUSTER_REPLICATION_PORT"] = "\(try freePort())"
      own["EXPORTBENCH_CLUSTER_SHARD"] = "\(shard)"
      own["EXPORTBENCH_CLUSTER_REPLICA"] = "\(replica)"
      found.append(
        (
          "shard-\(shard)-replica-\(replica)",
          EmbeddedServer.Place(
            configuration: "cluster.xml", environment: own, memoryRatio: memoryRatio,
            password: password, sharesFolder: true)
        ))
    }
    return found
  }

  /// Waits until every server executes `ON CLUSTER` statements: until then a statement would skip a
  /// server that is not ready.
  private func waitUntilWhole(_ timeout: Duration) async throws {
    let cluster = try Cluster(Self.name)
    let client = Client([servers[0].endpoint], of: cluster)
    let deadline = ContinuousClock.now + timeout
    while true {
      do {
        try await client.execute(
          Query(
            "SYSTEM FLUSH LOGS\(client.onCluster)",
            settings: [
              "distributed_ddl_output_mode": "throw", "distributed_ddl_task_timeout": "20",
            ]))
        return
      } catch let error as ClickHouseError {
        if let death = death() ?? servers.compactMap({ $0.death() }).first { throw death }
        guard ContinuousClock.now < deadline else {
          throw ServerError("the embedded cluster was not ready within \(timeout): \(error)")
        }
        try await Task.sleep(for: .milliseconds(100))
      }
    }
  }
}
