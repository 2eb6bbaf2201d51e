// Waiting for the server's logs: a row can be missing when the response has ended.
//
// Every probe that reads a log goes through here, so flushing and patience are the same for all.

import ClickHouseClient

/// Flushes a log, and polls until the rows that must be there are there.
package struct LogFlush: Sendable {
  private let client: Client
  private let statement: String
  private let log: String

  /// How long a row may take to appear before it counts as lost.
  package static let timeout: Duration = .seconds(15)
  /// The same, with a flush before each look, for a row that may never come: a query that was
  /// refused before it began is not logged.
  package static let timeoutInDoubt: Duration = .seconds(2)

  /// - Parameters:
  ///   - client: the server whose logs are read.
  ///   - version: the server's; from 25.2 on, single logs can be flushed.
  ///   - log: the table in `system` that is read.
  package init(_ client: Client, version: ServerVersion, log: String) {
    self.client = client
    self.log = log
    statement =
      "SYSTEM FLUSH LOGS\(client.onCluster)"
      + (version >= ServerVersion(25, 2) ? " \(log)" : "")
  }

  /// Calls `read` until it gives a value, flushing before each call; nil when patience is over, and
  /// at once where the user may not read the log, or where the server is known not to write it.
  ///
  /// Without the right to flush it waits for the server's own interval.
  package func until<Value>(
    inDoubt: Bool = false, _ read: () async throws -> Value?
  ) async throws -> Value? {
    guard log == LogCheck.Log.query.name || !client.logs.isMissing(log) else { return nil }
    let began = ContinuousClock.now
    var pause = Duration.milliseconds(5)
    var mayFlush = true
    repeat {
      if mayFlush { mayFlush = try await now() }
      do {
        if let value = try await read() {
          client.logs.see(log)
          return value
        }
      } catch let error as ClickHouseError where error.serverException?.code == unknownTable {
        // A log's table is made when it is first flushed.
      } catch let error as ClickHouseError where error.serverException?.code == accessDenied {
        // It will not be granted while we wait.
        client.logs.miss(log)
        return nil
      }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(500))
    } while ContinuousClock.now - began
      < (inDoubt && mayFlush ? Self.timeoutInDoubt : Self.timeout)
    if !inDoubt { client.logs.miss(log) }
    return nil
  }

  /// Flushes the log; false where the user may not.
  package func now() async throws -> Bool { try await send(statement) }

  /// Flushes every log, which also makes the tables of those that have no row yet; false where the
  /// user may not.
  package func all() async throws -> Bool { try await send("SYSTEM FLUSH LOGS\(client.onCluster)") }

  private func send(_ statement: String) async throws -> Bool {
    var query = Query(statement)
    if client.cluster != nil { query.settings = Cluster.statementSettings }
    do {
      try await client.executeRepeatable(query)
      return true
    } catch let error as ClickHouseError
      where [accessDenied, readOnly].contains(error.serverException?.code)
    {
      return false
    }
  }
}

/// ClickHouse's error code for a missing grant.
private let accessDenied = 497
/// ClickHouse's error code for what may only read.
private let readOnly = 164
/// ClickHouse's error code for a table that is not there.
private let unknownTable = 60
