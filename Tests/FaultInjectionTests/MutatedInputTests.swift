// Thousands of broken inputs, straight into what reads them: each is read or refused with a
// sentence, and none ends or hangs the process.

import Analysis
import BenchmarkSpec
import CSVRecords
import CapacityModel
import ExportBenchmark
import ExportPaths
import Foundation
import LoadTest
import ObservationGenerator
import Reports
import RunStore
import Statistics
import StrictYAML
import TestSupport
import Testing
import Units

extension FaultInjectionTests {
  @Suite struct MutatedInputTests {
    /// Files of a folder of the project, at most so many bytes of each.
    private func inputs(_ folder: String, _ ending: String, bytesMax: Int = 1 << 20) -> [[UInt8]] {
      let names = namesInFolder("\(packageFolder)/\(folder)").filter { $0.hasSuffix(ending) }
      return names.compactMap { textOfFile("\(packageFolder)/\(folder)/\($0)") }
        .map { Array($0.utf8.prefix(bytesMax)) }
    }

    private func ordeals(
      _ what: String, _ count: Int, of inputs: [[UInt8]],
      _ read: ([UInt8], inout SplitMix64) throws -> Void
    ) {
      #expect(!inputs.isEmpty)
      let mutator = Mutator(spare: inputs)
      Faults.ordeals(what, count) { draws, name in
        let text = mutator.mutated(draws.one(of: inputs), &draws)
        do { try read(text, &draws) } catch { expectSentence(error, name) }
      }
    }

