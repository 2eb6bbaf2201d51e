// An insert into a cluster, one of whose hosts may go while it is under way.
//
// Nobody knows then what was written. So each insert has a token: under the same token a replicated
// table takes the same rows once, on whichever replica, and so does the view behind it. Only that
// makes it safe to send an insert again. A server by itself keeps no such tokens, and there an insert
// that failed is the end of the load.

import ClickHouse
import Foundation
import Synchronization

/// Sends inserts to a workspace, on a cluster again if a host went.
final class ClusterInsert: Sendable {
  let workspace: Workspace
  /// Names this load: another one of the same rows is another one.
  private let load = UUID().uuidString.lowercased()
  private let clients: [Client]
  /// Whether so many hosts are gone that no insert reaches more than one replica.
  private let isAlone = Mutex(false)

  /// How often an insert is sent at most.
  static let attemptsMax = 6
  /// How often it must not have reached a second replica before one is enough: a table that has just
  /// been made may not have its replicas yet.
  static let safeAttempts = 2

  init(_ workspace: Workspace) {
    self.workspace = workspace
    clients = workspace.client.endpoints.indices.map { workspace.client.entering(at: $0) }
  }

  /// Another server of the cluster for each number, so that all of them take inserts; they divide
  /// blocks by shard, and write the rows of their own shard themselves.
  func client(_ number: Int) -> Client { clients[number % clients.count] }

  /// The settings that an insert is known by.
  func token(_ number: Int, into table: String) -> [String: String] {
    guard workspace.client.cluster != nil else { return [:] }
    return ["insert_deduplication_token": "\(load) \(table) \(number)"]
  }

  /// Sends an insert, and again while hosts are missed.
  ///
  /// - Parameters:
  ///   - query: with its token.
  ///   - isSafe: whether an acknowledged insert shall be on more than one replica, as long as there
  ///     are others.
  ///   - client: where it is sent.
  ///   - source: makes the rows, from the beginning each time.
  /// - Returns: what is known of the last attempt.
  /// - Throws: the error of the last attempt; any at once that is no lost host.
  func send(
    _ query: Query, isSafe: Bool = true, to client: Client, from source: () -> BodySource
  ) async throws -> ClickHouse.Outcome {
    var query = query
    if isSafe, client.cluster != nil, !isAlone.withLock({ $0 }) {
      query.settings["insert_quorum"] = "auto"
      // Longer than Keeper takes to know that a host is gone.
      query.settings["insert_quorum_timeout"] = "8000"
    }
    for attempt in 1..<Self.attemptsMax {
      do { return try await client.insert(query, from: source()) } catch {
        guard client.cluster != nil, Self.isOfLostHost(error) else { throw error }
        if attempt >= Self.safeAttempts {
          // The others are gone: what there is must do.
          isAlone.withLock { $0 = true }
          query.settings["insert_quorum"] = nil
        }
        query.queryID = nil
        try await Task.sleep(for: .milliseconds(250 * attempt))
      }
    }
    return try await client.insert(query, from: source())
  }

  /// Whether an error says that a host went, or that Keeper's session with it did.
  static func isOfLostHost(_ error: any Error) -> Bool {
    guard let error = error as? ClickHouseError else { return false }
    switch error {
    case .transport: return true
    case .server(let exception):
      // ATTEMPT_TO_READ_AFTER_EOF, SOCKET_TIMEOUT, NETWORK_ERROR, ABORTED, TABLE_IS_READ_ONLY,
      // ALL_CONNECTION_TRIES_FAILED, TOO_FEW_LIVE_REPLICAS, UNKNOWN_STATUS_OF_INSERT,
      // KEEPER_EXCEPTION.
      return [32, 209, 210, 236, 242, 279, 285, 319, 999].contains(exception.code)
    default: return false
    }
  }
}
