// An insert into a cluster, one of whose hosts may go while it is under way.
//
// Nobody knows then what was written. So each insert has a token: under the same token a replicated
// table takes the same rows once, on whichever replica, and so does the view behind it. Only that
// makes it safe to send an insert again. A server by itself keeps no such tokens, and there an
// insert that failed is the end of the load.
//
// A quorum did not help: with a replica killed in mid-load and inserts sent again under their
// tokens, rows were missing from the view after a load that had ended well.

import ClickHouseClient
import Failures
import Foundation
import Probes

/// Sends inserts to a workspace, on a cluster again if a host went.
package struct ClusterInsert: Sendable {
  /// Names the inserts of this load: another one of the same rows is another one.
  private let load = "exportbench-\(UUID().uuidString)"
  private let clients: [Client]

  /// How often an insert is sent at most.
  package static let attemptsMax = 6

  package init(_ workspace: Workspace) {
    clients = workspace.client.endpoints.indices.map { workspace.client.entering(at: $0) }
  }

  /// Another server of the cluster for each number, so that all of them take inserts; they divide
  /// blocks by shard, and write the rows of their own shard themselves.
  package func client(_ number: Int) -> Client { clients[number % clients.count] }

  /// What an insert is known by; nil for a server by itself.
  package func token(_ number: Int, into table: String) -> String? {
    clients[0].cluster == nil ? nil : "\(load)-\(table)-\(number)"
  }

  /// Sends an insert, and on a cluster again while hosts are missed.
  ///
  /// - Parameters:
  ///   - query: with what it may be repeated by.
  ///   - client: where it is sent.
  ///   - making: gives the rows, from the beginning each time.
  /// - Returns: what is known of the last attempt, and how often it was sent again.
  /// - Throws: the error of the last attempt; any at once that is no lost host.
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
  /// How often a load is begun again because a host went.
  private static let loadsMax = 4

  /// Loads, and loads anew when a host went meanwhile: it may have taken rows with it that no other
  /// one had yet. Then waits until every replica has everything.
  ///
  /// - Parameter load: makes its tables anew and loads them; says how many inserts it sent again.
  /// - Throws: what `load` throws; ``UserError`` where hosts go again and again.
  package func loadWhole(_ load: () async throws -> Loader.Amount) async throws {
    var reason = ""
    for _ in 1...Self.loadsMax {
      let before = try await lostHosts()
      let amount = try await load()
      let after = try await lostHosts()
      if client.cluster != nil, amount.repeats > 0 || after != before {
        reason =
          "\(amount.repeats) inserts were sent again, missed were first [\(before.sorted())] and "
          + "then [\(after.sorted())]"
        continue
      }
      if try await merges.awaitReplicas() { return }
      reason = "a replica lacks what only a lost host has"
    }
    throw UserError(
      .server,
      "hosts of the cluster went in each of \(Self.loadsMax) loads (\(reason)); see that they are "
        + "there, and begin again")
  }

  /// The hosts of the cluster that do not answer.
  package func lostHosts() async throws -> Set<String> {
    Set(try await Replica.all(from: client).filter { $0.answers == 0 }.map(\.address))
  }
}