    @Test func datasets() {
      ordeals("datasets", 2_000, of: inputs("datasets", ".yaml")) { text, draws in
        let dataset = try Dataset(yaml: String(decoding: text, as: UTF8.self), file: "a.yaml")
        // What is accepted can be made: its first rows, and the truth of its first moment. That
        // takes its time, so not each of them.
        guard draws.next() & 7 == 0 else { return }
        var arrivals = Arrivals(dataset)
        var rows: [RowID] = []
        arrivals.next(into: &rows, limit: 3)
        #expect(!rows.isEmpty)
        _ = dataset.truth(
          project: dataset.exportProject, window: dataset.start...(dataset.start + 1))
        let payload = dataset.payload
        guard max(payload.input.max, payload.output.max, payload.metadata.max) <= 65_536 else {
          return
        }
        let encoder = BlockEncoder(dataset)
        var rest = rows[...]
        while !rest.isEmpty { #expect(!encoder.encode(&rest).isEmpty) }
      }
    }

    /// The benchmarks of the repository, with the keys that they extend.
    private func benchmarkFiles() throws -> [[UInt8]] {
      let folder = "\(packageFolder)/Benchmarks"
      return try namesInFolder(folder).filter { $0.hasSuffix(".yaml") }.map { name in
        let text = try #require(textOfFile("\(folder)/\(name)"))
        let document = try ExtendedDocument(text, name: name) { base in
          try #require(textOfFile("\(folder)/\(base)"))
        }
        return Array(document.text.utf8)
      }
    }

    @Test func extendedBenchmarks() throws {
      let files = inputs("Benchmarks", ".yaml")
      ordeals("extended benchmarks", 500, of: files) { text, draws in
        let document = try ExtendedDocument(String(decoding: text, as: UTF8.self), name: "a.yaml") {
          _ in String(decoding: draws.one(of: files), as: UTF8.self)
        }
        _ = try Benchmark(document)
      }
    }

    @Test func benchmarks() throws {
      let smoke = textOfFile("\(packageFolder)/datasets/smoke.yaml") ?? ""
      ordeals("benchmarks", 2_000, of: try benchmarkFiles()) { text, _ in
        var benchmark = try Benchmark(
          yaml: String(decoding: text, as: UTF8.self), file: "a.yaml")
        benchmark.keepClaimsThatCanBeJudged()
        let dataset = try Dataset(yaml: smoke, file: "smoke.yaml")
        let plan = try RunPlan(
          benchmark: benchmark, benchmarkFile: ("a.yaml", ""),
          source: .dataset(dataset, file: ("smoke.yaml", "")),
          paths: try Catalogue.paths(named: benchmark.paths), arguments: [],
          toolVersion: "", keep: false)
        if plan.plan.count < 2_000 { #expect(plan.plan.cells.count == plan.plan.count) }
        for path in plan.paths {
          for window in benchmark.windows where window.milliseconds < 86_400_000 {
            #expect(!path.slices(of: dataset.window(window)).isEmpty)
          }
        }
      }
    }

    @Test func loads() throws {
      let smoke = textOfFile("\(packageFolder)/datasets/smoke.yaml") ?? ""
      let loads = try benchmarkFiles().filter {
        LoadBenchmark.isLoad(yaml: String(decoding: $0, as: UTF8.self))
      }
      ordeals("loads", 500, of: loads) { text, _ in
        let plan = try LoadPlan(
          benchmark: try LoadBenchmark(yaml: String(decoding: text, as: UTF8.self), file: "a.yaml"),
          benchmarkFile: ("a.yaml", ""), dataset: try Dataset(yaml: smoke, file: "smoke.yaml"),
          datasetFile: ("smoke.yaml", ""), arguments: [], toolVersion: "", keep: false)
        for stream in plan.question.cells.flatMap(\.streams) {
          let most = stream.arrivals.countMax(within: plan.question.spanMs)
          if most < 10_000 {
            #expect(stream.arrivals.starts(within: plan.question.spanMs).count <= most)
          }
        }
      }
    }

    @Test func pathsAndProfiles() {
      let paths = inputs("Sources/ExportPaths/SQL/paths", ".sql")
      ordeals("paths", 1_000, of: paths) { text, _ in
        let path = try ExportPath(name: "a", text: String(decoding: text, as: UTF8.self))
        #expect(!path.sql.isEmpty && !path.slices(of: 0...3_600_000).isEmpty)
        _ = path.script(under: nil)
      }
      ordeals("profiles", 300, of: inputs("Sources/ExportPaths/SQL/profiles", ".sql") + paths) {
        text, _ in
        _ = try SettingsProfile(name: "a", text: String(decoding: text, as: UTF8.self))
      }
    }

    @Test func unitsAndNames() {
      let texts = ["1GiB", "20m", "300k", "0.5 MB", "1500ms", "12_000", "3TiB", "exportbench_1"]
      ordeals("units", 1_000, of: texts.map { Array($0.utf8) }) { bytes, _ in
        let text = String(decoding: bytes.prefix(100), as: UTF8.self)
        if let size = try? ByteCount(parsing: text) { #expect(size.bytes >= 0 && "\(size)" != "") }
        if let span = try? TimeSpan(parsing: text) { #expect(span.milliseconds >= 0) }
        if let count = try? Count(parsing: text) { #expect("\(count)" != "") }
        _ = MergeState(parsing: text)
      }
    }

    private static let runs = [
      "claim", "frontier", "writes", "anatomy", "load", "cluster", "semantics",
    ]

    @Test func recordsOneByOne() {
      for kind in Experiments.kinds { records(kind) }
    }

    private func records<Record: Filed>(_ kind: Record.Type) {
      // The first rows will do, and they keep the trials quick.
      let files = namesInFolder(fixtures).compactMap {
        textOfFile("\(fixtures)/\($0)/\(Record.fileName(inSchema: 1))")
      }
      let inputs = files.map { file in
        Array(file.split(separator: "\n").prefix(6).joined(separator: "\n").utf8) + [0x0a]
      }
      #expect(!inputs.isEmpty, "\(Record.fileName) has no example in Tests/Fixtures")
      ordeals(Record.fileName, 250, of: inputs) { text, draws in
        let isTorn = Bool.random(using: &draws)
        let parsed = try CSV.parse(
          kind, text, file: "a.csv", lastLine: isTorn ? .tornIfUnbroken : .optionalBreak)
        #expect(parsed.intactByteCount <= text.count)
        for record in parsed.records {
          for figure in kind.columns.compactMap(\.figure) {
            #expect(figure.value(record) ?? 0 >= 0, "\(figure.name)")
          }
        }
        // What was read is written so that it reads the same.
        let again = try CSV.parse(kind, Array(CSV.document(parsed.records).utf8), file: "b.csv")
        #expect(CSV.document(again.records) == CSV.document(parsed.records))
      }
    }

    @Test func thresholdsAndBaselines() throws {
      ordeals("thresholds", 300, of: inputs("Tests/Fixtures", "thresholds.csv")) { text, _ in
        let limits = Thresholds(try CSV.parse(Threshold.self, text, file: "a.csv").records)
        _ = limits.value("memory_peak_bytes", .export, benchmark: "gate", elsewhere: true)
      }
      let baselines = [Array(try fixtureBaseline().utf8)]
      let good = try Baseline(json: try #require(baselines.first), file: "good.json")
      ordeals("baselines", 40, of: baselines) { text, _ in
        let baseline = try Baseline(json: text, file: "a.json")
        let found = try Comparison(base: good, candidate: baseline, thresholds: Thresholds())
        #expect(!MarkdownReport().render(found).isEmpty && !JUnitReport().render([found]).isEmpty)
      }
    }

    @Test func manifests() {
      let files = Self.runs.compactMap {
        textOfFile("\(fixtures)/\($0)/manifest.json")
      }.map { Array($0.utf8) }
      ordeals("manifests", 1_200, of: files) { text, _ in
        let manifest = try Manifest(json: text, file: "manifest.json")
        #expect(try Manifest(json: Array(manifest.json().utf8), file: "again") == manifest)
      }
      ordeals("sweeps", 200, of: inputs("Tests/Fixtures/versions", "sweep.json")) { text, _ in
        _ = try SweepManifest(json: text, file: "sweep.json")
      }
    }

    @Test func wholeRunsToThePage() throws {
      for run in Self.runs {
        let scratch = Scratch()
        let source = "\(fixtures)/\(run)"
        var files: [String: [UInt8]] = [:]
        for name in namesInFolder(source) where name.hasSuffix(".csv") {
          let lines = (textOfFile("\(source)/\(name)") ?? "").split(separator: "\n").prefix(40)
          files[name] = Array(lines.joined(separator: "\n").utf8) + [0x0a]
        }
        // As many records as the shortened files have: what is read later must be as many.
        let counts = try recordCounts(files)
        var manifest = try Manifest(
          json: Array(try #require(textOfFile("\(source)/manifest.json")).utf8), file: "m")
        manifest.records = counts
        files["manifest.json"] = Array(try manifest.json().utf8)
        let names = files.keys.sorted()
        let mutator = Mutator(spare: Array(files.values))
        Faults.ordeals("reports of \(run)", 20) { draws, name in
          for file in names { try write(files[file] ?? [], scratch.path(file)) }
          let victim = draws.one(of: names)
          try write(mutator.mutated(files[victim] ?? [], &draws), scratch.path(victim))
          do {
            let recorded = try RecordedRun(reading: scratch.path)
            if recorded.manifest.complete, recorded.manifest.records == counts {
              #expect(recorded.records.counts == counts, name)
            }
            let findings = try recorded.findings()
            try plan(for: recorded, name)
            #expect(!HTMLReport(drawings: [:]).render(findings, recorded.records).isEmpty)
            #expect(!MarkdownReport().render(findings).isEmpty)
          } catch { expectSentence(error, name) }
        }
      }
    }

    /// How many records the files of a run have.
    private func recordCounts(_ files: [String: [UInt8]]) throws -> [String: Int] {
      func count<Record: Filed>(_ kind: Record.Type) throws -> Int {
        guard let bytes = files[Record.fileName(inSchema: 1)] else { return 0 }
        return try CSV.parse(kind, bytes, file: Record.fileName).records.count
      }
      return try Experiments.kinds.reduce(into: [:]) { counts, kind in
        let found = try count(kind)
        if found > 0 { counts[kind.fileName] = found }
      }
    }

    /// A capacity plan from the same run; most of the broken ones cannot make one.
    private func plan(for run: RecordedRun, _ name: Comment) throws {
      let question = try CapacityQuestion(
        rowsPerDay: 1e6, versions: 2, rowBytes: 3_000, retentionMs: 90 * 86_400_000,
        windowsMs: [3_600_000, 86_400_000])
      do {
        let found = try CapacityFindings(
          [CapacityRun(name: "a", manifest: run.manifest, records: run.records)], question)
        #expect(!MarkdownReport().render(found).isEmpty)
      } catch { expectSentence(error, name) }
    }

    private func write(_ bytes: [UInt8], _ file: String) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: file))
    }
  }
}
