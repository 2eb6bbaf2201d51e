// Which server of a cluster is spoken to, and what is sent twice and what never.

import ClickHouseClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct FailoverTests {
  /// Nobody listens there.
  private let nobody = "http://127.0.0.1:1"

  @Test func theNextServerIsAskedWhenOneCannotBeConnectedTo() async throws {
    let server = FakeServer(.answer("1\n"), .answer("1\n"))
    let client = Client(
      [try Endpoint(nobody), try Endpoint(server.url)], of: try Cluster("c"))
    try await client.execute(Query("SELECT 1"))
    #expect("\(client.endpoint)" == server.url, "and from then on that one")
    let other = client.entering(at: 2)
    try await other.execute(Query("SELECT 1"))
    #expect("\(other.endpoint)" == server.url)
  }

  @Test func namesOfClustersAreChecked() throws {
    #expect(try Cluster("prod-1.eu_west").onCluster == "ON CLUSTER `prod-1.eu_west`")
    for wrong in ["", "a\nb", "\u{1b}", String(repeating: "a", count: 256)] {
      #expect(throws: ClickHouseError.self) { try Cluster(wrong) }
    }
  }
}
