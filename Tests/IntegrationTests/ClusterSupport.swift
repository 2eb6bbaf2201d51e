// The cluster that tests share: two shards with two replicas each and ZooKeeper, on this machine.

import Foundation
import TestSupport
import Testing
@testable import ClickHouseClient
@testable import Engine
@testable import RunSession

/// The cluster that the tests share. Its supervisors end it when this process ends.
enum SharedCluster {
  private static let starting = Task {
    try await startCluster(folder: "\(NSTemporaryDirectory())/exportbench-test-\(UUID())")
  }

  static var running: EmbeddedCluster { get async throws { try await starting.value } }
}

func startCluster(folder: String) async throws -> EmbeddedCluster {
  try await EmbeddedCluster.start(
    try Engine.find(testedVersion), folder: folder, keep: false, supervisor: Program.path)
}

extension EmbeddedCluster {
  var target: Target {
    get throws { .cluster(servers.map(\.endpoint), try Cluster(Self.name)) }
  }

  var client: Client {
    get throws { Client(servers.map(\.endpoint), of: try Cluster(Self.name)) }
  }
}

extension Trait where Self == ConditionTrait {
  /// Where ZooKeeper or Java is missing these tests are passed over; in CI they fail.
  static var needsCluster: Self {
    .enabled(
      if: EmbeddedCluster.lack() == nil || ProcessInfo.processInfo.environment["CI"] == "true",
      Comment(rawValue: EmbeddedCluster.lack()?.description ?? ""))
  }
}
