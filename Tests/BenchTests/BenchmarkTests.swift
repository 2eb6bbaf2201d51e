// Benchmark files: what is read, and the exact sentence for what cannot be.

import BenchmarkSpec
import ExportBenchmark
import ExportPaths
import Failures
import Foundation
import ObservationGenerator
import StrictYAML
import TestSupport
import Testing
import Units

@Suite struct BenchmarkTests {
  static let good = """
    name: tiny
    description: a benchmark for tests
    dataset: tiny.yaml
    paths: [limit-by, mv-final]
    windows: [1d, 1h]
    rows_per_insert: 2k
    """

  static func claim(_ lines: String...) -> String {
    good + "\nclaims:\n  - name: c\n    says: \"so\"\n"
      + lines.map { "    \($0)" }.joined(separator: "\n")
  }

  @Test(arguments: ["compress", "default_format", "param_x", "readonly"])
  func whatExportbenchSendsItselfIsNoSetting(name: String) async {
    let words = "sets \(name), which exportbench sends itself; remove it"
    do {
      let yaml = Self.good + "\nsettings: {max_threads: 1, \(name): 1}"
      _ = try Benchmark(yaml: yaml, file: "b.yaml")
      Issue.record("\(name) is taken for a setting")
    } catch { #expect("\(error)".hasSuffix(words), "\(error)") }
  }

  @Test func whatIsLeftOutHasADefault() throws {
    let benchmark = try Benchmark(yaml: Self.good, file: "b.yaml")
    #expect(benchmark.windows.map(\.description) == ["1h", "1d"], "windows grow")
    #expect(benchmark.repeats == 10)
    #expect(benchmark.warmups == 1)
    #expect(benchmark.seed == 1)
    #expect(benchmark.mergeStates == [.fresh])
    #expect(benchmark.consumers == [.stream] && benchmark.partBytes == 100 << 20)
    #expect(!benchmark.measuresStages)
    #expect(benchmark.rowsPerInsert == 2000)
    #expect(benchmark.settings.isEmpty && benchmark.claims.isEmpty && benchmark.note == nil)
  }

  static let unreadable: [(String, String)] = [
    (good + "\nrepeets: 5", "b.yaml:7: unknown key 'repeets'; did you mean 'repeats'?"),
    (
      good + "\nwombat: 5",
      "b.yaml:7: unknown key 'wombat'; known are 'name', 'description', 'datasets', 'engines', "
        + "'dataset', 'writes', "
        + "'paths', 'windows', 'repeats', 'warmups', 'precision', 'seed', "
        + "'merge_states', 'rows_per_insert', 'profile', 'settings', 'table_settings', "
        + "'memory_limits', 'claims', "
        + "'view_codecs', 'note', 'consumers', 'part_size', 'stages'"
    ),
    (
      good + "\nconsumers: [stream, s3]",
      "b.yaml:7: 'consumers[1]' is 's3'; write one of 'stream', 'file', 'parts', 'buffer'"
    ),
    (
      good + "\nconsumers: [file, file]",
      "b.yaml:7: 'consumers' names a consumer twice; name each once"
    ),
    (good + "\nrepeats: often", "b.yaml:7: 'repeats' is 'often'; write a whole number"),
    (good + "\nrepeats: [5]", "b.yaml:7: 'repeats' is a list; write a whole number"),
    (good + "\nrepeats: 0", "b.yaml:7: 'repeats' is 0; it must be from 1 to 10000"),
    (
      good.replacing("[1d, 1h]", with: "[1h, 60m]"),
      "b.yaml:5: 'windows' names a window twice; name each once"
    ),
    (
      good.replacing("[1d, 1h]", with: "1h"),
      "b.yaml:5: 'windows' is not a list; write it like [a, b]"
    ),
    (
      good.replacing("[1d, 1h]", with: "[1d, 5]"),
      "b.yaml:5: 'windows[1]' is wrong: '5' is not a span of time; write it like 20m, 6h or 30d"
    ),
    (
      good.replacing("[limit-by, mv-final]", with: "[limit-by, limit-by]"),
      "b.yaml:4: 'paths' names a path twice; name each once"
    ),
    (
      good.replacing("name: tiny", with: "nmae: tiny"),
      "b.yaml:1: unknown key 'nmae'; did you mean 'name'?"
    ),
    (
      good.replacing("name: tiny", with: "name: a/b"),
      "b.yaml:1: 'name' is 'a/b'; use letters, digits and hyphens only"
    ),
    (good.replacing("dataset: tiny.yaml\n", with: ""), "b.yaml:1: 'dataset' is missing; add it"),
    (
      good + "\nmerge_states: [fresch]",
      "b.yaml:7: 'merge_states[0]' is 'fresch'; write fresh, parts:N (N from 1 to 1000), live or "
        + "merged"
    ),
    (
      good + "\nmerge_states: [cold]",
      "b.yaml:7: 'merge_states[0]' is 'cold'; write fresh, parts:N (N from 1 to 1000), live or "
        + "merged"
    ),
    (
      good + "\nmerge_states: [merged, fresh]",
      "b.yaml:7: 'merge_states' must name each state once, in the order fresh, parts:N, live, "
        + "merged, because merges cannot be undone"
    ),
    (
      good + "\nmerge_states: [fresh, fresh]",
      "b.yaml:7: 'merge_states' must name each state once, in the order fresh, parts:N, live, "
        + "merged, because merges cannot be undone"
    ),
    ("", "b.yaml: the file is empty; write 'key: value' lines"),
  ]

  @Test(arguments: unreadable) func whatCannotBeRead(yaml: String, sentence: String) {
    #expect(Self.sentence(yaml) == sentence)
  }

  static let unjudgeable: [(String, String)] = [
    (
      claim("export: memory_peek_bytes", "path: mv-final", "baseline: limit-by", "at_most: 1"),
      "there is no figure 'memory_peek_bytes'"
    ),
    (
      claim("export: read_rows", "path: mv", "baseline: limit-by", "at_most: 1"),
      "there is no path 'mv' in the benchmark; write one of limit-by, mv-final"
    ),
    (
      claim(
        "export: read_rows", "path: mv-final", "baseline: limit-by", "windows: [7d]", "at_most: 1"),
      "there is no window '7d' in the benchmark; write one of 1h, 1d"
    ),
    (
      claim("storage: on_disk_bytes", "at_most: 1.5", "at_least: 2.0"),
      "at_least 2.0 is more than at_most 1.5; swap them"
    ),
    (claim("storage: on_disk_bytes"), "it has no bound; give at_most or at_least"),
  ]

  @Test(arguments: unjudgeable) func claimsThatCannotBeJudged(yaml: String, reason: String) {
    let sentence = Self.sentence(yaml)
    #expect(sentence.hasPrefix("b.yaml:7: 'claims' cannot be judged: claim 'c': \(reason)"))
  }

  @Test func aClaimSpeaksOfOneThing() {
    #expect(
      Self.sentence(Self.claim("storage: on_disk_bytes", "insert: rows", "at_most: 1"))
        == "b.yaml:8: a claim needs exactly one of 'export', 'insert', 'settled' and 'storage'")
    #expect(
      Self.sentence(Self.claim("storage: on_disk_bytes", "at_mots: 1")).hasSuffix(
        "unknown key 'at_mots' in 'claims[0]'; did you mean 'at_most'?"))
  }

  @Test func choicesByHandNarrowTheClaims() throws {
    let exported = ["export: read_rows", "path: mv-final", "baseline: limit-by", "at_most: 1"]
    let yaml = Self.claim(exported[0], exported[1], exported[2], "windows: [1h, 1d]", exported[3])
    var benchmark = try Benchmark(yaml: yaml, file: "b.yaml")
    benchmark.windows = [try TimeSpan(parsing: "1d")]
    benchmark.keepClaimsThatCanBeJudged()
    guard case .export(_, _, _, let windows, _) = benchmark.claims.first?.ratio else {
      Issue.record("the claim is gone")
      return
    }
    #expect(windows == ["1d"])
    benchmark.paths = ["mv-final"]
    benchmark.keepClaimsThatCanBeJudged()
    #expect(benchmark.claims.isEmpty)
  }

  @Test func aPathCanRunAgainstItselfUnderALabel() throws {
    let paths = try Catalogue.paths(named: ["limit-by", "limit-by@again"])
    #expect(paths.map(\.name) == ["limit-by", "limit-by@again"])
    #expect(paths[0].sql == paths[1].sql)
    func sentence(_ name: String) -> String? {
      do throws(ExportsError) {
        _ = try Catalogue.paths(named: [name])
        return nil
      } catch { return error.description }
    }
    #expect(sentence("limit-by@")?.contains("no settings profile after its '@'") == true)
    #expect(sentence("limit-by@a b")?.contains("or write limit-by@again") == true)
    #expect(sentence("nobody@again")?.contains("there is no export path 'nobody'") == true)
  }

  @Test func everyFileOfTheRepositoryReads() throws {
    let benchmarks = namesInFolder("\(packageFolder)/Benchmarks").filter { $0.hasSuffix(".yaml") }
    #expect(benchmarks.contains("claim.yaml") && benchmarks.contains("smoke.yaml"))
    for name in benchmarks {
      let text = try #require(textOfFile("\(packageFolder)/Benchmarks/\(name)"))
      let document = try ExtendedDocument(text, name: name) { base in
        try #require(textOfFile("\(packageFolder)/Benchmarks/\(base)"))
      }
      guard !LoadBenchmark.isLoad(yaml: document.text) else {
        #expect("\(try LoadBenchmark(document).name).yaml" == name)
        continue
      }
      let benchmark = try Benchmark(document)
      #expect("\(benchmark.name).yaml" == name)
      #expect(throws: Never.self, "\(name) names a path that is not there") {
        try Catalogue.paths(named: benchmark.paths)
      }
      let path = "\(packageFolder)/Benchmarks/\(benchmark.dataset)"
      let data = try #require(textOfFile(path), "\(name) names \(path), which is not there")
      let dataset = try Dataset(yaml: data, file: benchmark.dataset)
      #expect(throws: Never.self) { try plan(benchmark, dataset) }
    }
    for name in namesInFolder("\(packageFolder)/datasets") where name.hasSuffix(".yaml") {
      let text = try #require(textOfFile("\(packageFolder)/datasets/\(name)"))
      #expect("\(try Dataset(yaml: text, file: name).name).yaml" == name)
    }
  }

  @Test func aWindowLargerThanTheDataIsRefused() throws {
    let benchmark = try Benchmark(
      yaml: Self.good.replacing("[1d, 1h]", with: "[1h, 3d]"), file: "b.yaml")
    var dataset = Dataset(
      name: "d", observations: 10, start: 0, span: TimeSpan(milliseconds: 2 * 86_400_000))
    let error = #expect(throws: UserError.self) { try plan(benchmark, dataset) }
    #expect(
      error?.description
        == "b.yaml: the window 3d is larger than the data, which spans 2d (d.yaml); remove it, "
        + "or give the dataset more days")
    dataset = Dataset(
      name: "d", observations: 10, start: 0, span: TimeSpan(milliseconds: 3 * 86_400_000))
    #expect(try plan(benchmark, dataset).plan.cells.count == 2 * 2 * 11)
  }

  private func plan(_ benchmark: Benchmark, _ dataset: Dataset) throws -> RunPlan {
    try RunPlan(
      benchmark: benchmark, benchmarkFile: ("b.yaml", ""),
      source: .dataset(dataset, file: ("d.yaml", "")),
      paths: try Catalogue.paths(named: benchmark.paths),
      arguments: [], toolVersion: "test", keep: false)
  }

  private static func sentence(_ yaml: String) -> String {
    do {
      _ = try Benchmark(yaml: yaml, file: "b.yaml")
      return "no error"
    } catch { return "\(error)" }
  }
}
