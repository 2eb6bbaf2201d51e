// `exportbench doctor`: what stands in the way is told, with an exit code; what does not is no
// failure.

import ClickHouseClient
import ExistingTables
import ExportBenchmark
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
  @Suite struct DoctorTests {
    private struct Found: Decodable {
      let subject: String
      let weight: String
      let finding: String
      let meaning: String?
    }

    private func found(_ environment: [String: String]) async throws -> (Program.Result, [Found]) {
      let result = try await Program.run(["doctor", "--json"], environment: environment)
      return (result, try JSONDecoder().decode([Found].self, from: Data(result.output.utf8)))
    }

    @Test func aServerThatIsNotThereIsAnObstacle() async throws {
      let (result, found) = try await found(["CLICKHOUSE_URL": "http://127.0.0.1:9"])
      #expect(result.ending == .exit(69))
      #expect(result.remarks.contains("a run cannot work here; see the lines marked ✗"))
      let server = try #require(found.first { $0.subject == "server" })
      #expect(server.weight == "obstacle" && server.meaning?.contains("check that") == true)
      #expect(
        found.contains { $0.subject == "processors" }, "the machine is looked at all the same")
    }

    @Test func aUserWithoutRightsIsToldWhichAreLacking() async throws {
      let client = Client(try await Shared.server.endpoint)
      try await client.execute(Query("CREATE USER OR REPLACE reader IDENTIFIED BY 'sesame-7'"))
      try await client.execute(Query("GRANT SELECT ON system.* TO reader"))
      var environment = try await Shared.environment
      environment["CLICKHOUSE_USER"] = "reader"
      environment["CLICKHOUSE_PASSWORD"] = "sesame-7"
      let (result, found) = try await found(environment)
      try await client.execute(Query("DROP USER reader"))
      #expect(result.ending == .exit(69))
      let rights = found.filter { $0.subject == "rights" }
      #expect(rights.contains { $0.finding.contains("INSERT") && $0.weight == "obstacle" })
      #expect(rights.contains { $0.finding.contains("FLUSH LOGS") && $0.weight == "caution" })
      #expect(!(result.output + result.remarks).contains("sesame-7"))
    }

    @Test func aServerOfOursIsFit() async throws {
      let (result, found) = try await found(try await Shared.environment)
      #expect(result.ending == .exit(0), "\(result.output)")
      #expect(found.contains { $0.subject == "rights" && $0.weight == "good" })
      #expect(found.allSatisfy { $0.weight == "good" || $0.meaning != nil })
    }
  }
}
