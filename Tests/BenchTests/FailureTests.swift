// What a failed attempt says of itself.

import Testing
@testable import ClickHouseClient
@testable import RunStore

@Suite struct FailureTests {
  @Test func whereAServerKeepsItsFilesIsNotTold() throws {
    let message =
      "Query memory limit exceeded: (while reading from part "
      + "/srv/click-house/data/store/14b/14bd/202609_3_3_1/ in table a.b): and more"
    var sample = Sample()
    try sample.fail(
      with: ClickHouseError.server(
        ServerException(
          code: 241, name: "MEMORY_LIMIT_EXCEEDED", message: message, queryID: "q", version: nil)))
    let said = try #require(sample.errorMessage)
    #expect(said.hasSuffix("…/store/14b/14bd/202609_3_3_1/ in table a.b): and more"))
    #expect(!said.contains("click-house") && sample.errorCode == 241)
  }
}
