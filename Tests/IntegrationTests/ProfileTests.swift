// A profile of a generated table against the dataset that it was generated from, and what a profile
// asks of a server.

import Foundation
import TestSupport
import Testing
@testable import ClickHouseClient
@testable import ExportPaths
@testable import ObservationGenerator
@testable import Profiling
@testable import Workspace

extension IntegrationTests {
  @Suite struct ProfileTests {
    private func original() -> Dataset {
      var dataset = smallDataset(observations: 25_000, days: 30, seed: 11, deleted: 0.1)
      let day = 86_400_000
      dataset.lag = LongTail(median: 4 * day, p99: 10 * day, max: 12 * day)
      dataset.versions = [0.4, 0.4, 0.2]
      dataset.types = [.init("GENERATION", 0.6), .init("SPAN", 0.2), .init("TOOL", 0.2)]
      dataset.levels = [.init("DEFAULT", 0.7), .init("ERROR", 0.3)]
      dataset.environments = [.init("a", 0.7), .init("b", 0.3)]
      dataset.models = [.init("x", 0.6), .init("y", 0.4)]
      dataset.payload.input = LongTail(median: 400, p99: 1_700, max: 2_100, absent: 0.2)
      dataset.payload.output = LongTail(median: 300, p99: 1_300, max: 1_600, absent: 0.3)
      dataset.payload.metadata = LongTail(median: 80, p99: 200, max: 240, absent: 0.25)
      // What an older server cannot estimate.
      if isTested(since: 25, 4) {
        dataset.payload.inputCompression = 5
        dataset.payload.outputCompression = 2
      }
      return dataset
    }

    /// Every figure that a profile's file can name.
    private func moments(_ dataset: Dataset) -> [String: Double] {
      var out: [String: Double] = [
        "observations": Double(dataset.observations), "start": Double(dataset.start),
        "days": Double(dataset.span.milliseconds), "trace": Double(dataset.observationsPerTrace),
        "projects": Double(dataset.projects), "first": dataset.firstProjectShare,
        "input compression": dataset.payload.inputCompression ?? 0,
        "output compression": dataset.payload.outputCompression ?? 0,
        "deleted": dataset.deleted, "partial": dataset.payload.partialOutput ? 1 : 0,
      ]
      for (place, share) in dataset.versions.enumerated() { out["versions \(place + 1)"] = share }
      for (name, tail) in [
        ("lag", dataset.lag), ("input", dataset.payload.input),
        ("output", dataset.payload.output), ("metadata", dataset.payload.metadata),
      ] {
        out["\(name) median"] = Double(tail.median)
        out["\(name) p99"] = Double(tail.p99)
        out["\(name) max"] = Double(tail.max)
        out["\(name) absent"] = tail.absent
      }
      for (name, choices) in [("type", dataset.types), ("level", dataset.levels)] {
        let sum = choices.reduce(0) { $0 + $1.weight }
        for choice in choices { out["\(name) \(choice.word)"] = choice.weight / sum }
      }
      for (name, choices) in [("env", dataset.environments), ("model", dataset.models)] {
        let sum = choices.reduce(0) { $0 + $1.weight }
        for (place, choice) in choices.enumerated() {
          out["\(name) \(place)"] = choice.weight / sum
        }
      }
      return out
    }

    private func expectAlike(_ one: Dataset, _ other: Dataset) {
      let (truth, found) = (moments(one), moments(other))
      #expect(truth.keys.sorted() == found.keys.sorted())
      for (name, value) in truth {
        let off = abs((found[name] ?? 0) - value)
        #expect(off <= 0.05 * abs(value), "\(name): \(value) came back as \(found[name] ?? 0)")
      }
    }

    private func load(
      _ dataset: Dataset, into workspace: Workspace, merging: Bool = true
    ) async throws {
      // With a plain engine no version is dropped, so that the table is what the dataset says.
      try await workspace.runAll(
        Catalogue.observations().replacing(
          "ReplacingMergeTree(event_ts, is_deleted)", with: "MergeTree"))
      if !merging {
        try await workspace.run(
          "SYSTEM STOP MERGES \(workspace.database).\(Workspace.table)")
      }
      _ = try await Loader(workspace, dataset).load(
        rowsPerInsert: 500, workers: 2, tell: { _ in })
    }

    private func profiler(
      _ workspace: Workspace, client: Client? = nil, limits: ProfileLimits = ProfileLimits(),
      table: String = Workspace.table
    ) throws -> Profiler {
      Profiler(
        client: client ?? workspace.client, database: workspace.database,
        table: try Identifier(table), limits: limits)
    }

    @Test func aGeneratedTableComesBackTwice() async throws {
      var dataset = original()
      for round in 1...2 {
        let again = try await withWorkspace("profile\(round)") { workspace in
          try await load(dataset, into: workspace)
          let text = try await profiler(workspace).run().yaml(name: "again")
          return try Dataset(yaml: text, file: "again.yaml")
        }
        expectAlike(dataset, again)
        dataset = again
      }
    }

