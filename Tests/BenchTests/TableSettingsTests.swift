// Storage settings of tables: what a benchmark may say, and the statements that they become.

import BenchmarkSpec
import ExportBenchmark
import ExportPaths
import Foundation
import Testing

@Suite struct TableSettingsTests {
  private let settings = TableSettings(["index_granularity_bytes": 1 << 20, "min_age": 3])

  @Test func everyTableOfTheSuiteGetsThem() throws {
    for form in Migration.Form.allCases {
      let table = settings.adding(to: try Catalogue.observations(form))
      #expect(table.contains("SETTINGS index_granularity_bytes = 1048576, min_age = 3\n;"))
      for migration in try Catalogue.migrations(form) {
        for statement in Migration.statements(of: migration.up) {
          let whole = settings.adding(to: statement)
          #expect(whole.components(separatedBy: "SETTINGS index_granularity_bytes").count == 2)
          // The clause belongs to the inner table, so it comes before the query.
          let clause = try #require(whole.range(of: "SETTINGS"))
          #expect(whole[clause.upperBound...].contains("SELECT"))
        }
      }
    }
  }

  @Test(arguments: [
    (
      "CREATE TABLE a (x Int8) ENGINE = MergeTree ORDER BY x SETTINGS old_parts_lifetime = 1",
      "ORDER BY x SETTINGS index_granularity_bytes = 1048576, min_age = 3, old_parts_lifetime = 1"
    ),
    ("CREATE TABLE a (x Int8) ENGINE = MergeTree ORDER BY x COMMENT 'AS'", "min_age = 3\nCOMMENT"),
    ("CREATE TABLE a (x Int8) ENGINE = Memory", "ENGINE = Memory"),
    ("CREATE MATERIALIZED VIEW v TO t AS SELECT x FROM a", "AS SELECT x FROM a"),
    ("ALTER TABLE a ADD PROJECTION p (SELECT x ORDER BY x)", "ORDER BY x)"),
    (
      "CREATE TABLE a (engine Int8) ENGINE = ReplacingMergeTree(engine) ORDER BY engine",
      "ORDER BY engine\nSETTINGS index_granularity_bytes = 1048576, min_age = 3"
    ),
  ])
  func aStatement(before: String, end: String) {
    let after = settings.adding(to: before)
    #expect(after.contains(end), "\(after)")
    #expect(TableSettings().adding(to: before) == before)
  }

  @Test func aBenchmarkHasOneValueOrSeveral() throws {
    let text =
      BenchmarkTests.good
      + "\ntable_settings: {index_granularity_bytes: [10MiB, 1MiB], index_granularity: 1024}"
    let benchmark = try Benchmark(yaml: text, file: "b.yaml")
    #expect(
      benchmark.tableSettings == [
        "index_granularity_bytes": [10 << 20, 1 << 20], "index_granularity": [1024],
      ])
    #expect(TableSettings.text(10 << 20) == "10MiB" && TableSettings.text(1000) == "1000")
  }

  @Test(arguments: [
    ("{x y: 1}", "'table_settings.x y' is no name of a setting"),
    ("{x: [1, 1]}", "'table_settings.x' has a value twice; write each once"),
    ("{x: yes}", "'table_settings.x' is wrong: 'yes' is not a size"),
    ("{x: -1}", "'table_settings.x' is wrong: '-1' is not a size"),
  ])
  func aMistakeIsOneSentence(yaml: String, words: String) {
    do {
      _ = try Benchmark(yaml: BenchmarkTests.good + "\ntable_settings: \(yaml)", file: "b.yaml")
      Issue.record("\(yaml) is taken")
    } catch { #expect("\(error)".contains(words), "\(error)") }
  }
}
