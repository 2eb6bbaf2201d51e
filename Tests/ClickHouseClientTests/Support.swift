// Small helpers of these tests.

import ClickHouseClient
import Synchronization
import TestSupport
import Testing

func client(_ server: FakeServer, user: String = "") -> Client {
  do {
    return Client(try Endpoint("http://\(user)127.0.0.1:\(server.port)"))
  } catch { fatalError("\(error)") }
}

/// What the server of that script says against the query `q1`.
func serverException(_ script: [FakeServer.Step]) async -> ServerException? {
  let server = FakeServer(script)
  do {
    try await client(server).execute(Query("SELECT 1", queryID: "q1"))
    return nil
  } catch { return (error as? ClickHouseError)?.serverException }
}

/// What the work throws, as the sentence that a user reads.
func sentence(_ work: () async throws -> Void) async -> String {
  do {
    try await work()
    return "no error"
  } catch { return "\(error)" }
}