    @Test func aSmallBoundReadsFewerDays() async throws {
      try await withWorkspace("bound") { workspace in
        var dataset = smallDataset(observations: 6_000)
        dataset.lag = .always(60_000)
        // Merged, so few rows may be one granule, and a day of them all of it.
        try await load(dataset, into: workspace, merging: false)
        var limits = ProfileLimits()
        limits.rowsMax = 2_000
        let profile = try await profiler(workspace, limits: limits).run()
        #expect(profile.isWindowCut && (1..<30).contains(profile.window.days))
        #expect(profile.readings.allSatisfy { $0.rows ?? 0 <= 2_000 })
        let text = profile.yaml(name: "cut")
        #expect(
          text.contains("# Only the newest days: the table is larger than the bound of rows."))
        let perDay = Double(profile.ids) / Double(profile.window.days)
        #expect(abs(perDay - 200) <= 10)
        limits.rowsMax = 10
        let words = await sentence { _ = try await profiler(workspace, limits: limits).run() }
        #expect(words.hasPrefix("the newest day alone reads some "))
        #expect(words.hasSuffix("the 10 that --max-rows allows; raise it, or name a --project"))
      }
    }

    @Test func everyQuestionIsBounded() async throws {
      try await withWorkspace("asked") { workspace in
        try await load(smallDataset(observations: 500), into: workspace)
        // Another number than the server's own, which its log leaves out.
        var limits = ProfileLimits()
        limits.threadsMax = 1
        _ = try await profiler(workspace, limits: limits).run()
        try await workspace.client.execute(Query("SYSTEM FLUSH LOGS"))
        let here = """
          FROM system.query_log WHERE type = 'QueryStart' AND log_comment = 'exportbench profile'
            AND query NOT LIKE 'EXPLAIN%' AND current_database = '\(workspace.database.name)'
          """
        let asked: Int = try await workspace.value("SELECT toInt64(count()) AS value \(here)")
        let bounded: Int = try await workspace.value(
          """
          SELECT toInt64(count()) AS value \(here) AND Settings['readonly'] = '2'
            AND Settings['max_rows_to_read'] = '20000000'
            AND Settings['max_bytes_to_read'] = '8589934592'
            AND Settings['max_memory_usage'] = '2147483648'
            AND Settings['max_execution_time'] = '60' AND Settings['max_threads'] = '1'
          """)
        #expect(asked >= 6 && bounded == asked)
      }
    }

    @Test func selectOnTheTableIsEnough() async throws {
      try await withWorkspace("grants") { workspace in
        try await load(smallDataset(observations: 500), into: workspace)
        let user = "profiler"
        try await workspace.run("CREATE USER OR REPLACE \(user) IDENTIFIED BY 'only-reads'")
        var endpoint = try await Shared.server.endpoint
        endpoint.user = user
        endpoint.password = Secret("only-reads")
        let client = Client(endpoint)
        let none = await sentence { _ = try await profiler(workspace, client: client).run() }
        #expect(none.hasSuffix("that the user may see; give --database and --table"))
        try await workspace.run(
          "GRANT SELECT ON `\(workspace.database.name)`.observations TO \(user)")
        let profile = try await profiler(workspace, client: client).run()
        #expect(profile.ids == 500 && profile.readings.allSatisfy { $0.rows != nil })
        try await workspace.run("ALTER USER \(user) SETTINGS readonly = 1")
        let words = await sentence { _ = try await profiler(workspace, client: client).run() }
        #expect(words.contains("the user needs a profile with readonly = 2"))
        try await workspace.run("DROP USER \(user)")
      }
    }

    @Test func oddTablesAreTold() async throws {
      try await withWorkspace("odd") { workspace in
        try await workspace.createTable()
        let empty = await sentence { _ = try await profiler(workspace).run() }
        #expect(empty.hasSuffix("observations is empty, and an empty table has no profile"))
        try await workspace.run(
          "CREATE TABLE bare (id String, start_time DateTime64(3)) ENGINE = MergeTree ORDER BY id")
        try await workspace.run(
          """
          INSERT INTO bare SELECT toString(number), toDateTime64('2026-09-01', 3, 'UTC')
            + number * 86 FROM numbers(1000)
          """)
        let text = try await profiler(workspace, table: "bare").run().yaml(name: "bare")
        #expect(
          text.contains("Not measured, because columns are missing: event_ts, trace_id"))
        #expect(text.contains("No duplicate is left in the table"))
        let dataset = try Dataset(yaml: text, file: "bare.yaml")
        #expect(dataset.observations == 1_000 && dataset.versions == [1])
        try await workspace.run("CREATE TABLE other (x String) ENGINE = MergeTree ORDER BY x")
        let words = await sentence { _ = try await profiler(workspace, table: "other").run() }
        #expect(words.hasSuffix("other has no column id, without which it has no profile"))
      }
    }
  }
}
