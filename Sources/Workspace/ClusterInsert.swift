// Inserts into a cluster, retried if a host is lost.
//
// The outcome of such an insert is unknown. Each insert therefore has a deduplication token: a
// replicated table and its view store the rows of a token only once, on any replica, which makes
// retries safe. A single server keeps no tokens, so there a failed insert ends the load.
//
// A quorum is not sufficient: with a replica killed during a load and inserts retried with their
// tokens, rows were missing in the view after a successful load.

import ClickHouseClient
import Failures
import Foundation
import Probes

package struct ClusterInsert: Sendable {
  /// Distinguishes loads of the same rows.
  private let load = "exportbench-\(UUID().uuidString)"
  private let clients: [Client]

  /// Maximum attempts per insert.
  package static let attemptsMax = 6

  package init(_ workspace: Workspace) {
    clients = workspace.client.endpoints.indices.map { workspace.client.entering(at: $0) }
  }

  /// Distributes inserts over the servers of the cluster. Each server splits blocks by shard and
  /// writes the rows of the local shard itself.
  package func client(_ number: Int) -> Client { clients[number % clients.count] }

  /// Nil for a single server.
  package func token(_ number: Int, into table: String) -> String? {
    clients[0].cluster == nil ? nil : "\(load)-\(table)-\(number)"
  }

  /// Sends an insert, retrying on a cluster while hosts are lost.
  ///
  /// - Parameters:
  ///   - query: with its deduplication token.
  ///   - making: provides the rows from the start for each attempt.
  /// - Returns: the result of the last attempt, and the number of retries.
  /// - Throws: the last error; at once if it is not a lost host.
  package func send(
    _ query: Query, to client: Client, making: @escaping @Sendable () -> BodySource
  ) async throws -> (outcome: ClickHouseClient.Outcome, repeats: Int) {
    for attempt in 1..<Self.attemptsMax {
      do {
        let outcome = try await client.insert(query, making: making)
        return (outcome, outcome.repeats + attempt - 1)
      } catch {
        guard client.cluster != nil, (error as? ClickHouseError)?.isOfLostHost == true else {
          throw error
        }
        try await Task.sleep(for: .milliseconds(250 * attempt))
      }
    }
    return (try await client.insert(query, making: making), Self.attemptsMax - 1)
  }
}

extension Workspace {
  /// Maximum number of loads if hosts are lost.
  private static let loadsMax = 4

  /// Loads, and repeats the load if a host was lost, which may have had rows that no other host
  /// had. Then waits until all replicas are complete.
  ///
  /// - Parameter load: creates and loads its tables; returns the number of retried inserts.
  /// - Throws: errors of `load`; ``UserError`` if hosts are lost repeatedly.
  package func loadWhole(_ load: () async throws -> Loader.Amount) async throws {
    var reason = ""
    for _ in 1...Self.loadsMax {
      let before = try await lostHosts()
      let amount = try await load()
      let after = try await lostHosts()
      if client.cluster != nil, amount.repeats > 0 || after != before {
        reason =
          "\(amount.repeats) inserts were retried, lost hosts were [\(before.sorted())] before and "
          + "[\(after.sorted())] after"
        continue
      }
      if try await merges.awaitReplicas() { return }
      reason = "a replica lacks a part that only a lost host has"
    }
    throw UserError.server(
      "hosts of the cluster were lost in each of \(Self.loadsMax) loads (\(reason)); make sure "
        + "that they are reachable, and start again")
  }

  package func lostHosts() async throws -> Set<String> {
    Set(try await Replica.all(from: client).filter { $0.answers == 0 }.map(\.address))
  }
}
