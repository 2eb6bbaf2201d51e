// What a run checks about a server's logs before it starts: the user's settings, grants, and a log
// that exists and is not written.

import ClickHouseClient
import Engine
import Foundation
import Probes
import TestSupport
import Testing

extension IntegrationTests {
  @Suite struct LogTests {
    /// A client that is a new user with these settings, who may read everything.
    private func user(
      _ name: String, settings: String = "", without: String? = nil
    ) async throws -> Client {
      let admin = try await Shared.client
      try await admin.execute(
        Query("CREATE USER OR REPLACE \(name) IDENTIFIED BY 'pw' \(settings)"))
      try await admin.execute(
        Query("GRANT SELECT, SYSTEM FLUSH LOGS, CREATE USER ON *.* TO \(name)"))
      if let without { try await admin.execute(Query("REVOKE \(without) FROM \(name)")) }
      var endpoint = try await Shared.server.endpoint
      endpoint.user = name
      endpoint.password = Secret("pw")
      return Client(endpoint)
    }

    private func check(
      _ client: Client, optional: [LogCheck.Log] = [.part, .views]
    ) async throws -> LogCheck {
      try await LogCheck(
        client, version: try await client.serverVersion(), needsQueryLog: true, optional: optional)
    }

    @Test func nothingIsToldOfAServerThatLogs() async throws {
      let found = try await check(try await Shared.client)
      #expect(found.findings.isEmpty && found.settings.isEmpty)
      #expect(found.present == ["query_log", "part_log", "query_views_log"])
    }

    @Test func settingsThatMayBeChangedAreSetPerQuery() async throws {
      let client = try await user(
        "loose",
        settings: """
          SETTINGS readonly = 2, log_queries = 0, log_queries_probability = 0,
            log_queries_min_query_duration_ms = 100000, log_query_views = 0,
            log_queries_min_type = 'EXCEPTION_WHILE_PROCESSING', log_profile_events = 0
          """)
      let found = try await check(client)
      #expect(found.findings.isEmpty, "\(found.findings)")
      #expect(
        found.settings == [
          "log_queries": "1", "log_queries_probability": "1",
          "log_queries_min_query_duration_ms": "0", "log_queries_min_type": "QUERY_START",
          "log_query_views": "1", "log_profile_events": "1",
        ])
      let logging = client.adding(found.settings)
      let outcome = try await logging.execute(Query("SELECT count() FROM numbers(1000)"))
      let log = QueryLog(logging, version: try await client.serverVersion())
      #expect(try await log.entry(of: outcome.queryID)?.readRows == 1000)
    }

    /// A query that a probability applies to is shown 1 by `system.settings` (25.8.2).
    @Test(arguments: [false, true])
    func aProbabilityIsFoundThoughTheServerShowsAnother(isFixed: Bool) async throws {
      let client = try await user(
        "sampled", settings: "SETTINGS log_queries_probability = 0.3\(isFixed ? " CONST" : "")")
      let found = try await check(client)
      if isFixed {
        let finding = try #require(found.findings.first)
        #expect(finding.isObstacle && finding.sentence.contains("log_queries_probability below 1"))
      } else {
        #expect(found.findings.isEmpty, "\(found.findings)")
        #expect(found.settings["log_queries_probability"] == "1")
      }
    }

    @Test func settingsThatMayNotBeChangedAreNamed() async throws {
      let client = try await user(
        "bound", settings: "SETTINGS log_queries = 0 CONST, log_queries_probability = 0.5 MAX 0.6")
      let found = try await check(client)
      #expect(
        found.findings.map(\.sentence) == [
          "the user has log_queries = 0, log_queries_probability = 0.5, which a query may not "
            + "change: queries are missing in system.query_log; the server's administrator has to "
            + "set log_queries = 1, log_queries_probability = 1 for the user, or to remove the "
            + "constraint"
        ])
      #expect(found.findings.allSatisfy { $0.isObstacle })
    }

    @Test func aLogThatMayNotBeReadIsNotWaitedFor() async throws {
      let client = try await user("blind", without: "SELECT ON system.query_views_log")
      let found = try await check(client)
      #expect(
        found.findings.map(\.sentence) == [
          "the user may not read system.query_views_log: without it columns on the view's share of "
            + "an insert stay empty; GRANT SELECT ON system.query_views_log to the user"
        ])
      #expect(!found.findings[0].isObstacle && client.logs.isMissing("query_views_log"))
      let flush = LogFlush(
        client, version: try await client.serverVersion(), log: "query_views_log")
      var looks = 0
      let value: Int? = try await flush.until {
        looks += 1
        return nil
      }
      #expect(value == nil && looks == 0)
      let blind = try await user("blinder", without: "SELECT ON system.query_log")
      #expect(
        try await check(blind, optional: []).findings.map(\.finding)
          == ["the user may not read system.query_log"])
    }

    @Test func aLogThatIsNotWrittenAnyMoreIsFound() async throws {
      let scratch = Scratch()
      let server = try await EmbeddedServer.start(
        try Engine.find(testedVersion), folder: scratch.path("silent"), keep: false,
        settings: ["query_log.engine": "ENGINE = Null"], supervisor: Program.path)
      defer { server.stop() }
      let found = try await check(Client(server.endpoint))
      #expect(found.findings.count == 1 && found.findings[0].isObstacle)
      #expect(
        found.findings.first?.finding
          == "system.query_log exists, but does not contain a query that just ended")
      #expect(found.present == ["part_log", "query_views_log"])
    }
  }
}
