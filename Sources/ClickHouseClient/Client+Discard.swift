// Runs a query whose result the server makes and encodes, and drops instead of sending it.

extension Client {
  /// Runs a query whose result is encoded by the server and not sent, and waits for its end.
  ///
  /// It is a HEAD request: the server writes the body into the buffer of a connection that sends
  /// none. That needs no right beyond those of the query, which such a request makes a reading one.
  /// The head of the answer comes with the first encoded bytes and says nothing of the end; what
  /// became of the query is in `system.query_log`.
  ///
  /// - Parameter query: a `SELECT` with a query id; its format is the setting `default_format`.
  /// - Throws: as every method of ``Client``; a server that knows no HEAD requests is a
  ///   ``ClickHouseError/unexpectedAnswer(_:)``.
  package func discard(_ query: Query) async throws {
    var query = query
    let queryID = query.queryID ?? Query.newID()
    query.queryID = queryID
    // One connection: the question that follows is answered after the query, and not before.
    let alone = Client(
      [endpoint], of: cluster, connectionsMax: 1, timeouts: timeouts, queries: queries,
      logs: logs)
    do {
      _ = try await alone.send(
        query, method: "HEAD", sqlInURL: true, body: { .none }, sink: { _ in })
      _ = try? await alone.isRunning(queryID)
      // A proxy may have had more than one connection, and a failed query may have broken it.
      while try await isRunning(queryID) { try await Task.sleep(for: .milliseconds(20)) }
    } catch ClickHouseError.server(let exception) where exception.name.isEmpty {
      // An answer without a body has a code and no words.
      throw ClickHouseError.server(
        ServerException(
          code: exception.code, name: await errorName(of: exception.code),
          message: "the query failed; its result was not to be sent, and neither were the words",
          queryID: queryID, version: exception.version))
    } catch let error where (error as? ClickHouseError)?.serverException == nil {
      // Nobody waits for it any more.
      let kill = Query(
        "KILL QUERY WHERE query_id = {id: String} ASYNC", parameters: ["id": Parameter(queryID)])
      await Task { _ = try? await execute(kill) }.value
      throw error
    }
  }

  /// ClickHouse's name of an error code, such as `MEMORY_LIMIT_EXCEEDED`; empty if it has none.
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
