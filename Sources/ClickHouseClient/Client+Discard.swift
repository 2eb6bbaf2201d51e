// Runs a query whose result the server encodes and discards.

extension Client {
  /// Runs a query whose result is encoded by the server but not sent, and waits for its end.
  ///
  /// Uses a HEAD request: the server writes the body into the buffer of a connection that sends
  /// none. This needs no additional grant; the server treats HEAD as read-only. The response head
  /// arrives with the first encoded bytes, before the query's end; `system.query_log` has the
  /// outcome.
  ///
  /// - Parameter query: a `SELECT` with a query id; its format is the setting `default_format`.
  /// - Throws: as every method of ``Client``; ``ClickHouseError/unexpectedAnswer(_:)`` for a server
  ///   without HEAD support.
  package func discard(_ query: Query) async throws {
    var query = query
    let queryID = query.queryID ?? Query.newID()
    query.queryID = queryID
    // One connection: the server answers the next query only after this one.
    let alone = Client(
      [endpoint], of: cluster, connectionsMax: 1, timeouts: timeouts, queries: queries,
      logs: logs)
    do {
      _ = try await alone.send(
        query, method: "HEAD", sqlInURL: true, body: { .none }, sink: { _ in })
      _ = try? await alone.isRunning(queryID)
      // A proxy may use several connections, and a failed query may have broken this one.
      while try await isRunning(queryID) { try await Task.sleep(for: .milliseconds(20)) }
    } catch ClickHouseError.server(let exception) where exception.name.isEmpty {
      // A response without a body has an error code but no message.
      throw ClickHouseError.server(
        ServerException(
          code: exception.code, name: await errorName(of: exception.code),
          message: "the query failed; without a result the server sends no message",
          queryID: queryID, version: exception.version))
    } catch let error where (error as? ClickHouseError)?.serverException == nil {
      // Nothing waits for the query any more.
      let kill = Query(
        "KILL QUERY WHERE query_id = {id: String} ASYNC", parameters: ["id": Parameter(queryID)])
      await Task { _ = try? await execute(kill) }.value
      throw error
    }
  }

  /// ClickHouse's name for an error code, such as `MEMORY_LIMIT_EXCEEDED`; empty if unknown.
  package func errorName(of code: Int) async -> String {
    struct Row: Decodable { let name: String }
    let query = Query(
      "SELECT errorCodeToName({code: UInt32}) AS name", parameters: ["code": Parameter(code)])
    return (try? await rows(query, as: Row.self).first?.name) ?? ""
  }

  private func isRunning(_ queryID: String) async throws -> Bool {
    struct Row: Decodable { let queries: Int }
    let query = Query(
      "SELECT toInt64(count()) AS queries FROM system.processes WHERE query_id = {id: String}",
      parameters: ["id": Parameter(queryID)])
    return try await rows(query, as: Row.self).first?.queries ?? 0 > 0
  }
}
