// Flushes server logs and waits for rows, which may appear after the response has ended. Every
// probe that reads a log uses it.

import ClickHouseClient

/// Flushes a log, and polls until the expected rows appear.
package struct LogFlush: Sendable {
  private let client: Client
  private let statement: String
  private let log: String

  /// Timeout for a row to appear.
  package static let timeout: Duration = .seconds(15)
  /// Timeout for a row that may never appear, with a flush before each poll: a query refused before
  /// it started is not logged.
  package static let timeoutInDoubt: Duration = .seconds(2)

  /// - Parameters:
  ///   - version: the server's; from 25.2 on, single logs can be flushed.
  ///   - log: the table in `system`.
  package init(_ client: Client, version: ServerVersion, log: String) {
    self.client = client
    self.log = log
    statement =
      "SYSTEM FLUSH LOGS\(client.onCluster)"
      + (version >= ServerVersion(25, 2) ? " \(log)" : "")
  }

  /// Calls `read` until it returns a value, with a flush before each call. Nil after the timeout,
  /// and at once if the user may not read the log or the server is known not to write it. Without
  /// the right to flush it waits for the server's interval.
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
        // A log's table is created at its first flush.
      } catch let error as ClickHouseError where error.serverException?.code == accessDenied {
        // The grant will not appear during the wait.
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

  /// Flushes the log; false if the user may not.
  package func now() async throws -> Bool { try await send(statement) }

  /// Flushes every log, which also creates the tables of empty ones; false if the user may not.
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

/// ACCESS_DENIED
private let accessDenied = 497
/// READONLY
private let readOnly = 164
/// UNKNOWN_TABLE
private let unknownTable = 60
